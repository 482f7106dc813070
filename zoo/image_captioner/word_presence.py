"""Auxiliary loss of the encoder: prediction of the words of the caption."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from seqzoo.core.types import Config, Shape, Tensor


@keras.saving.register_keras_serializable("seqzoo")
class WordPresence(keras.layers.Layer):
    """Adds a loss for predicting the words of a caption from the features alone.

    ```
    p(w is in the caption) = sigmoid(U f + b)[w]
    loss = weight * (sum of the cross-entropies of all words) / (words of the captions)
    ```

    where f are the features: word detectors, as in Fang et al. (2015, From Captions to Visual
    Concepts and Back, arXiv:1411.4952). Trained through the states of the recurrent layer alone,
    the encoder learns only some of the visible properties: once the states saturate, hardly any
    gradient passes through them. The loss is computed in training only.

    Args:
        vocabulary_size: Number of tokens.
        weight: Weight of the loss relative to that of the captions.
        **kwargs: Arguments of `keras.layers.Layer`.

    Call arguments:
        features: Tensor `(batch, size)`.
        token_ids: Integers `(batch, time)`: the start token of the language, then the words; 0 is
            padding.

    Returns:
        The unchanged features.
    """

    def __init__(self, vocabulary_size: int, weight: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.weight = weight
        self.detectors = keras.layers.Dense(
            vocabulary_size, dtype=self.dtype_policy, name="detectors"
        )

    def build(self, features_shape: Shape, token_ids_shape: Shape) -> None:
        """Creates U and b."""
        self.detectors.build(features_shape)

    def call(self, features: Tensor, token_ids: Tensor, training: bool | None = None) -> Tensor:
        """Returns the features, and adds their loss in training."""
        if training and self.weight:
            logits = ops.cast(self.detectors(features), "float32")
            words = ops.one_hot(token_ids[:, 1:], logits.shape[-1], dtype="float32")
            # Padding is not a word.
            present = ops.max(words, axis=1)[:, 1:]
            nats = ops.binary_crossentropy(present, logits[:, 1:], from_logits=True)
            self.add_loss(self.weight * ops.sum(nats) / ops.maximum(ops.sum(present), 1.0))
        return features

    def compute_output_spec(
        self, features: Tensor, token_ids: Tensor, training: bool | None = None
    ) -> keras.KerasTensor:
        """The shape and type of the features."""
        return keras.KerasTensor(features.shape, dtype=features.dtype)

    def get_config(self) -> Config:
        """Every constructor argument."""
        own = {"vocabulary_size": self.detectors.units, "weight": self.weight}
        return {**super().get_config(), **own}
