"""Base class of recurrent layers: runs a cell over time."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any, Literal, Self

import keras
from keras import ops, tree

from seqzoo.core.arguments import check_positive_integer
from seqzoo.core.types import Config, Regularizer, Shape, States, Tensor
from seqzoo.layers.arguments import (
    check_batch_size,
    check_finite,
    check_frame,
    check_mask,
    check_states,
    kept_states,
)
from seqzoo.layers.kernels.selection import may_compile_whole_model, select_kernel
from seqzoo.layers.ragged import AcceptsRagged
from seqzoo.layers.recurrent_cell import RecurrentCell


def _loop(
    activity_regularizer: Regularizer = None,
    return_sequences: bool = False,
    return_state: bool = False,
    go_backwards: bool = False,
    stateful: bool = False,
    unroll: bool = False,
    zero_output_for_mask: bool = False,
    use_cudnn: Literal["auto"] | bool = "auto",
    gradient_steps: int | None = None,
    **kwargs: Any,
) -> None:
    """Declares the constructor arguments of every layer, after those of its cell."""


_LOOP_PARAMETERS = inspect.signature(_loop).parameters


class _ConstructorSignature:
    """The constructor's signature: the cell's parameters, then those of the loop, as in Keras.

    Only the class has it. An instance is called with tensors, and `tf.function` must find the
    signature of that call instead.
    """

    def __get__(self, layer, layer_class):
        if layer is not None or layer_class.cell_class is None:
            raise AttributeError("__signature__")
        cell = layer_class.cell_class.parameters()
        return inspect.Signature([*cell.values(), *_LOOP_PARAMETERS.values()])


class Recurrent(AcceptsRagged, keras.layers.RNN):
    """Runs a cell over time; the base of `SimpleRNN`, `LSTM`, `PeepholeLSTM`, `GRU` and others.

    A subclass sets `cell_class`. Its constructor takes the cell's arguments, then those below;
    the cell's arguments are also attributes of the layer (`layer.units`).

    Args:
        *args: The cell's arguments, by position.
        activity_regularizer: Regularizer of the output. Defaults to `None`.
        return_sequences: Whether to return the outputs of all time steps instead of the last.
            Defaults to `False`.
        return_state: Whether to return the final states after the output. Defaults to `False`.
        go_backwards: Whether to run from the last time step to the first; outputs and output mask
            are in the order of the run. Defaults to `False`.
        stateful: Whether to start each batch from the final states of the previous one. Defaults
            to `False`.
        unroll: Whether to unroll the time steps instead of looping. Defaults to `False`.
        zero_output_for_mask: Whether to output zeros at masked time steps instead of the last
            output; used only with `return_sequences`. Defaults to `False`.
        use_cudnn: As in Keras: `"auto"` uses cuDNN on a GPU if possible, `True` requires it,
            `False` never uses it. Defaults to `"auto"`.
        gradient_steps: Truncated backpropagation through time (Williams & Peng 1990): positive
            integer; the gradient is cut between blocks of this many time steps, counted from the
            start of the run, while the states pass. Defaults to `None`: no cut.
        **kwargs: The cell's arguments by name, and those of `keras.layers.Layer`: `name`,
            `dtype`, `trainable`.

    Call arguments:
        sequences: Tensor `(batch, time, features)`; batch and time may be unknown. A ragged
            tensor is padded, and masked by its lengths.
        initial_state: The states `(batch, units)`: a list, or the named tuple that `step`
            returns. Defaults to zeros.
        mask: Boolean tensor `(batch, time)`; masked time steps do not change the states, wherever
            they are, so padding does not change the result.
        training: Whether dropout is applied.

    Returns:
        The last output `(batch, units)`, or all outputs `(batch, time, units)`; with
        `return_state`, followed by the final states `(batch, units)`.

    Raises:
        ValueError: If `sequences` is not of rank 3, has a different number of features than the
            layer was built for, or holds NaN at a time step that is not masked (in a training
            graph: an `InvalidArgumentError`); if `initial_state` has a wrong number of states or a
            wrong shape; if `mask` is not `(batch, time)`.
    """

    cell_class: type[RecurrentCell] = None  # type: ignore[assignment] # a subclass sets it
    __signature__ = _ConstructorSignature()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if self.cell_class is None:
            raise NotImplementedError(f"{type(self).__name__} must set `cell_class`.")
        arguments = type(self).__signature__.bind(*args, **kwargs).arguments
        kwargs = arguments.pop("kwargs", {})
        for name in _LOOP_PARAMETERS:
            if name in arguments:
                kwargs[name] = arguments.pop(name)
        use_cudnn = kwargs.pop("use_cudnn", "auto")
        if use_cudnn not in ("auto", True, False):
            raise ValueError(
                "Argument `use_cudnn` must be 'auto', True or False. "
                f"Received: use_cudnn={use_cudnn!r}"
            )
        gradient_steps = kwargs.pop("gradient_steps", None)
        if gradient_steps is not None:
            check_positive_integer("gradient_steps", gradient_steps)
        cell = self.cell_class(
            **arguments,
            dtype=kwargs.get("dtype"),
            trainable=kwargs.get("trainable", True),
            name="cell",
        )
        super().__init__(cell, **kwargs)
        self.use_cudnn = use_cudnn
        self.gradient_steps = gradient_steps
        self.supports_jit = may_compile_whole_model(self)
        self.input_spec = keras.layers.InputSpec(ndim=3)

    def __getattr__(self, name):
        if self.cell_class is not None and name in self.cell_class.parameters():
            return getattr(self.cell, name)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __setattr__(self, name, value):
        of_cell = () if self.cell_class is None else self.cell_class.parameters()
        if name != "cell" and name in of_cell:
            raise AttributeError(f"{name!r} belongs to the cell: set `layer.cell.{name}`.")
        super().__setattr__(name, value)

    def build(self, sequences_shape: Shape, initial_state_shape: Any = None) -> None:
        """Builds the cell for the number of features."""
        super().build(sequences_shape)
        self.input_spec = keras.layers.InputSpec(ndim=3, axes={-1: sequences_shape[-1]})

    def call(
        self,
        sequences: Tensor,
        initial_state: States | None = None,
        mask: Tensor | None = None,
        training: bool | None = False,
        sequences_mask: Tensor | None = None,
    ) -> Any:
        """Runs the layer.

        Keras passes the mask of the sequences as `mask`; if states are passed too, as
        `sequences_mask`.
        """
        mask = sequences_mask if mask is None else mask
        if not keras.backend.is_float_dtype(sequences.dtype):
            sequences = ops.cast(sequences, self.compute_dtype)
        if mask is not None:
            mask = ops.cast(tree.flatten(mask)[0], "bool")
            check_mask(mask, sequences)
            # An infinity or NaN in the padding would turn the gradients of the weights into NaN.
            sequences = ops.where(ops.expand_dims(mask, -1), sequences, 0)
        if initial_state is not None:
            initial_state = tree.flatten(initial_state)
            check_states(initial_state, self.cell.state_names, self.units, sequences.shape[0])
        check_finite(sequences)
        if self.stateful:
            sequences = check_batch_size(sequences, self)
            initial_state = kept_states(self, sequences) if initial_state is None else initial_state
        return super().call(sequences, initial_state=initial_state, mask=mask, training=training)

    def step(
        self, inputs: Tensor, states: States | None = None
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Runs one time step of inference, for streaming.

        Args:
            inputs: Tensor `(batch, features)`.
            states: The states that the previous step returned, or a list of states. Defaults to
                zeros.

        Returns:
            The output `(batch, units)` and the new states, a named tuple.
        """
        check_frame(inputs)
        if not self.built:
            self.build((None, None, inputs.shape[-1]))
        if states is None:
            states = self.get_initial_state(ops.shape(inputs)[0])
        states = tree.flatten(states)
        check_states(states, self.cell.state_names, self.units, inputs.shape[0])
        output, states = self.cell(inputs, states)
        return output, self.cell.named_states(states)

    def inner_loop(
        self,
        sequences: Tensor,
        initial_state: Sequence[Tensor],
        mask: Tensor | None,
        training: bool | None = False,
    ) -> tuple[Tensor, Tensor, list[Tensor]]:
        """Runs the cell over time; returns last output, all outputs and final states."""
        kernel = select_kernel(self, training)
        last_output, outputs, states = kernel(self, sequences, initial_state, mask, training)
        batch, time, _ = sequences.shape
        last_output.set_shape([batch, self.units])
        outputs.set_shape([batch, time if self.return_sequences else 1, self.units])
        for state in states:
            state.set_shape([batch, self.units])
        return last_output, outputs, states

    def in_order(self, sequence: Tensor) -> Tensor:
        """Returns a sequence `(batch, time, ...)` in the order of the run."""
        return ops.flip(sequence, axis=1) if self.go_backwards else sequence

    def cudnn_ok(self) -> bool:
        """Returns whether cuDNN is available and supports the layer, see `call_cudnn`."""
        return False

    def call_cudnn(
        self, sequences: Tensor, initial_state: Sequence[Tensor], mask: Tensor | None
    ) -> tuple[Tensor, Tensor, list[Tensor]]:
        """Runs the layer on cuDNN; returns last output, all outputs and final states."""
        raise NotImplementedError(f"{type(self).__name__} is not for cuDNN.")

    def compute_mask(self, _: Any, mask: Any) -> Any:
        """Returns the output mask: `None` for a last output, reversed with `go_backwards`."""
        mask = tree.flatten(mask)[0]
        mask = self.in_order(mask) if self.return_sequences and mask is not None else None
        return [mask, *(None for _ in self.state_size)] if self.return_state else mask

    def get_config(self) -> Config:
        """Returns all constructor arguments, serialized."""
        config = super().get_config()
        del config["cell"]
        cell_config = self.cell.get_config()
        return {
            **config,
            "activity_regularizer": keras.regularizers.serialize(self.activity_regularizer),
            "use_cudnn": self.use_cudnn,
            "gradient_steps": self.gradient_steps,
            **{name: cell_config[name] for name in self.cell_class.parameters()},
        }

    @classmethod
    def from_config(cls, config: Config, custom_objects: Mapping[str, Any] | None = None) -> Self:
        """Creates the layer from the result of `get_config`, of seqzoo or Keras 2."""
        config = dict(config)
        if config.pop("time_major", False):
            raise ValueError(
                "Argument `time_major` must be False: swap the first two axes of the inputs and "
                "outputs, and give the layer (batch, time, features). Received: time_major=True"
            )
        for name in ("batch_input_shape", "input_shape"):
            if config.get(name):
                # Keras 2 may store the shape with its batch axis.
                config["input_shape"] = config.pop(name)[-2:]
        return cls(**config)
