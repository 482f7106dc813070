"""Weights that are averaged over the last steps of an epoch."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqzoo.training.note_generator.training import NoteGeneratorTraining
from seqzoo.training.runs.averaging import averaging, fit_epoch
from seqzoo.training.runs.train import train
from tests.training.runs.test_train import assert_same_run, recipe_for

X = np.random.default_rng(0).normal(size=(6, 3)).astype("float32")
START = np.array([[0.3], [0.8], [-0.5]], "float32")
Y = X @ np.array([[1.0], [-2.0], [0.5]], "float32")


class Recorder(keras.callbacks.Callback):
    """The weights that a callback finds at the end of every epoch."""

    def __init__(self):
        super().__init__()
        self.weights = []

    def on_epoch_end(self, epoch, logs=None):
        self.weights.append(self.model.get_weights()[0])


def fit(optimizer):
    """The weights at the end of three epochs of six steps, and those after all."""
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, use_bias=False)])
    model.set_weights([START])
    model.compile(optimizer=optimizer, loss="mse")
    recorder = Recorder()
    for epoch in range(3):
        fit_epoch(model, tf.data.Dataset.from_tensor_slices((X, Y)).batch(1), epoch, [recorder])
    return recorder.weights, model.get_weights()[0]


def test_callbacks_find_averages_and_training_continues_from_weights():
    schedule = keras.optimizers.schedules.CosineDecay(0.1, decay_steps=18)
    found, final = fit(averaging(keras.optimizers.SGD(schedule), steps=6))
    weights, expected = START.astype("float64"), []
    for step in range(18):
        x, y = X[step % 6 : step % 6 + 1], Y[step % 6 : step % 6 + 1]
        rate = 0.1 * 0.5 * (1 + np.cos(np.pi * step / 18))
        if step % 6 == 0:
            average = weights
        weights = weights - rate * 2 * x.T @ (x @ weights - y)
        # Of the very first step, the weights are the average.
        average = (2 * average + weights) / 3 if step else weights
        if step % 6 == 5:
            expected.append(average)
    np.testing.assert_allclose(found, expected, rtol=1e-4)
    np.testing.assert_allclose(final, weights, rtol=1e-4)
    assert not np.allclose(final, found[-1], rtol=1e-3)


def test_an_epoch_of_few_steps_has_its_last_weights():
    optimizer = averaging(keras.optimizers.Adam(0.1, global_clipnorm=5.0), steps=2)
    assert (optimizer.ema_momentum, optimizer.global_clipnorm) == (0, 5.0)
    found, final = fit(optimizer)
    expected, expected_final = fit(keras.optimizers.Adam(0.1, global_clipnorm=5.0))
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    np.testing.assert_allclose(final, expected_final, rtol=1e-6)


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
