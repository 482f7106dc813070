"""Graphs of a captioner, from images to token ids."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import tensorflow as tf

from seqzoo.core.types import Tensor
from seqzoo.zoo.generation.beam_search import beam_search
from seqzoo.zoo.generation.masking import IMPOSSIBLE
from seqzoo.zoo.generation.sampling import sample_sequences

if TYPE_CHECKING:
    from seqzoo.zoo.image_captioner.task import ImageCaptioner


_INTEGER, _NUMBER = tf.TensorSpec([], tf.int32), tf.TensorSpec([], tf.float32)


class CaptionWriter:
    """Encodes images and decodes captions; signatures consist of `encode`, `search` and `draw`.

    `traced_encode`, `traced_search` and `traced_draw` are the same functions, traced once, for use
    outside of graphs.

    Args:
        captioner: An `ImageCaptioner` with a preprocessor.
    """

    def __init__(self, captioner: ImageCaptioner) -> None:
        self._backbone = captioner.backbone
        self._token_logits = captioner.token_logits
        self._preprocessor = captioner.preprocessor
        self._tokenizer = captioner.preprocessor.tokenizer
        self._most_words = captioner.preprocessor.sequence_length

    def encode(self, images: Tensor) -> Tensor:
        """Computes the features of images.

        Args:
            images: float32 `(batch, height, width, 3)` in 0..255, in the network's size.

        Returns:
            float32 `(batch, size)`.
        """
        count = tf.shape(images)[0]
        # Keras layers cannot handle an empty batch.
        missing = tf.cast(tf.equal(count, 0), tf.int32)
        padded = tf.pad(images, [[0, missing], [0, 0], [0, 0], [0, 0]])
        # TFLite's converter loses the static shape of the padded images.
        images = tf.reshape(padded, [-1, *self._backbone.image_size, 3])
        features = self._backbone.image_encoder(images, training=False)
        return tf.cast(features[:count], tf.float32)

    def search(
        self,
        features: Tensor,
        start_token: Tensor,
        beam_width: Tensor,
        length_penalty: float | Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Finds the best captions of features; see `beam_search`.

        `length_penalty` defaults to that of the preprocessor.
        """
        if length_penalty is None:
            length_penalty = self._preprocessor.length_penalty
        return beam_search(
            self._backbone.start(features),
            start_token,
            self._next_words,
            beam_width,
            self._most_words,
            self._tokenizer.end_token_id,
            length_penalty,
            self._preprocessor.no_repeat_ngram_size,
        )

    def draw(
        self,
        features: Tensor,
        start_token: Tensor,
        count: Tensor,
        temperature: Tensor,
        seed: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """Samples captions; see `sample_sequences`.

        Args:
            features: float32 `(batch, size)`.
            start_token: int32 `()`.
            count: Captions per image, int32 `()`.
            temperature: float32 `()`.
            seed: int32 `(2,)`.

        Returns:
            Token ids `(batch, count, sequence_length + 1)` and scores `(batch, count)`, the best
            first.
        """
        batch = tf.shape(features)[0]
        of_images = tf.range(batch * count) // count

        def uniform(index):
            of_word = tf.random.experimental.stateless_fold_in(seed, index)
            return tf.random.stateless_uniform([batch * count], of_word)

        tokens, scores = sample_sequences(
            tf.nest.map_structure(
                lambda state: tf.gather(state, of_images), self._backbone.start(features)
            ),
            start_token,
            self._next_words,
            uniform,
            temperature,
            self._most_words,
            self._tokenizer.end_token_id,
            self._preprocessor.no_repeat_ngram_size,
        )
        scores, order = tf.math.top_k(tf.reshape(scores, [batch, count]), count)
        tokens = tf.reshape(tokens, [batch, count, self._most_words + 1])
        return tf.gather(tokens, order, batch_dims=1), scores

    @functools.cached_property
    def traced_encode(self) -> Callable[[Tensor], Tensor]:
        """`encode`, traced."""
        return _traced(self.encode, tf.TensorSpec([None, *self._backbone.image_size, 3]))

    @functools.cached_property
    def traced_search(self) -> Callable[..., tuple[Tensor, Tensor]]:
        """`search`, traced."""
        return _traced(self.search, self._features, _INTEGER, _INTEGER, _NUMBER)

    @functools.cached_property
    def traced_draw(self) -> Callable[..., tuple[Tensor, Tensor]]:
        """`draw`, traced."""
        seed = tf.TensorSpec([2], tf.int32)
        return _traced(self.draw, self._features, _INTEGER, _INTEGER, _NUMBER, seed)

    @property
    def _features(self):
        return tf.TensorSpec(self._backbone.image_encoder.output_shape)

    def _next_words(self, token_ids, states):
        outputs, states = self._backbone.step(token_ids, states)
        logits = tf.cast(self._token_logits(outputs), tf.float32)
        return tf.nn.log_softmax(logits) + self._never_words, states

    @functools.cached_property
    def _never_words(self):
        """Returns a mask that excludes padding, the unknown word and start tokens from captions."""
        never = np.zeros(self._backbone.vocabulary_size, "float32")
        never[self._tokenizer.special_token_ids] = IMPOSSIBLE
        never[self._tokenizer.end_token_id] = 0.0
        return never


def _traced(function, *inputs):
    return tf.function(function, input_signature=inputs, autograph=False)
