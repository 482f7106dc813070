"""Answers of a tagger with a conditional random field."""

from __future__ import annotations

from typing import Any

import keras

from seqzoo.core.types import Tensor
from seqzoo.layers.crf.linear_chain import marginals, viterbi


class ChainAnswer(keras.layers.Layer):
    """Something that follows from the log potentials of a chain; it has no weights.

    Args:
        **kwargs: Of `keras.layers.Layer`: `name`, `dtype`.
    """

    def __init__(self, **kwargs: Any) -> None:
        # Potentials do not fit in half precision.
        super().__init__(autocast=False, **kwargs)


@keras.saving.register_keras_serializable("seqzoo")
class ViterbiDecoder(ChainAnswer):
    """The most probable tags of every sequence: see `viterbi`.

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
        """The tags."""
        return viterbi(inputs)[0]

    def compute_output_spec(self, inputs: Tensor) -> keras.KerasTensor:
        """The shape and type of the tags."""
        return keras.KerasTensor(inputs.shape[:2], dtype="int32")


@keras.saving.register_keras_serializable("seqzoo")
class ChainMarginals(ChainAnswer):
    """The probability of every tag at every step, given the whole sequence: see `marginals`.

    >>> import numpy as np
    >>> from seqzoo.layers.crf.layer import CRF
    >>> probabilities = ChainMarginals()(CRF()(np.zeros((1, 2, 4))))
    >>> probabilities.numpy().tolist()
    [[[0.25, 0.25, 0.25, 0.25], [0.25, 0.25, 0.25, 0.25]]]

    Call arguments:
        inputs: The log potentials `(batch, time, tags, tags)` that a `CRF` returns.

    Returns:
        Tensor `(batch, time, tags)` of the inputs' type; zeros at masked steps.
    """

    def call(self, inputs: Tensor) -> Tensor:
        """The probabilities."""
        return marginals(inputs)

    def compute_output_spec(self, inputs: Tensor) -> keras.KerasTensor:
        """The shape and type of the probabilities."""
        return keras.KerasTensor(inputs.shape[:3], dtype=inputs.dtype)
