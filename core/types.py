"""Types that the signatures of layers and models share."""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import keras
import tensorflow as tf

Tensor: TypeAlias = tf.Tensor | keras.KerasTensor
"""A tensor, or its symbol in a functional model. Layers that are called take arrays, too."""

Shape: TypeAlias = Sequence[int | None]
"""The size of every axis, `None` where it is unknown."""

States: TypeAlias = Sequence["Tensor | States"]
"""The states of a recurrent layer, nested as the layer nests them."""

Config: TypeAlias = dict[str, Any]
"""What `get_config` answers and `from_config` takes."""

Dtype: TypeAlias = str | keras.DTypePolicy
"""A precision: `"float32"`, `"mixed_float16"`, or a policy."""

Activation: TypeAlias = str | Callable[[Tensor], Tensor] | None
Initializer: TypeAlias = str | Config | keras.initializers.Initializer | Callable[..., Tensor]
Regularizer: TypeAlias = str | Config | keras.regularizers.Regularizer | None
Constraint: TypeAlias = str | Config | keras.constraints.Constraint | None
