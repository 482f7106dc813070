"""Selection of a layer's kernel, from the place where it runs; users never choose it."""

from __future__ import annotations

from collections.abc import Callable

import keras
import tensorflow as tf

from seqzoo.core.keras_internals import is_traced_by_trainer
from seqzoo.core.types import Tensor
from seqzoo.layers.kernels.activations import has_derivative
from seqzoo.layers.kernels.backpropagation import run_backpropagation
from seqzoo.layers.kernels.cudnn import run_cudnn
from seqzoo.layers.kernels.portable import run_portable
from seqzoo.layers.kernels.targets import is_traced_for_export

_COMPILED_DTYPES = ("float32", "float64")


def select_kernel(
    layer: keras.layers.Layer, training: bool | None
) -> Callable[..., tuple[Tensor, Tensor, list[Tensor]]]:
    """Returns the kernel for a call of a layer.

    Args:
        layer: A `Recurrent` layer.
        training: Whether the layer is called in training.

    Returns:
        A function, see `kernels`.

    Raises:
        ValueError: If the layer requires cuDNN, but cannot run on it.
    """
    if _may_be_exported(training):
        return run_portable
    if _may_use_cudnn(layer):
        return run_cudnn
    if layer.use_cudnn is True:
        raise ValueError(
            "Argument `use_cudnn=True` needs a GPU and arguments that cuDNN supports (tanh, "
            "sigmoid, a bias, no recurrent dropout, no unroll, no gradient_steps, and for a GRU "
            "the form 'reset_after'). Use 'auto' to fall back to another kernel."
        )
    return run_backpropagation if _may_compile(layer) else run_portable


def may_compile_whole_model(layer: keras.layers.Layer) -> bool:
    """Returns whether Keras may compile a whole model that contains the layer.

    On a CPU the training kernel compiles the loops itself, once for many shapes. cuDNN cannot
    be compiled. That leaves layers on a GPU that cuDNN does not support.
    """
    return bool(tf.config.list_physical_devices("GPU")) and not layer.cudnn_ok()


def _may_be_exported(training):
    """Returns whether the graph may run elsewhere, where cuDNN or a compiler can be missing.

    Graphs of training, and of a Keras trainer (`evaluate`, `predict`), run where they were traced.
    Any other graph may be exported.
    """
    return is_traced_for_export() or not (
        tf.executing_eagerly() or training or is_traced_by_trainer()
    )


def _may_use_cudnn(layer):
    cell = layer.cell
    usable = layer.use_cudnn in (True, "auto") and not layer.gradient_steps
    # cuDNN does not support one dropout mask for each gate.
    usable = (
        usable and not cell.recurrent_dropout and not (cell.dropout and cell.implementation == 1)
    )
    return usable and layer.cudnn_ok()


def _may_compile(layer):
    """Returns whether the compiled kernel can run the layer and is worth its compilation.

    In an eager call, compilation takes longer than it saves.
    """
    if tf.executing_eagerly() or layer.unroll or layer.cell.compute_dtype not in _COMPILED_DTYPES:
        return False
    return _has_equations(layer.cell) and not _has_accelerator()


def _has_equations(cell):
    """Returns whether the cell's own class defines `equations`; a subclass may change `step`."""
    names = ("activation", "recurrent_activation")
    activations = [getattr(cell, name) for name in names if hasattr(cell, name)]
    return "equations" in vars(type(cell)) and all(map(has_derivative, activations))


def _has_accelerator():
    return any(device.device_type != "CPU" for device in tf.config.list_logical_devices())
