"""Weights that are averaged over the last steps of an epoch."""

from collections.abc import Sequence

import keras
import tensorflow as tf


def averaging(optimizer: keras.optimizers.Optimizer, steps: int) -> keras.optimizers.Optimizer:
    """Returns an optimizer that also averages the weights, over the last half of an epoch.

    Averages swing less from batch to batch than the weights themselves (Polyak & Juditsky 1992,
    Acceleration of Stochastic Approximation by Averaging). An exponential average stands for the
    half: its momentum is 1 - 2 / steps.

    Args:
        optimizer: The optimizer.
        steps: The steps of an epoch.
    """
    momentum = max(0.0, 1 - 2 / steps)
    return type(optimizer).from_config(
        {**optimizer.get_config(), "use_ema": True, "ema_momentum": momentum}
    )


def fit_epoch(
    task: keras.Model,
    batches: tf.data.Dataset,
    epoch: int,
    callbacks: Sequence[keras.callbacks.Callback],
) -> None:
    """Fits for one epoch.

    With an optimizer of `averaging`, the callbacks find the averages in the model when the epoch
    ends, and the weights in the optimizer; the next epoch continues from the weights.

    Args:
        task: A compiled model.
        batches: The batches of the epoch.
        epoch: Its number, from 0.
        callbacks: The callbacks.
    """
    epochs, swaps = epoch + 1, []
    if task.optimizer.use_ema:
        # In what it takes for the last epoch, SwapEMAWeights gives up the weights.
        epochs += 1
        swaps = [
            keras.callbacks.SwapEMAWeights(swap_on_epoch=True),
            keras.callbacks.LambdaCallback(
                on_epoch_end=lambda epoch, logs: setattr(task, "stop_training", True)
            ),
        ]
    task.fit(
        batches,
        initial_epoch=epoch,
        epochs=epochs,
        shuffle=False,
        verbose=0,
        callbacks=[*swaps, *callbacks],
    )


def put_weights_back(task: keras.Model) -> None:
    """Puts the weights back into a model whose state was saved with the averages in it.

    Args:
        task: A model with the optimizer of `averaging`.
    """
    task.optimizer.finalize_variable_values(task.trainable_variables)
