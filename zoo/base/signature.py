"""What an exported model answers to."""

import dataclasses
from collections.abc import Callable

import numpy as np
import tensorflow as tf


@dataclasses.dataclass(frozen=True)
class Signature:
    """A named function of an exported model.

    Attributes:
        function: Takes the inputs by name and returns a dictionary of outputs. It must trace to
            operations that a stock TensorFlow runtime has.
        inputs: The type and shape of every input; `None` stands for any size.
        examples: Inputs to compare the runtimes with: ordinary ones, and the smallest.
    """

    function: Callable[..., dict[str, tf.Tensor]]
    inputs: dict[str, tf.TensorSpec]
    examples: list[dict[str, np.ndarray]]
