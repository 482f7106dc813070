"""The callbacks of a run, in a small model's own `fit`."""

import contextlib

import keras
import numpy as np
import pytest

from seqzoo.training.runs import callbacks
from seqzoo.training.runs.callbacks import EpochBar, Validation


@pytest.fixture
def bars(monkeypatch):
    """What is done with progress bars, in order: label and total, each move, the end."""
    told = []

    @contextlib.contextmanager
    def bar(label, total):
        told.append((label, total))
        try:
            yield lambda: told.append("move")
        finally:
            told.append("end")

    monkeypatch.setattr(callbacks, "progress_bar", bar)
    return told


def fit(*its_callbacks, epochs=2):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    x, y = np.ones((6, 2)), np.zeros(6)
    return model.fit(
        x, y, batch_size=2, epochs=epochs, verbose=0, callbacks=list(its_callbacks)
    ).history


def test_every_epoch_has_a_bar_of_its_batches(bars):
    with EpochBar(7) as bar:
        fit(bar)
    assert bars == [
        *(("Epoch 1/7", 3), "move", "move", "move", "end"),
        *(("Epoch 2/7", 3), "move", "move", "move", "end"),
    ]


def test_an_interrupted_epoch_leaves_no_bar(bars):
    def interrupt(batch, logs):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), EpochBar(7) as bar:
        fit(bar, keras.callbacks.LambdaCallback(on_train_batch_end=interrupt))
    assert bars == [("Epoch 1/7", 3), "move", "end"]


class Training:
    """Stands in for a `ModelTraining`, of which it has what is asked for."""

    def measure(self, model, examples, batch_size):
        return {"loss": np.float32(len(examples)), "score": batch_size}

    def epoch_summary(self, logs):
        return f"{sorted(logs)}"


def test_callbacks_after_the_validation_know_its_metrics(bars, capsys):
    seen = []
    record = keras.callbacks.LambdaCallback(on_epoch_end=lambda _, logs: seen.append(dict(logs)))
    with EpochBar(1) as bar:
        history = fit(bar, Validation(Training(), ["a", "b"], 5, 1), record, epochs=1)
    assert seen == [{"loss": history["loss"][0], "val_loss": 2.0, "val_score": 5.0}]
    assert history["val_score"] == [5.0]
    assert "Epoch 1/1: ['loss', 'val_loss', 'val_score'] (" in capsys.readouterr().err
    # The validation may have a bar of its own: two at once would be an error of rich.
    assert bars[-1] == "end"
