"""Signatures of exported models."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import tensorflow as tf


@dataclasses.dataclass(frozen=True)
class Signature:
    """A named function of an exported model.

    Attributes:
        function: Takes the inputs by name and returns a dictionary of outputs. It must trace to
            operations that a stock TensorFlow runtime supports.
        inputs: Dtype and shape of every input; `None` marks a dimension of any size.
        examples: Inputs for comparing the runtimes, from ordinary ones to the smallest.
        reference: Independent computation of the same outputs, such as by the training graph. It
            returns `None` for inputs that it cannot handle. Defaults to `function`.
        outputs: Names of all outputs that a parity report must compare. Defaults to the outputs
            of Keras.
    """

    function: Callable[..., dict[str, tf.Tensor]]
    inputs: dict[str, tf.TensorSpec]
    examples: list[dict[str, np.ndarray]]
    reference: Callable[..., dict[str, tf.Tensor] | None] | None = None
    outputs: Sequence[str] | None = None

    def expected(self, example: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Returns the expected outputs for an example, which every runtime must reproduce."""
        answer = self.reference(**example) if self.reference else None
        answer = self.function(**example) if answer is None else answer
        return {name: np.asarray(value) for name, value in answer.items()}
