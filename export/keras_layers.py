"""Keras's own recurrent layers in a graph for export: run as ours are."""

import contextlib
import functools
from unittest import mock

import keras

from seqzoo import layers
from seqzoo.layers.kernels.portable import run_portable
from seqzoo.layers.kernels.targets import is_traced_for_export

_OURS = {
    keras.layers.SimpleRNN: layers.SimpleRNN,
    keras.layers.LSTM: layers.LSTM,
    keras.layers.GRU: layers.GRU,
}


# What the computation depends on; GRU alone has the last, SimpleRNN not the second.
_ARGUMENTS = (
    *("units", "recurrent_activation", "activation", "use_bias", "return_sequences"),
    *("return_state", "go_backwards", "unroll", "reset_after"),
)


@contextlib.contextmanager
def keras_layers_as_ours(model):
    """Inside it a graph for export holds what our layers would put there: never cuDNN's kernel.

    Args:
        model: The model whose layers of Keras are meant. A layer of a user's own subclass runs as
            it says itself.
    """
    twins = {id(layer): _twin(layer) for layer in model._flatten_layers() if type(layer) in _OURS}
    with contextlib.ExitStack() as patches:
        for theirs in _OURS:
            loop = functools.partialmethod(_run, theirs.inner_loop, twins)
            patches.enter_context(mock.patch.object(theirs, "inner_loop", loop))
        yield


def _twin(layer):
    """Our layer, with the weights of Keras's."""
    arguments = {name: getattr(layer, name) for name in _ARGUMENTS if hasattr(layer, name)}
    twin = _OURS[type(layer)](**arguments, dtype=layer.dtype_policy)
    for name in ("kernel", "recurrent_kernel", "bias"):
        setattr(twin.cell, name, getattr(layer.cell, name))
    # It would make weights of its own.
    twin.cell.built = True
    # What keras.layers.Bidirectional sets is no argument of the constructor.
    twin.zero_output_for_mask = layer.zero_output_for_mask
    return twin


def _run(layer, keras_loop, twins, sequences, initial_state, mask, training=False):
    if id(layer) not in twins or not is_traced_for_export():
        return keras_loop(layer, sequences, initial_state, mask, training)
    if mask is not None:
        mask = keras.ops.cast(keras.tree.flatten(mask)[0], "bool")
    return run_portable(twins[id(layer)], sequences, initial_state, mask, training)
