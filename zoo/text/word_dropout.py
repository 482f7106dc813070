"""Word dropout: replacing words by the unknown word in training."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from seqzoo.core.types import Config, Tensor
from seqzoo.zoo.text.vocabulary import PADDING_ID, UNKNOWN_ID


@keras.saving.register_keras_serializable("seqzoo")
class WordDropout(keras.layers.Layer):
    """Replaces words by the unknown word at random, in training only.

    The model thus learns to infer unknown words from their characters and neighbours (Iyyer et al.
    2015, Deep Unordered Composition Rivals Syntactic Methods).

    >>> WordDropout(0.5)([[5, 6, 0]]).numpy().tolist()
    [[5, 6, 0]]

    Args:
        rate: Share of the words that are replaced.
        seed: The random seed. Defaults to a random one.
        **kwargs: Arguments of `keras.layers.Layer`.

    Call arguments:
        inputs: Word ids, integers of any shape; 0 is padding and stays.
    """

    def __init__(self, rate: float, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not 0 <= rate < 1:
            raise ValueError(f"Argument `rate` must lie in [0, 1). Received: rate={rate}")
        self.rate = rate
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, inputs: Tensor, training: bool | None = None) -> Tensor:
        """Replaces words in training."""
        if not training or not self.rate:
            return ops.convert_to_tensor(inputs)
        chances = keras.random.uniform(ops.shape(inputs), seed=self.seed_generator)
        dropped = ops.logical_and(chances < self.rate, ops.not_equal(inputs, PADDING_ID))
        return ops.where(dropped, UNKNOWN_ID, inputs)

    def compute_output_spec(
        self, inputs: Tensor, training: bool | None = None
    ) -> keras.KerasTensor:
        """The shape and type of the inputs."""
        return keras.KerasTensor(inputs.shape, dtype=inputs.dtype)

    def get_config(self) -> Config:
        """Every constructor argument."""
        return {**super().get_config(), "rate": self.rate, "seed": self.seed}
