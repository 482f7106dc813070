"""Selection of a layer's kernel: decided by where it runs, never by its user."""

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
    """The kernel for a call of a layer.

    Args:
        layer: `Recurrent`.
        training: Whether the layer is called to train.

    Returns:
        A function, see `kernels`.

    Raises:
        ValueError: If the layer asks for cuDNN and it can't be had.
    """
    if _may_be_exported(training):
        return run_portable
    if _may_use_cudnn(layer):
        return run_cudnn
    if layer.use_cudnn is True:
        raise ValueError(
            "Argument `use_cudnn=True` needs a GPU and arguments that cuDNN supports (tanh, "
            "sigmoid, a bias, no recurrent dropout, no unroll, no gradient_steps, and for a GRU "
            "the form 'reset_after'). Use 'auto' to run on another kernel where they are missing."
        )
    return run_backpropagation if _may_compile(layer) else run_portable


def may_compile_whole_model(layer: keras.layers.Layer) -> bool:
    """Whether Keras may compile a model with the layer as a whole.

    On a CPU the kernel of training compiles what is worth it, once for many shapes. cuDNN can't
    be compiled. What remains is a GPU and a layer that cuDNN does not know.
    """
    return bool(tf.config.list_physical_devices("GPU")) and not layer.cudnn_ok()


def _may_be_exported(training):
    """Whether this is a graph that may run elsewhere, where cuDNN or a compiler can be missing.

    The graphs of training run where they were traced, and so do those of a Keras trainer
    (`evaluate`, `predict`). Any other graph may be one that is exported.
    """
    return is_traced_for_export() or not (
        tf.executing_eagerly() or training or is_traced_by_trainer()
    )


def _may_use_cudnn(layer):
    cell = layer.cell
    usable = layer.use_cudnn in (True, "auto") and not layer.gradient_steps
    # A list of dropout masks, one for each gate, is not for cuDNN.
    usable = (
        usable and not cell.recurrent_dropout and not (cell.dropout and cell.implementation == 1)
    )
    return usable and layer.cudnn_ok()


def _may_compile(layer):
    """Whether the compiled kernel can run the layer, and pays.

    A layer that is called eagerly would wait for the compiler more than it gains.
    """
    if tf.executing_eagerly() or layer.unroll or layer.cell.compute_dtype not in _COMPILED_DTYPES:
        return False
    return _has_equations(layer.cell) and not _has_accelerator()


def _has_equations(cell):
    """Whether the cell's own class says its equations; a subclass may have changed the step."""
    names = ("activation", "recurrent_activation")
    activations = [getattr(cell, name) for name in names if hasattr(cell, name)]
    return "equations" in vars(type(cell)) and all(map(has_derivative, activations))


def _has_accelerator():
    return any(device.device_type != "CPU" for device in tf.config.list_logical_devices())
