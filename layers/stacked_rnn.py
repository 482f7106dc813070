"""Stacked (deep) recurrent layers."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Mapping, Sequence
from typing import Any, Self

import keras
from keras import ops, tree

from seqzoo.core.types import Config, Shape, States, Tensor
from seqzoo.layers.arguments import check_batch_size, check_frame, check_mask, kept_states
from seqzoo.layers.ragged import AcceptsRagged
from seqzoo.layers.stack_levels import make_level, output_size, serialize_level


@keras.saving.register_keras_serializable("seqzoo")
class StackedRNN(AcceptsRagged, keras.layers.Layer):
    """A deep recurrent layer: each level reads the outputs of the level below.

    Graves (2013, arXiv:1308.0850); Pascanu et al. (2014, arXiv:1312.6026):

    ```
    y_0[t] = x[t]
    y_1[t] = level_1(x[t])
    y_n[t] = level_n(dropout(LN(y_(n-1)[t])))                   n = 2, ..., N
    y_n[t] = level_n(dropout(LN(y_(n-1)[t]))) + y_(n-1)[t]      with `residual`
    ```

    LN and dropout are optional. Both apply to the connections between levels, never to x, y_N or
    a state: dropout as in Zaremba et al. (2014, arXiv:1409.2329) and PyTorch, normalization
    outside the residual sums (Xiong et al. 2020, arXiv:2002.04745), residual connections as in Wu
    et al. (2016, arXiv:1609.08144).

    Without these three options it computes the same as `keras.layers.RNN([cell, cell])`, with the
    same weights in the same order. But each level runs over the whole sequence as its own layer,
    with the fast kernel of that layer, while Keras runs all cells in one loop.

    >>> import numpy as np
    >>> from seqzoo.layers import GRUCell, LSTMCell
    >>> stack = StackedRNN([LSTMCell(4), GRUCell(3)], return_sequences=True, return_state=True)
    >>> x = np.ones((2, 5, 6), "float32")
    >>> outputs, lstm_states, gru_states = stack(x)
    >>> outputs.shape, len(lstm_states), len(gru_states)
    (TensorShape([2, 5, 3]), 2, 1)

    The same, one time step at a time:

    >>> states = stack.get_initial_state(batch_size=2)
    >>> for t in range(5):
    ...     output, states = stack.step(x[:, t], states)
    >>> bool(np.allclose(output, outputs[:, -1], atol=1e-6))
    True

    Args:
        cells: List of the levels, from the input up: cells of seqzoo or Keras, or whole recurrent
            layers of one direction. The stack creates new cells from their configurations, as
            `keras.layers.Bidirectional` does, so `[LSTMCell(4)] * 3` is three levels with separate
            weights; `layer.cells` are the new cells. A seqzoo cell runs in its layer, any other
            cell in `keras.layers.RNN`. The stack overrides the arguments `return_sequences`,
            `return_state` and `zero_output_for_mask` of a layer.
        residual: Whether to add the input of a level to its output. The first level has no
            residual connection unless the sizes of its input and output agree; all levels must
            have the same output size. Defaults to `False`.
        layer_norm: Whether to normalize the input of each level except the first. Defaults to
            `False`.
        dropout: Fraction of the input of each level except the first that is dropped in training,
            in [0, 1], with a new mask for each time step. For one mask for all steps, use the
            cells' own `dropout`. Defaults to 0.
        return_sequences: Whether to return the outputs of all time steps instead of the last.
            Defaults to `False`.
        return_state: Whether to return the final states after the output. Defaults to `False`.
        go_backwards: Whether to run from the last time step to the first; outputs and output mask
            are in the order of the run. Defaults to `False`.
        stateful: Whether to start each batch from the final states of the previous one. Defaults
            to `False`.
        zero_output_for_mask: Whether to output zeros at masked time steps instead of the last
            output; used only with `return_sequences`, and always true with `residual`. Defaults
            to `False`.
        seed: Seed of the dropout. Defaults to `None`.
        **kwargs: Arguments of `keras.layers.Layer`: `name`, `dtype`, `trainable`. As in
            `keras.layers.RNN`, `dtype` applies to the sums and outputs of the stack; cells have
            their own dtype.

    Call arguments:
        sequences: Tensor `(batch, time, features)`; batch and time may be unknown.
        initial_state: The states, one list of states `(batch, size)` for each level:
            `[[h, c], [h, c]]`. Defaults to zeros.
        mask: Boolean tensor `(batch, time)`; padding does not change the result.
        training: Whether dropout is applied.

    Returns:
        The last output `(batch, size)`, or all outputs `(batch, time, size)`, where size is that
        of the last level; with `return_state`, followed by the final states, one list per level.

    Raises:
        ValueError: If `cells` is empty or holds anything else; if a cell is already built (its
            weights would be lost), or runs backwards or stateful itself; if `residual` is true and
            the levels differ in size; if `dropout` is outside [0, 1]; or if `initial_state` has a
            wrong number of states.
    """

    def __init__(
        self,
        cells: Sequence[keras.layers.Layer],
        residual: bool = False,
        layer_norm: bool = False,
        dropout: float = 0.0,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        zero_output_for_mask: bool = False,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if not isinstance(cells, (list, tuple)) or not cells:
            raise ValueError(
                "Argument `cells` must be a list of cells or recurrent layers. "
                f"Received: cells={cells}"
            )
        if not 0 <= dropout <= 1:
            raise ValueError(f"Argument `dropout` must lie in [0, 1]. Received: dropout={dropout}")
        self.residual = residual
        self.layer_norm = layer_norm
        self.dropout = dropout
        self.return_sequences = return_sequences
        self.return_state = return_state
        self.go_backwards = go_backwards
        self.stateful = stateful
        self.zero_output_for_mask = zero_output_for_mask
        self.seed = seed
        self.levels = [
            make_level(cell, stateful=stateful, name=f"level_{n}")
            for n, cell in enumerate(cells, start=1)
        ]
        sizes = [output_size(level) for level in self.levels]
        if residual and len(set(sizes)) > 1:
            raise ValueError(
                "Argument `residual` must be False if the levels have different sizes. "
                f"Received: residual={residual}, levels of the sizes {sizes}"
            )
        self.norms = [
            keras.layers.LayerNormalization(dtype=self.dtype_policy, name=f"norm_{n}")
            for n in range(2, len(cells) + 1)
            if layer_norm
        ]
        self.drop = keras.layers.Dropout(dropout, seed=seed, dtype=self.dtype_policy, name="drop")
        self.supports_masking = True
        self.input_spec = keras.layers.InputSpec(ndim=3)

    @property
    def cells(self) -> list[keras.layers.Layer]:
        """The cells of the levels, from the input up."""
        return [level.cell for level in self.levels]

    @property
    def state_size(self) -> list[int | list[int]]:
        """The sizes of the states, one entry for each level."""
        return [level.state_size for level in self.levels]

    @property
    def output_size(self) -> int:
        """The size of the output: that of the last level."""
        return output_size(self.levels[-1])

    @property
    def states(self) -> list[list[Tensor]] | None:
        """The stored states of a stateful stack, one list for each level; otherwise `None`."""
        states = [level.states for level in self.levels]
        return None if None in states else states

    def build(self, sequences_shape: Shape, initial_state_shape: Any = None) -> None:
        """Builds the levels and the normalizations between them."""
        shape = tuple(sequences_shape)
        for level, norm in itertools.zip_longest(self.levels, [None, *self.norms]):
            if norm is not None:
                norm.build(shape)
            level.build(shape)
            shape = (*shape[:-1], output_size(level))

    def call(
        self,
        sequences: Tensor,
        initial_state: States | None = None,
        mask: Tensor | None = None,
        training: bool | None = False,
        sequences_mask: Tensor | None = None,
    ) -> Any:
        """Runs the levels one after the other, each over the whole sequence.

        If states are passed too, Keras passes the mask of the sequences as `sequences_mask`.
        """
        mask = sequences_mask if mask is None else mask
        if mask is not None:
            mask = ops.cast(mask, "bool")
            check_mask(mask, sequences)
            # An infinity or NaN in the padding would turn the gradients into NaN.
            sequences = ops.where(ops.expand_dims(mask, -1), sequences, 0)
        if self.go_backwards:
            sequences = ops.flip(sequences, axis=1)
            mask = self._in_order(mask)
        if self.stateful:
            sequences = check_batch_size(sequences, self)
            initial_state = kept_states(self, sequences) if initial_state is None else initial_state
        states = self._for_each_level(initial_state)
        finals = []

        def run(n, inputs):
            outputs, *final = self.levels[n](
                inputs, initial_state=states[n], mask=mask, training=training
            )
            finals.append(final)
            return outputs

        outputs = self._pass_through_levels(sequences, run, training)
        output = self._padded(outputs, mask) if self.return_sequences else _last(outputs, mask)
        return (output, *finals) if self.return_state else output

    def step(
        self, inputs: Tensor, states: States | None = None
    ) -> tuple[Tensor, list[list[Tensor]]]:
        """Runs the stack for one time step of inference.

        Args:
            inputs: Tensor `(batch, features)`.
            states: The states, one list for each level, as from `get_initial_state`,
                `return_state` or `step`. Defaults to zeros.

        Returns:
            The output `(batch, size)` and the new states.
        """
        if not self.built:
            self.build((None, None, inputs.shape[-1]))
        if states is None:
            states = self.get_initial_state(ops.shape(inputs)[0])
        states = self._for_each_level(states)
        inputs = ops.convert_to_tensor(inputs, dtype=self.compute_dtype)
        check_frame(inputs)
        new_states = []

        def run(n, inputs):
            output, new = self.cells[n](inputs, states[n], training=False)
            new_states.append(list(new) if tree.is_nested(new) else [new])
            return output

        return self._pass_through_levels(inputs, run, training=False), new_states

    def _pass_through_levels(self, inputs, run, training):
        """Computes the equations of the class; `run(n, inputs)` runs level n, counted from 0."""
        inputs = ops.cast(inputs, self.compute_dtype)
        for n in range(len(self.levels)):
            read = inputs
            if n and self.layer_norm:
                read = self.norms[n - 1](read)
            if n and self.dropout:
                read = self.drop(read, training=training)
            outputs = ops.cast(run(n, read), self.compute_dtype)
            adds = self.residual and inputs.shape[-1] == outputs.shape[-1]
            inputs = inputs + outputs if adds else outputs
        return inputs

    def _for_each_level(self, states):
        """Regroups states of any nesting into one list per level; `None` per level if not given."""
        if states is None:
            return [None for _ in self.levels]
        given, sizes = tree.flatten(states), tree.flatten(self.state_size)
        if len(given) != len(sizes):
            raise ValueError(
                "Argument `initial_state` must have one entry for each level, with the "
                f"{[len(tree.flatten(size)) for size in self.state_size]} states of the levels. "
                f"Received: {len(given)} states"
            )
        return tree.pack_sequence_as(self.state_size, given)

    def _padded(self, outputs, mask):
        """Returns the outputs of all time steps, with zeros at masked steps where required."""
        if mask is not None and (self.zero_output_for_mask or self.residual):
            return ops.where(ops.expand_dims(mask, -1), outputs, 0)
        return outputs

    def _in_order(self, mask):
        return ops.flip(mask, axis=1) if self.go_backwards and mask is not None else mask

    def get_initial_state(self, batch_size: int | Tensor | None = None) -> list[list[Tensor]]:
        """Returns zero states `(batch_size, size)`, one list for each level."""
        return [level.get_initial_state(batch_size) for level in self.levels]

    def reset_state(self) -> None:
        """Resets the stored states of a stateful stack to zero."""
        for level in self.levels:
            level.reset_state()

    def reset_states(self) -> None:
        """Alias of `reset_state`, as in `keras.layers.RNN`."""
        self.reset_state()

    def compute_mask(self, _: Any, mask: Any) -> Any:
        """Returns the output mask: `None` for a last output, reversed with `go_backwards`."""
        mask = self._in_order(tree.flatten(mask)[0]) if self.return_sequences else None
        states = tree.map_structure(lambda _: None, self.state_size)
        return [mask, *states] if self.return_state else mask

    def compute_output_shape(self, sequences_shape: Shape, initial_state_shape: Any = None) -> Any:
        """Returns the shape of the output, with `return_state` followed by those of the states."""
        batch, time = sequences_shape[:2]
        steps = (time,) if self.return_sequences else ()
        output = (batch, *steps, self.output_size)
        states = tree.map_structure(lambda size: (batch, size), self.state_size)
        return (output, *states) if self.return_state else output

    def get_config(self) -> Config:
        """Returns all constructor arguments, serialized; cells as the layers that run them."""
        return {
            **super().get_config(),
            "cells": [serialize_level(level) for level in self.levels],
            "residual": self.residual,
            "layer_norm": self.layer_norm,
            "dropout": self.dropout,
            "return_sequences": self.return_sequences,
            "return_state": self.return_state,
            "go_backwards": self.go_backwards,
            "stateful": self.stateful,
            "zero_output_for_mask": self.zero_output_for_mask,
            "seed": self.seed,
        }

    @classmethod
    def from_config(cls, config: Config, custom_objects: Mapping[str, Any] | None = None) -> Self:
        """Creates the layer from the result of `get_config`."""
        cells = [
            # Keras's RNN removes its cell from the configuration that it is created from.
            keras.saving.deserialize_keras_object(copy.deepcopy(cell), custom_objects)
            for cell in config["cells"]
        ]
        return cls(**{**config, "cells": cells})


def _last(outputs, mask):
    """Returns the outputs at the last unmasked time step; zeros if all steps are masked."""
    if mask is None:
        return outputs[:, -1]
    times = ops.where(mask, ops.arange(ops.shape(mask)[1]), -1)
    is_last = ops.logical_and(mask, times == ops.max(times, axis=1, keepdims=True))
    # The sum selects the one output that is not zeroed.
    return ops.sum(ops.where(ops.expand_dims(is_last, -1), outputs, 0), axis=1)
