"""Vanishing and exploding gradients: gradient norms at every time step of recurrent layers."""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import tree

from seqzoo.core.arguments import check_positive_integer
from seqzoo.core.keras_internals import all_layers, takes_training
from seqzoo.core.types import Tensor
from seqzoo.layers import Recurrent
from seqzoo.training.gradient_curves import draw_gradient_norm_history

_NOT_RECORDED = (
    "The layer {!r} is not run in this call, or inside a graph (a `tf.function`, "
    "`TimeDistributed`), where its states cannot be recorded. Choose others with `layers`."
)


def gradient_norms(
    layer: keras.layers.Layer,
    x: Any,
    y: Any = None,
    loss: Callable | None = None,
    layers: Iterable[str] | None = None,
    sample_weight: Any = None,
) -> dict[str, np.ndarray]:
    """Returns the norm of the gradient that reaches each time step of each recurrent layer.

    With s[t] the state of a layer after time step t (all its states side by side: h of a GRU, h
    and c of an LSTM), F its step, and L the mean of the losses L_b of the examples of a batch:

    ```
    s[t]       = F(s[t-1], x[t])
    dL_b/ds[t] = (ds[t+1]/ds[t])^T dL_b/ds[t+1] + direct gradient of L_b by s[t]
    norm[t]    = mean over b of || dL_b/ds[t] ||
    ```

    This is the total derivative that backpropagation through time carries from the loss to time
    step t. If the loss reads the last state only, it is a product of T - t Jacobians: the norm
    vanishes where they shrink vectors and explodes where they stretch them (Bengio, Simard &
    Frasconi 1994; Pascanu, Mikolov & Bengio 2013, arXiv:1211.5063).

    The cells run step by step, without dropout, whatever kernel trains the layer. The layer stays
    unchanged: its weights, stateful states and random state. If the output of a custom cell is not
    one of its states, its gradient counts for the state that it is computed from, s[t-1].

    Args:
        layer: A recurrent layer (of seqzoo, or any `keras.layers.RNN`), or a layer or model that
            contains recurrent layers at any depth.
        x: One batch of inputs; for a model, as its `call` takes them.
        y: Targets, for the loss that a model was compiled with.
        loss: A function of the output, instead of `y`, that returns the loss L, or one loss for
            each example. Defaults, for a layer, to the sum over the units of its last output: the
            incoming gradient is one for every unit of any layer.
        layers: Names of the recurrent layers to measure. Defaults to all.
        sample_weight: Sample weights of the compiled loss. Defaults to `None`.

    Returns:
        For every recurrent layer, by its name, float64 `(time,)` in the order of the input, also
        with `go_backwards`. The mean at t leaves out examples that are masked there; it is NaN if
        all are. Further layers of the same name, and further runs of a layer in the same call,
        have the suffix `:2`, `:3`, ...

    Raises:
        ValueError: If there is no recurrent layer, or none of a given name; if there is no loss,
            or two; or if a layer does not run, or runs inside a graph (a `tf.function`,
            `TimeDistributed`), where its states cannot be recorded.
    """
    x = tree.map_structure(tf.convert_to_tensor, x)
    if not layer.built:
        # Running some layers for the first time builds them inside a graph.
        layer(x, training=False)
    recurrent = _find_recurrent(layer, layers)
    with tf.GradientTape() as tape, _unchanged(layer), contextlib.ExitStack() as stack:
        recorded = [stack.enter_context(_recording(each, tape)) for each in recurrent]
        output = layer(x, training=False)
        value = tf.reduce_mean(_loss(layer, x, y, output, loss, sample_weight))
    runs = _name_runs(recurrent, recorded)
    states = {name: run.states for name, run in runs.items()}
    gradients = tape.gradient(value, states, unconnected_gradients="zero")
    return {name: run.norms(gradients[name]) for name, run in runs.items()}


