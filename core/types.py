"""Type aliases for the signatures of layers and models."""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import keras
import tensorflow as tf

Tensor: TypeAlias = tf.Tensor | keras.KerasTensor
"""A tensor, or a symbolic tensor of a functional model. Layers also accept arrays when called."""

Shape: TypeAlias = Sequence[int | None]
"""The size of every axis, `None` where it is unknown."""

States: TypeAlias = Sequence["Tensor | States"]
"""The states of a recurrent layer, nested as the layer nests them."""

Config: TypeAlias = dict[str, Any]
"""The dictionary that `get_config` returns and `from_config` takes."""

Dtype: TypeAlias = str | keras.DTypePolicy
"""A dtype policy or its name, such as `"float32"` or `"mixed_float16"`."""

Activation: TypeAlias = str | Callable[[Tensor], Tensor] | None
Initializer: TypeAlias = str | Config | keras.initializers.Initializer | Callable[..., Tensor]
Regularizer: TypeAlias = str | Config | keras.regularizers.Regularizer | None
Constraint: TypeAlias = str | Config | keras.constraints.Constraint | None
