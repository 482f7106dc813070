"""Base class of recurrent cells: arguments, weights, dropout and configuration."""

from __future__ import annotations

import collections
import functools
import inspect
from collections.abc import Sequence
from typing import Any, Literal

import keras
from keras import ops

from seqzoo.core.arguments import check_positive_integer
from seqzoo.core.keras_internals import DropoutRNNCell
from seqzoo.core.types import (
    Activation,
    Config,
    Constraint,
    Initializer,
    Regularizer,
    Shape,
    Tensor,
)
from seqzoo.layers.kernels.equations import Equations

_RESOLVERS = {
    "activation": keras.activations,
    "initializer": keras.initializers,
    "regularizer": keras.regularizers,
    "constraint": keras.constraints,
}


@functools.cache
def _state_tuple(name, fields):
    """Returns the same class for the same fields, so that structures of states compare equal."""
    return collections.namedtuple(name, fields)


@functools.cache
def _parameters_of(constructor):
    """Returns the parameters of a cell's constructor, its own first, then those of the base.

    Cached: a layer needs them whenever an attribute is set, and inspecting a signature is slow.
    """
    own = inspect.signature(constructor).parameters
    shared = inspect.signature(RecurrentCell.__init__).parameters
    return {
        name: parameter
        for name, parameter in {**own, **shared, **own}.items()
        if name not in ("self", "kwargs")
    }


