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
            operations that a stock TensorFlow runtime has.
        inputs: The type and shape of every input; `None` stands for any size.
        examples: Inputs to compare the runtimes with: ordinary ones, and the smallest.
        reference: The same answer by another way through the model, such as the graph that it is
            trained as; `None` where there is none for the inputs. Defaults to `function`.
        outputs: The names of all outputs, which a parity report must compare. Defaults to those
            that Keras's answers have.
    """

    function: Callable[..., dict[str, tf.Tensor]]
    inputs: dict[str, tf.TensorSpec]
    examples: list[dict[str, np.ndarray]]
    reference: Callable[..., dict[str, tf.Tensor] | None] | None = None
    outputs: Sequence[str] | None = None

    def expected(self, example: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """What every runtime has to answer to an example."""
        answer = self.reference(**example) if self.reference else None
        answer = self.function(**example) if answer is None else answer
        return {name: np.asarray(value) for name, value in answer.items()}
