"""Decoding layers of a conditional random field: best tags and tag probabilities."""

from __future__ import annotations

from typing import Any

import keras

from seqzoo.core.types import Tensor
from seqzoo.layers.crf.linear_chain import marginals, viterbi


class ChainAnswer(keras.layers.Layer):
    """Base of the layers that compute a result from the log potentials; it has no weights.

    Args:
        **kwargs: Arguments of `keras.layers.Layer`: `name`, `dtype`.
    """

    def __init__(self, **kwargs: Any) -> None:
        # Potentials exceed the range of half precision.
        super().__init__(autocast=False, **kwargs)


@keras.saving.register_keras_serializable("seqzoo")
class ViterbiDecoder(ChainAnswer):
    """Computes the most probable tags of every sequence; see `viterbi`.

    >>> import numpy as np
    >>> from seqzoo.layers.crf.layer import CRF
    >>> tags = ViterbiDecoder()(CRF()(np.array([[[0.0, 2.0], [1.0, 0.0]]])))
    >>> tags.numpy().tolist()
    [[1, 0]]

    Call arguments:
        inputs: The log potentials `(batch, time, tags, tags)` that a `CRF` returns.

    Returns:
        The tags, int32 `(batch, time)`; -1 at masked steps.
    """

    def call(self, inputs: Tensor) -> Tensor:
        """Returns the tags."""
        return viterbi(inputs)[0]

    def compute_output_spec(self, inputs: Tensor) -> keras.KerasTensor:
        """Returns the shape and dtype of the tags."""
        return keras.KerasTensor(inputs.shape[:2], dtype="int32")


@keras.saving.register_keras_serializable("seqzoo")
class ChainMarginals(ChainAnswer):
    """Computes the probability of every tag at every step, given the sequence; see `marginals`.

    >>> import numpy as np
    >>> from seqzoo.layers.crf.layer import CRF
    >>> probabilities = ChainMarginals()(CRF()(np.zeros((1, 2, 4))))
    >>> probabilities.numpy().tolist()
    [[[0.25, 0.25, 0.25, 0.25], [0.25, 0.25, 0.25, 0.25]]]

    Call arguments:
        inputs: The log potentials `(batch, time, tags, tags)` that a `CRF` returns.

    Returns:
        Tensor `(batch, time, tags)` of the inputs' dtype; zeros at masked steps.
    """

    def call(self, inputs: Tensor) -> Tensor:
        """Returns the probabilities."""
        return marginals(inputs)

    def compute_output_spec(self, inputs: Tensor) -> keras.KerasTensor:
        """Returns the shape and dtype of the probabilities."""
        return keras.KerasTensor(inputs.shape[:3], dtype=inputs.dtype)
