"""Runs Keras's recurrent layers with the kernels of seqzoo in graphs for export."""

import contextlib
import functools
from collections.abc import Iterator

import keras
import tensorflow as tf

from seqzoo import layers
from seqzoo.core.keras_internals import all_layers, replaced, takes_mask, takes_training
from seqzoo.layers.kernels.portable import run_portable
from seqzoo.layers.kernels.targets import is_traced_for_export

_OURS = {
    keras.layers.SimpleRNN: layers.SimpleRNN,
    keras.layers.LSTM: layers.LSTM,
    keras.layers.GRU: layers.GRU,
}


# The arguments that change the computation; only GRU has the last, and SimpleRNN lacks the second.
_ARGUMENTS = (
    *("units", "recurrent_activation", "activation", "use_bias", "return_sequences"),
    *("return_state", "go_backwards", "unroll", "reset_after"),
)


@contextlib.contextmanager
def keras_layers_as_ours(model: keras.Model) -> Iterator[None]:
    """Traces Keras layers in graphs for export like the layers of seqzoo, never with cuDNN.

    Args:
        model: The model with the Keras layers. Custom subclasses are not replaced.
    """
    twins = {id(layer): _twin(layer) for layer in all_layers(model) if type(layer) in _OURS}
    with contextlib.ExitStack() as patches:
        for theirs in _OURS:
            loop = functools.partialmethod(_run, theirs.inner_loop, twins)
            patches.enter_context(replaced(theirs, "inner_loop", loop))
        patches.enter_context(_time_distributed_at_once())
        yield


def _twin(layer):
    """Returns the seqzoo layer that shares the weights of a Keras layer."""
    arguments = {name: getattr(layer, name) for name in _ARGUMENTS if hasattr(layer, name)}
    twin = _OURS[type(layer)](**arguments, dtype=layer.dtype_policy)
    for name in ("kernel", "recurrent_kernel", "bias"):
        setattr(twin.cell, name, getattr(layer.cell, name))
    # Otherwise it would create its own weights.
    twin.cell.built = True
    # keras.layers.Bidirectional sets this attribute; it is not a constructor argument of Keras.
    twin.zero_output_for_mask = layer.zero_output_for_mask
    return twin


def _run(layer, keras_loop, twins, sequences, initial_state, mask, training=False):
    if id(layer) not in twins or not is_traced_for_export():
        return keras_loop(layer, sequences, initial_state, mask, training)
    if mask is not None:
        mask = keras.ops.cast(keras.tree.flatten(mask)[0], "bool")
    return run_portable(twins[id(layer)], sequences, initial_state, mask, training)


def _time_distributed_at_once():
    """Makes `TimeDistributed` work for a dynamic number of time steps, in any runtime.

    In a graph, Keras 3.15 gives wrong shapes there, and uses operations that TFLite lacks.
    """
    keras_call = keras.layers.TimeDistributed.call

    def call(layer, inputs, training=None, mask=None):
        if inputs.shape[1] is not None or not is_traced_for_export():
            return keras_call(layer, inputs, training=training, mask=mask)
        arguments = {}
        if takes_mask(layer.layer) and mask is not None:
            arguments["mask"] = _steps_as_rows(mask)
        if takes_training(layer.layer):
            arguments["training"] = training
        outputs = layer.layer.call(_steps_as_rows(inputs), **arguments)
        sizes = tf.concat([tf.shape(inputs)[:2], tf.shape(outputs)[1:]], axis=0)
        sequence = tf.reshape(outputs, sizes)
        sequence.set_shape([*inputs.shape[:2], *outputs.shape[1:]])
        return sequence

    return replaced(keras.layers.TimeDistributed, "call", call)


def _steps_as_rows(sequence):
    """Reshapes `(batch, time, ...)` to `(batch * time, ...)`."""
    rows = tf.reshape(sequence, tf.concat([[-1], tf.shape(sequence)[2:]], axis=0))
    rows.set_shape([None, *sequence.shape[2:]])
    return rows
