"""An auxiliary loss of the encoder: which words the caption will have."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from seqzoo.core.types import Config, Shape, Tensor


@keras.saving.register_keras_serializable("seqzoo")
class WordPresence(keras.layers.Layer):
    """Adds the loss of telling from the features alone which words a caption has.

    ```
    p(w is in the caption) = sigmoid(U f + b)[w]
    loss = weight * (sum of the cross-entropies of all words) / (words of the captions)
    ```

    f are the features: detectors of words, as in Fang et al. (2015, From Captions to Visual
    Concepts and Back, arXiv:1411.4952). Through the states of a recurrent layer alone, an encoder
    learns a part of what it could see: once they are saturated by what it learned first, hardly a
    gradient comes through. Nothing of it is computed outside of training.

    Args:
        vocabulary_size: Number of tokens.
        weight: Of the loss, beside that of the captions.
        **kwargs: Of `keras.layers.Layer`.

    Call arguments:
        features: Tensor `(batch, size)`.
        token_ids: Integers `(batch, time)`: the token that starts a language, then its words; 0 is
            padding.

    Returns:
        The features, as they are.
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
        """The features; in training their loss is added."""
        if training and self.weight:
            logits = ops.cast(self.detectors(features), "float32")
            words = ops.one_hot(token_ids[:, 1:], logits.shape[-1], dtype="float32")
            # Padding is no word.
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
