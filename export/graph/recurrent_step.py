"""One time step of a recurrent layer, with explicit states."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from seqzoo import layers
from seqzoo.core.keras_internals import mask_of, set_mask
from seqzoo.core.types import Tensor

_KERAS_STATES = {
    keras.layers.LSTMCell: ("h", "c"),
    keras.layers.GRUCell: ("h",),
    keras.layers.SimpleRNNCell: ("h",),
}


def is_recurrent(operation: keras.Operation) -> bool:
    """Returns whether an operation is a recurrent layer of one direction."""
    return isinstance(operation, (keras.layers.RNN, layers.StackedRNN))


class NotStreamableError(ValueError):
    """A layer cannot run in single steps; the message is the reason, a sentence without subject."""


class RecurrentStep:
    """Runs a recurrent layer for one time step.

    Args:
        layer: The layer.
        *args: The arguments of its call: sequences `(batch, time, ...)` and their mask.
        **kwargs: As `args`.

    Attributes:
        state_specs: The states, `tf.TensorSpec` `(batch, ...)` with a name. They start as zeros.

    Raises:
        NotStreamableError: If the layer runs backwards, or does not start from zeros.
    """

    def __init__(self, layer: keras.layers.Layer, *args: Any, **kwargs: Any) -> None:
        self._layer = layer
        sequence, mask = self._read(args, kwargs)
        if layer.go_backwards:
            raise NotStreamableError("runs from the last time step to the first")
        zeros = layer.get_initial_state(batch_size=len(sequence))
        if any(np.any(state) for state in keras.tree.flatten(zeros)):
            raise NotStreamableError("starts from states that are not zero")
        self._structure = keras.tree.map_structure(lambda _: 0, zeros)
        output, after = self._run(sequence[:, 0], keras.tree.flatten(zeros))
        # At a masked step a layer repeats its last output, which in most cells is a state.
        self._output_state = next((n for n, state in enumerate(after) if state is output), None)
        self._repeats = mask is not None and not self._zeroes()
        names = _state_names(layer, len(after))
        if self._repeats and self._output_state is None:
            after, names = [*after, output], [*names, "output"]
        self.state_specs = [
            tf.TensorSpec([None, *state.shape[1:]], state.dtype, f"{layer.name}_{name}")
            for state, name in zip(after, names, strict=True)
        ]

    def __call__(
        self, states: Sequence[Tensor], *args: Any, **kwargs: Any
    ) -> tuple[list[Tensor], list[Tensor]]:
        """Runs one time step.

        Args:
            states: The states, in the order of `state_specs`.
            *args: The arguments of the layer; sequences have one time step.
            **kwargs: As `args`.

        Returns:
            The outputs of the layer, flattened, and the new states.
        """
        sequence, mask = self._read(args, kwargs)
        output, after = self._run(sequence[:, 0], states)
        if mask is not None:
            after = [_where(mask, a, b) for a, b in zip(after, states, strict=False)]
            output = _where(mask, output, self._masked_output(states, output))
        if self._repeats and self._output_state is None:
            after = [*after, output]
        return self._returned(output, mask, after), after

    def _read(self, args, kwargs):
        """Returns the sequence and its mask."""
        given = inspect.signature(self._layer.call).bind(*args, **kwargs).arguments
        if given.get("initial_state") is not None:
            raise NotStreamableError("starts from states that it is given, not from zeros")
        sequence, mask = given["sequences"], given.get("mask")
        return sequence, mask_of(sequence) if mask is None else mask

    def _run(self, frame, states):
        layer, count = self._layer, len(keras.tree.flatten(self._structure))
        states = keras.tree.pack_sequence_as(self._structure, states[:count])
        run = layer.step if isinstance(layer, layers.StackedRNN) else layer.cell
        output, after = run(frame, states)
        return output, keras.tree.flatten(after)

    def _zeroes(self):
        zeroes = self._layer.zero_output_for_mask or getattr(self._layer, "residual", False)
        return zeroes and self._layer.return_sequences

    def _masked_output(self, states, output):
        if not self._repeats:
            return tf.zeros_like(output)
        return states[-1 if self._output_state is None else self._output_state]

    def _returned(self, output, mask, states):
        if self._layer.return_sequences:
            output = output[:, None]
            # Keras passes the mask to the next layer in the same way.
            set_mask(output, mask)
        count = len(keras.tree.flatten(self._structure))
        return [output, *states[:count]] if self._layer.return_state else [output]


def _where(mask, new, old):
    return tf.where(tf.reshape(mask, [-1] + [1] * (len(new.shape) - 1)), new, old)


def _state_names(layer, count):
    names = _names_of_all(layer.cells) if hasattr(layer, "cells") else _names_of(layer.cell)
    # A custom cell may not name all of its states.
    return names if len(names) == count else _numbered(count)


def _names_of_all(cells):
    return [f"{n}_{name}" for n, cell in enumerate(cells, start=1) for name in _names_of(cell)]


def _names_of(cell):
    """Returns the names of a cell's states; a custom cell can define them as `state_names`."""
    if isinstance(cell, keras.layers.StackedRNNCells):
        return _names_of_all(cell.cells)
    if hasattr(cell, "state_names"):
        return list(cell.state_names)
    keras_names = (names for base, names in _KERAS_STATES.items() if isinstance(cell, base))
    return next(keras_names, _numbered(len(keras.tree.flatten(cell.state_size))))


def _numbered(count):
    return [f"state_{n}" for n in range(1, count + 1)] if count > 1 else ["state"]
