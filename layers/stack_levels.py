"""Levels of a stacked RNN: one recurrent layer for each cell."""

from __future__ import annotations

from typing import Any

import keras
from keras import tree

from seqzoo.core.types import Config
from seqzoo.layers.recurrent import Recurrent
from seqzoo.layers.recurrent_cell import RecurrentCell


def make_level(cell: keras.layers.Layer, **options: Any) -> keras.layers.RNN:
    """Creates an unbuilt recurrent layer from the configuration of a cell or layer.

    Raises:
        ValueError: If the cell is not recurrent, is built, or runs backwards or stateful.
    """
    _check_level(cell)
    options = {
        **options,
        "return_sequences": True,
        "return_state": True,
        "zero_output_for_mask": False,
    }
    if isinstance(cell, keras.layers.RNN):
        return type(cell).from_config({**cell.get_config(), **options})
    layer_class = _layer_class(cell)
    if layer_class is not None:
        return layer_class.from_config({**cell.get_config(), **options})
    own = type(cell).from_config(cell.get_config())
    return keras.layers.RNN(own, dtype=own.dtype_policy, trainable=own.trainable, **options)


def _check_level(cell):
    if not isinstance(cell, keras.layers.Layer) or not hasattr(cell, "state_size"):
        raise ValueError(
            "Argument `cells` must be a list of cells, each a `keras.layers.Layer` with a "
            f"`state_size`, or recurrent layers of one direction. Received: {cell}"
        )
    if cell.built:
        raise ValueError(
            "Argument `cells` must be a list of cells or layers that are not built: the stack "
            "creates new ones from their configurations, without their weights. Pass their "
            f"weights to `set_weights` of the stack. Received: {cell}"
        )
    for name in ("go_backwards", "stateful"):
        if getattr(cell, name, False):
            raise ValueError(
                f"Argument `{name}=True` must be given to the stack, not to a layer in `cells`. "
                f"Received: {cell}"
            )


def _layer_class(cell):
    """Returns the layer class of a seqzoo cell, or `None`."""
    waiting = [Recurrent] if isinstance(cell, RecurrentCell) else []
    while waiting:
        layer_class = waiting.pop(0)
        if layer_class.cell_class is type(cell):
            return layer_class
        waiting += layer_class.__subclasses__()
    return None


def output_size(level: keras.layers.RNN) -> int:
    """Returns the size of a level's output."""
    size = getattr(level.cell, "output_size", None)
    return tree.flatten(level.state_size)[0] if size is None else size


def serialize_level(level: keras.layers.RNN) -> Config:
    """Serializes a level as the constructor takes it: not built, and not stateful itself."""
    serialized = keras.saving.serialize_keras_object(level)
    for built in (serialized, serialized["config"].get("cell", {})):
        built.pop("build_config", None)
    serialized["config"]["stateful"] = False
    return serialized