class RecurrentCell(keras.layers.Layer, DropoutRNNCell):
    """One time step of a recurrent layer.

    A subclass sets `gates` and `state_names` and defines its equations in `step`. Weights have the
    layout of Keras, the gates side by side in the last axis. If `recurrent` is false there is no R.

    Args:
        units: Positive integer, U, the size of the output and of every state.
        activation: Activation of the candidate and the output. Defaults to `"tanh"`.
        use_bias: Whether the input projection has a bias. Defaults to `True`.
        kernel_initializer: Initializer of the input weights W. Defaults to `"glorot_uniform"`.
        recurrent_initializer: Initializer of the recurrent weights R. Defaults to `"orthogonal"`.
        bias_initializer: Initializer of the bias b. Defaults to `"zeros"`.
        kernel_regularizer: Regularizer of W. Defaults to `None`.
        recurrent_regularizer: Regularizer of R. Defaults to `None`.
        bias_regularizer: Regularizer of b. Defaults to `None`.
        kernel_constraint: Constraint of W. Defaults to `None`.
        recurrent_constraint: Constraint of R. Defaults to `None`.
        bias_constraint: Constraint of b. Defaults to `None`.
        dropout: Fraction of the inputs dropped in training, in [0, 1]. Defaults to 0.
        recurrent_dropout: Fraction of the recurrent state dropped in training, in [0, 1]. All time
            steps share one mask (Gal & Ghahramani 2016, arXiv:1512.05287). Defaults to 0.
        seed: Seed of both dropouts. Defaults to `None`.
        implementation: 1 uses one dropout mask for every gate, 2 one for all gates. As in Keras,
            `recurrent_dropout` implies 1. Defaults to 2.
        **kwargs: Arguments of `keras.layers.Layer`: `name`, `dtype`, `trainable`.

    Call arguments:
        inputs: Tensor `(batch, features)`.
        states: List of the states `(batch, units)`, or a single state.
        training: Whether dropout is applied. Defaults to `False`.

    Returns:
        The output `(batch, units)` and the new states, nested as `states`.

    Raises:
        ValueError: If `units` is not a positive integer, or a dropout lies outside [0, 1].
    """

    gates = 1
    state_names: tuple[str, ...] = ("h",)
    recurrent = True

    def __init__(
        self,
        units: int,
        activation: Activation = "tanh",
        use_bias: bool = True,
        kernel_initializer: Initializer = "glorot_uniform",
        recurrent_initializer: Initializer = "orthogonal",
        bias_initializer: Initializer = "zeros",
        kernel_regularizer: Regularizer = None,
        recurrent_regularizer: Regularizer = None,
        bias_regularizer: Regularizer = None,
        kernel_constraint: Constraint = None,
        recurrent_constraint: Constraint = None,
        bias_constraint: Constraint = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        implementation: Literal[1, 2] = 2,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        check_positive_integer("units", units)
        for name, rate in {"dropout": dropout, "recurrent_dropout": recurrent_dropout}.items():
            if not 0 <= rate <= 1:
                raise ValueError(f"Argument `{name}` must lie in [0, 1]. Received: {name}={rate}")
        self.units = int(units)
        self.activation = keras.activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.recurrent_initializer = keras.initializers.get(recurrent_initializer)
        self.bias_initializer = keras.initializers.get(bias_initializer)
        self.kernel_regularizer = keras.regularizers.get(kernel_regularizer)
        self.recurrent_regularizer = keras.regularizers.get(recurrent_regularizer)
        self.bias_regularizer = keras.regularizers.get(bias_regularizer)
        self.kernel_constraint = keras.constraints.get(kernel_constraint)
        self.recurrent_constraint = keras.constraints.get(recurrent_constraint)
        self.bias_constraint = keras.constraints.get(bias_constraint)
        self.dropout = dropout
        self.recurrent_dropout = recurrent_dropout
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.implementation = 1 if recurrent_dropout else implementation
        if self.implementation == 1 and self.gates > 1:
            self.dropout_mask_count = self.gates

    @property
    def state_size(self) -> int | list[int]:
        """The size of the state, or a list of sizes if there are several."""
        sizes = [self.units for _ in self.state_names]
        return sizes if len(sizes) > 1 else sizes[0]

    @property
    def output_size(self) -> int:
        """The size of the output."""
        return self.units

    def build(self, input_shape: Shape) -> None:
        """Creates W `(features, gates * units)`, R `(units, gates * units)` and b."""
        width = self.gates * self.units
        self.kernel = self.add_weight(
            shape=(input_shape[-1], width),
            name="kernel",
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )
        if self.recurrent:
            self.recurrent_kernel = self.add_weight(
                shape=(self.units, width),
                name="recurrent_kernel",
                initializer=self.recurrent_initializer,
                regularizer=self.recurrent_regularizer,
                constraint=self.recurrent_constraint,
            )
        self.bias: Any = None
        if self.use_bias:
            self.bias = self.add_weight(
                shape=self.bias_shape(),
                name="bias",
                initializer=self.initialize_bias,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )

    def bias_shape(self) -> tuple[int, ...]:
        """Returns the shape of b."""
        return (self.gates * self.units,)

    def initialize_bias(self, shape: Sequence[int], dtype: str | None = None) -> Tensor:
        """Returns the initial value of b."""
        return self.bias_initializer(shape, dtype=dtype)

    def call(
        self, inputs: Tensor, states: Tensor | Sequence[Tensor], training: bool | None = False
    ) -> tuple[Tensor, Tensor | list[Tensor]]:
        """Runs one time step."""
        nested = isinstance(states, (list, tuple))
        output, new_states = self.step(
            self.project(inputs, training), list(states) if nested else [states], training
        )
        return output, new_states if nested else new_states[0]

    def step(
        self, projected: Tensor, states: Sequence[Tensor], training: bool | None
    ) -> tuple[Tensor, list[Tensor]]:
        """Computes the equations of one time step.

        Args:
            projected: The input projection x W + b, `(batch, gates * units)`.
            states: List of the states `(batch, units)`, in the order of `state_names`.
            training: Whether dropout is applied.

        Returns:
            The output `(batch, units)` and the list of new states.
        """
        raise NotImplementedError(f"{type(self).__name__} must define `step`.")

    def equations(self) -> Equations:
        """Returns the step as `kernels.equations.Equations`, for the training kernel.

        Used only if the cell's own class defines it, as a subclass may change the step.
        """
        raise NotImplementedError(f"{type(self).__name__} must define `equations`.")

    def is_in_parts(self) -> bool:
        """Returns whether a time step is `project`, then `step`; a subclass may override `call`."""
        return type(self).call is RecurrentCell.call

    def project(self, inputs: Tensor, training: bool | None) -> Tensor:
        """Returns the part of a step that does not depend on the state: x W + b."""
        projected = self.product(inputs, self.kernel, self._input_dropout(inputs, training))
        return projected if self.bias is None else projected + self.input_bias()

    def input_bias(self) -> Tensor:
        """Returns the bias of the input projection, `(gates * units,)`."""
        return self.bias

    def _input_dropout(self, inputs, training):
        if training and self.dropout:
            return self.get_dropout_mask(inputs)
        return None

    def recurrent_dropout_mask(
        self, h: Tensor, training: bool | None
    ) -> Tensor | list[Tensor] | None:
        """Returns the dropout mask of the state: `None`, a tensor, or a list of one per gate."""
        if training and self.recurrent_dropout:
            return self.get_recurrent_dropout_mask(h)
        return None

    def product(
        self, values: Tensor, kernel: Tensor, mask: Tensor | list[Tensor] | None = None
    ) -> Tensor:
        """Returns `values` times `kernel`, with no dropout mask, one, or one for every gate."""
        if mask is None:
            return ops.matmul(values, kernel)
        if not isinstance(mask, list):
            return ops.matmul(values * mask, kernel)
        kernels = ops.split(kernel, len(mask), axis=-1)
        return ops.concatenate(
            [ops.matmul(values * m, k) for m, k in zip(mask, kernels, strict=True)], axis=-1
        )

    def get_initial_state(self, batch_size: int | Tensor | None = None) -> list[Tensor]:
        """Returns zero states, a list of `(batch_size, units)`."""
        return [
            ops.zeros((batch_size, self.units), dtype=self.compute_dtype) for _ in self.state_names
        ]

    @classmethod
    def named_states(cls, states: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """Returns the states as a named tuple, such as `LSTMState(h=..., c=...)`."""
        name = cls.__name__.removesuffix("Cell") + "State"
        return _state_tuple(name, tuple(cls.state_names))(*states)

    @classmethod
    def parameters(cls) -> dict[str, inspect.Parameter]:
        """Returns the constructor's parameters by name, its own first, then those of this base."""
        return dict(_parameters_of(cls.__init__))

    def get_config(self) -> Config:
        """Returns all constructor arguments, serialized."""
        arguments = {name: self._serialized(name) for name in self.parameters()}
        return {**super().get_config(), **arguments}

    def _serialized(self, name):
        value = getattr(self, name)
        resolver = _RESOLVERS.get(name.rsplit("_", 1)[-1])
        return value if resolver is None else resolver.serialize(value)
