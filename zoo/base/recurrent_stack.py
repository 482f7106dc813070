"""Stacked recurrent layers whose states are packed into one tensor.

The states of all layers have the shape `(batch, num_layers, states, units)`, where an LSTM has two
states (h, c) and a GRU one. The batch comes first, so that keras-hub's samplers can repeat and
gather the states like a key-value cache.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

from keras import ops

from seqzoo import layers
from seqzoo.core.arguments import check_choice, check_sizes
from seqzoo.core.types import Dtype, Tensor

Cell: TypeAlias = Literal["simple_rnn", "lstm", "peephole_lstm", "gru"]

RECURRENT_LAYERS: dict[str, type[layers.Recurrent]] = {
    "simple_rnn": layers.SimpleRNN,
    "lstm": layers.LSTM,
    "peephole_lstm": layers.PeepholeLSTM,
    "gru": layers.GRU,
}
"""Recurrent layer classes by the value of the `cell` argument."""


def recurrent_stack(
    cell: Cell, units: int, num_layers: int, dtype: Dtype | None = None
) -> list[layers.Recurrent]:
    """Creates recurrent layers that return all outputs and their final states.

    Args:
        cell: `"peephole_lstm"`, `"lstm"`, `"gru"` or `"simple_rnn"`.
        units: Size of every layer.
        num_layers: Number of layers.
        dtype: Dtype or dtype policy of the layers. Defaults to Keras's global policy.

    Raises:
        ValueError: If `cell` is unknown, or a size is not a positive integer.
    """
    check_choice("cell", cell, RECURRENT_LAYERS)
    check_sizes({"num_layers": num_layers})
    return [
        RECURRENT_LAYERS[cell](
            units,
            return_sequences=True,
            return_state=True,
            dtype=dtype,
            name=f"recurrent_{index}",
        )
        for index in range(num_layers)
    ]


def stack_state_shape(stack: Sequence[layers.Recurrent]) -> tuple[int, int, int]:
    """Returns the state shape of one sequence, `(num_layers, states, units)`."""
    return len(stack), len(stack[0].state_size), stack[0].units


def run_stack(
    stack: Sequence[layers.Recurrent], x: Tensor, mask: Tensor, states: Tensor
) -> tuple[Tensor, Tensor]:
    """Runs the stack over sequences from given initial states, without dropout.

    Args:
        stack: The layers.
        x: `(batch, time, features)`.
        mask: Booleans `(batch, time)`.
        states: `(batch, num_layers, states, units)`.

    Returns:
        The outputs `(batch, time, units)` and the new states.
    """
    return _through(
        stack,
        x,
        states,
        lambda layer, x, layer_states: layer(
            x, initial_state=layer_states, mask=mask, training=False
        ),
    )


def step_stack(
    stack: Sequence[layers.Recurrent], x: Tensor, states: Tensor
) -> tuple[Tensor, Tensor]:
    """Runs one time step of the stack.

    Args:
        stack: The layers.
        x: `(batch, features)`.
        states: `(batch, num_layers, states, units)`.

    Returns:
        The outputs `(batch, units)` and the new states.
    """

    def cell_step(layer, x, layer_states):
        output, new_states = layer.cell(x, layer_states)
        return output, *new_states

    return _through(stack, x, states, cell_step)


def _through(stack, x, states, apply):
    new_states = []
    for layer, layer_states in zip(stack, _unstack(states), strict=True):
        x, *layer_states = apply(layer, x, _unstack(layer_states))
        new_states.append(ops.stack(layer_states, axis=1))
    return x, ops.stack(new_states, axis=1)


def _unstack(states):
    """Splits along axis 1 by static slices, which every runtime supports."""
    return [states[:, index] for index in range(states.shape[1])]
