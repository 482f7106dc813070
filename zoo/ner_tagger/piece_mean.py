"""Subword features of words."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from seqzoo.core.types import Config, Tensor


@keras.saving.register_keras_serializable("seqzoo")
class PieceMean(keras.layers.Layer):
    """The mean of the vectors of a word's pieces; zeros where a word has none.

    Words outside the vocabulary get the meaning of their pieces (after Bojanowski et al. 2017,
    Enriching Word Vectors with Subword Information).

    Args:
        vocabulary_size: Number of piece ids; 0 is none.
        embedding_dim: Size of the vector of a piece.
        **kwargs: Of `keras.layers.Layer`.

    Call arguments:
        inputs: Piece ids, integers `(batch, time, pieces)`.

    Returns:
        Tensor `(batch, time, embedding_dim)`.
    """

    def __init__(self, vocabulary_size: int, embedding_dim: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.vocabulary_size = vocabulary_size
        self.embedding_dim = embedding_dim
        self.embedding = keras.layers.Embedding(
            vocabulary_size, embedding_dim, dtype=self.dtype_policy, name="embedding"
        )

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Creates the embedding."""
        self.embedding.build(input_shape)

    def start_from(self, vectors: np.ndarray) -> None:
        """Initializes the embedding from id 2 on, `(vocabulary_size - 2, embedding_dim)`."""
        none = np.zeros((2, self.embedding_dim), vectors.dtype)
        self.embedding.embeddings.assign(np.concatenate([none, vectors]))

    def call(self, inputs: Tensor) -> Tensor:
        """Returns the means."""
        vectors = self.embedding(inputs)
        present = ops.cast(ops.not_equal(inputs, 0), vectors.dtype)
        total = ops.sum(vectors * ops.expand_dims(present, -1), axis=-2)
        count = ops.sum(present, axis=-1, keepdims=True)
        return total / ops.maximum(count, 1)

    def compute_output_spec(self, inputs: Tensor) -> keras.KerasTensor:
        """The shape and type of the means."""
        return keras.KerasTensor((*inputs.shape[:2], self.embedding_dim), dtype=self.compute_dtype)

    def get_config(self) -> Config:
        """Every constructor argument."""
        names = ("vocabulary_size", "embedding_dim")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