class GradientNorms(keras.callbacks.Callback):
    """Measures `gradient_norms` at the end of epochs, on the same batch each time.

    Adds to the logs, for each recurrent layer, `<name>_gradient_norm_ratio`: the norm at the
    first time step over the norm at the last, in the order in which the layer runs. A ratio of one
    means that the gradient is preserved; it approaches zero if gradients vanish, and grows if they
    explode. The attribute `history` lists the measurements, `(epoch, norms)`.

    Args:
        x: One batch, as the model's `call` takes it.
        y: Its targets, for the loss that the model was compiled with.
        loss: See `gradient_norms`; instead of `y`.
        layers: Names of the recurrent layers to measure. Defaults to all.
        sample_weight: Sample weights of the compiled loss. Defaults to `None`.
        every: Number of epochs between measurements, which start with the first epoch. Defaults
            to 1.
        path: A PNG file to draw the history into after every measurement. Defaults to `None`:
            nothing is drawn.

    Raises:
        ValueError: If `every` is not a positive integer.
    """

    def __init__(
        self,
        x: Any,
        y: Any = None,
        loss: Callable | None = None,
        layers: Iterable[str] | None = None,
        sample_weight: Any = None,
        every: int = 1,
        path: str | os.PathLike | None = None,
    ) -> None:
        super().__init__()
        check_positive_integer("every", every)
        self.x = x
        self.arguments = {
            "y": y,
            "loss": loss,
            "layers": None if layers is None else list(layers),
            "sample_weight": sample_weight,
        }
        self.every = every
        self.path = path
        self.history: list[tuple[int, dict[str, np.ndarray]]] = []

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Starts a new history."""
        self.history = []

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Measures, adds to the history and the logs, and draws."""
        if epoch % self.every:
            return
        norms = gradient_norms(self.model, self.x, **self.arguments)
        self.history.append((epoch, norms))
        if logs is not None:
            backwards = {each.name for each in _find_recurrent(self.model) if each.go_backwards}
            for name, values in norms.items():
                in_run_order = values[::-1] if name.rsplit(":", 1)[0] in backwards else values
                logs[f"{name}_gradient_norm_ratio"] = _ratio(in_run_order)
        if self.path is not None:
            draw_gradient_norm_history(self.history, self.path)


def _ratio(norms):
    """Returns the first norm over the last, ignoring time steps without a measurement."""
    measured = norms[~np.isnan(norms)]
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(measured[0] / measured[-1]) if measured.size else float("nan")


def _find_recurrent(layer, names=None):
    """Returns the recurrent layers in a layer, including itself: all, or those with given names."""
    found = [each for each in all_layers(layer) if isinstance(each, keras.layers.RNN)]
    if names is not None:
        names = [names] if isinstance(names, str) else list(names)
        missing = sorted(set(names) - {each.name for each in found})
        if missing:
            raise ValueError(
                f"Argument `layers` must name recurrent layers of {layer.name!r}, which has "
                f"{[each.name for each in found]}. Received: layers={names}"
            )
        found = [each for each in found if each.name in names]
    if not found:
        raise ValueError(
            "Argument `layer` must be a recurrent layer or hold one. "
            f"Received: layer={layer.name!r} of class {type(layer).__name__}"
        )
    return found


def _name_runs(layers, recorded):
    """Returns the runs of all layers by name, numbered from the second of a name on."""
    count: Counter[str] = Counter()
    named = {}
    for layer, runs in zip(layers, recorded, strict=True):
        if not runs:
            raise ValueError(_NOT_RECORDED.format(layer.name))
        for run in runs:
            count[layer.name] += 1
            number = count[layer.name]
            named[layer.name if number == 1 else f"{layer.name}:{number}"] = run
    return named


def _loss(layer, x, y, output, loss, sample_weight):
    """Returns the loss, one number or one for each example."""
    if loss is not None and y is not None:
        raise ValueError("Arguments `y` and `loss` exclude each other. Received both.")
    if loss is not None:
        return loss(output)
    if y is not None:
        if not getattr(layer, "compiled", False):
            raise ValueError(
                "Argument `y` needs a model that was compiled with a loss; give a function as "
                f"`loss` instead. Received: layer={layer.name!r}, not compiled"
            )
        y = tree.map_structure(tf.convert_to_tensor, y)
        return layer.compute_loss(x=x, y=y, y_pred=output, sample_weight=sample_weight)
    if isinstance(layer, keras.Model):
        # The sum of outputs is not a usable default: that of a softmax is one for any states.
        raise ValueError("A model needs targets `y` or a function `loss`. Received neither.")
    last = tree.flatten(output)[0]
    if last.shape.rank > 2:
        last = last[:, -1]
    return tf.reduce_sum(last, axis=range(1, last.shape.rank))


