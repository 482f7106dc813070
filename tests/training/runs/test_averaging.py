"""Weights that are averaged over the last steps of an epoch."""

import keras
import numpy as np
import pytest

from seqzoo.training.note_generator.training import NoteGeneratorTraining
from seqzoo.training.runs.train import averaging, train
from tests.training.runs.test_train import assert_same_run, recipe_for

X = np.random.default_rng(0).normal(size=(6, 3)).astype("float32")
START = np.array([[0.3], [0.8], [-0.5]], "float32")
Y = X @ np.array([[1.0], [-2.0], [0.5]], "float32")


def fit(optimizer, callbacks=()):
    """The weights after two fits of an epoch with six steps."""
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, use_bias=False)])
    model.set_weights([START])
    model.compile(optimizer=optimizer, loss="mse")
    for epoch in range(2):
        settings = {"batch_size": 1, "shuffle": False, "verbose": 0}
        model.fit(X, Y, initial_epoch=epoch, epochs=epoch + 1, callbacks=[*callbacks], **settings)
    return model.get_weights()[0]


def test_an_epoch_ends_with_the_average_and_the_next_begins_there():
    schedule = keras.optimizers.schedules.CosineDecay(0.1, decay_steps=12)
    found = fit(
        averaging(keras.optimizers.SGD(schedule), steps=6),
        [keras.callbacks.SwapEMAWeights(swap_on_epoch=True)],
    )
    weights = START.astype("float64")
    for step in range(12):
        x, y = X[step % 6 : step % 6 + 1], Y[step % 6 : step % 6 + 1]
        rate = 0.1 * 0.5 * (1 + np.cos(np.pi * step / 12))
        weights = weights - rate * 2 * x.T @ (x @ weights - y)
        # The first weights are their own average.
        average = (average + weights) / 2 if step else weights
        if step % 6 == 5:
            weights = average
    np.testing.assert_allclose(found, average, rtol=1e-4)
    assert not np.allclose(found, fit(keras.optimizers.SGD(schedule)), rtol=1e-2)


def test_an_epoch_of_few_steps_ends_with_its_last_weights():
    optimizer = averaging(keras.optimizers.Adam(0.1, global_clipnorm=5.0), steps=2)
    assert optimizer.ema_momentum == 0
    assert optimizer.global_clipnorm == 5.0
    callbacks = [keras.callbacks.SwapEMAWeights(swap_on_epoch=True)]
    plain = keras.optimizers.Adam(0.1, global_clipnorm=5.0)
    np.testing.assert_allclose(fit(optimizer, callbacks), fit(plain), rtol=1e-6)


@pytest.mark.slow
def test_an_interrupted_run_goes_on_to_the_same_result(score_folder, tmp_path, monkeypatch):
    recipe = recipe_for(score_folder, average=True, batch_size=1)
    train(recipe, tmp_path / "whole")

    def interrupted(*arguments):
        raise KeyboardInterrupt

    measure = NoteGeneratorTraining.measure
    calls = iter((measure, interrupted))
    with monkeypatch.context() as patch:
        patch.setattr(NoteGeneratorTraining, "measure", lambda *each: next(calls)(*each))
        with pytest.raises(KeyboardInterrupt):
            train(recipe, tmp_path / "run")
    train(recipe, tmp_path / "run")
    assert_same_run(tmp_path / "whole", tmp_path / "run")
