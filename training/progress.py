"""What a run says while it works."""

import sys
import time

import keras
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


def note(sentence: str) -> None:
    """Says a sentence on standard error, so that standard output stays for results."""
    Console(stderr=True, highlight=False).print(sentence, markup=False)


class EpochProgress(keras.callbacks.Callback):
    """A progress bar over the steps of one epoch, then a line with its losses.

    Args:
        epoch: The number of the epoch, from 1.
        epochs: The most epochs of the run.
        steps: Steps in the epoch.
    """

    def __init__(self, epoch, epochs, steps):
        super().__init__()
        self._label = f"Epoch {epoch}/{epochs}"
        self._steps = steps

    def on_train_begin(self, logs=None):
        """Shows the bar, where there is a terminal to draw it on."""
        self._start = time.monotonic()
        self._bar = Progress(
            TextColumn(self._label),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("loss {task.fields[loss]:.3f}"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
            disable=not sys.stderr.isatty(),
        )
        self._row = self._bar.add_task("", total=self._steps, loss=0.0)
        self._bar.start()

    def on_train_batch_end(self, batch, logs=None):
        """Moves the bar."""
        self._bar.update(self._row, completed=batch + 1, loss=float(logs["loss"]))

    def on_epoch_end(self, epoch, logs=None):
        """Says the losses."""
        seconds = time.monotonic() - self._start
        self._bar.stop()
        note(
            f"{self._label}: loss {logs['loss']:.4f}, validation loss {logs['val_loss']:.4f} "
            f"({seconds:.0f} s)"
        )

    def on_train_end(self, logs=None):
        """Takes the bar away, also after an interruption."""
        self._bar.stop()