@dataclass
class _Run:
    """One run of a layer over a sequence.

    Attributes:
        states: The list of states for every time step, in the order of the input.
        mask: Booleans `(batch, time)`, or `None`.
    """

    states: list[list[tf.Tensor]]
    mask: np.ndarray | None

    def norms(self, gradients: Sequence[Sequence[Tensor]]) -> np.ndarray:
        """Returns the mean norms `(time,)` from the gradients of the mean loss by the states."""
        # In float64, since the squares of small float32 numbers underflow to zero.
        squares = [
            sum(np.square(np.asarray(g, "float64")).reshape(len(g), -1).sum(axis=1) for g in step)
            for step in gradients
        ]
        norms = np.sqrt(np.stack(squares, axis=1))
        batch = len(norms)
        present = np.ones_like(norms) if self.mask is None else self.mask.astype("float64")
        with np.errstate(invalid="ignore"):
            # The mean loss scales each example's loss by 1 / batch.
            return batch * (norms * present).sum(axis=0) / present.sum(axis=0)


@contextlib.contextmanager
def _unchanged(layer):
    """Restores what a run changes: Keras draws dropout masks even if it does not use them."""
    trainable = {id(variable) for variable in layer.trainable_variables}
    before = [
        (variable, tf.convert_to_tensor(variable))
        for variable in layer.variables
        if id(variable) not in trainable
    ]
    try:
        yield
    finally:
        for variable, value in before:
            variable.assign(value)


@contextlib.contextmanager
def _recording(layer: keras.layers.RNN, tape: tf.GradientTape) -> Iterator[list[_Run]]:
    """Makes a layer run its cell step by step under a tape; yields the list of its runs."""
    runs: list[_Run] = []

    def inner_loop(sequences, initial_state, mask, training=False):
        return _run_cell(layer, tape, runs, sequences, initial_state, mask, training)

    before = tree.map_structure(tf.convert_to_tensor, layer.states) if layer.stateful else None
    # The attribute of this instance overrides the method of the class.
    vars(layer)["inner_loop"] = inner_loop
    try:
        yield runs
    finally:
        del vars(layer)["inner_loop"]
        if layer.stateful:
            tree.map_structure(lambda state, value: state.assign(value), layer.states, before)


def _run_cell(layer, tape, runs, sequences, initial_state, mask, training):
    """Computes `Recurrent.inner_loop` with states whose gradients the tape records."""
    if not tf.executing_eagerly():
        raise ValueError(_NOT_RECORDED.format(layer.name))
    if mask is not None:
        mask = tf.cast(mask, "bool")
        sequences = tf.where(_expand(mask, sequences), sequences, tf.zeros_like(sequences))
    state, output = tree.map_structure(tf.convert_to_tensor, initial_state), None
    # With this, the states depend on something watched even if no weight is trainable.
    tape.watch(tree.flatten(state))
    inputs = tf.unstack(sequences, axis=1)
    order = range(len(inputs))[:: -1 if layer.go_backwards else 1]
    outputs, states = [], {}
    for t in order:
        present = None if mask is None else mask[:, t]
        output, state = _step(layer.cell, inputs[t], state, output, present, training)
        outputs.append(output)
        states[t] = tree.flatten(state)
    runs.append(_Run([states[t] for t in sorted(states)], None if mask is None else mask.numpy()))
    if mask is not None and _zeroes_masked_outputs(layer):
        outputs = [
            tf.where(_expand(mask[:, t], each), each, tf.zeros_like(each))
            for t, each in zip(order, outputs, strict=True)
        ]
    return outputs[-1], tf.stack(outputs, axis=1), state


def _step(cell, inputs, state, output_before, present, training):
    """Runs one time step; masked examples keep their previous output and state."""
    is_told = isinstance(cell, keras.layers.Layer) and takes_training(cell)
    output, new = cell(inputs, state, **({"training": training} if is_told else {}))
    new, old = tree.flatten(new), tree.flatten(state)
    # New tensors that nothing in this time step has read: a cell computes h[t] from c[t], but the
    # gradient by s[t] must only include what follows.
    kept = [
        tf.identity(n) if present is None else tf.where(_expand(present, n), n, o)
        for n, o in zip(new, old, strict=True)
    ]
    # If the output is the state, the loss must read the recorded state.
    read = next((k for k, n in zip(kept, new, strict=True) if n is output), output)
    if present is not None:
        before = tf.zeros_like(read) if output_before is None else output_before
        read = tf.where(_expand(present, read), read, before)
    return read, tree.pack_sequence_as(state, kept)


def _zeroes_masked_outputs(layer):
    # Keras's layers also zero the output if only the last one is returned.
    return layer.zero_output_for_mask and (
        layer.return_sequences or not isinstance(layer, Recurrent)
    )


def _expand(mask, values):
    """Appends axes of size one to a mask, up to the rank of `values`."""
    return tf.reshape(mask, tf.concat([tf.shape(mask), [1] * (values.ndim - mask.ndim)], axis=0))
