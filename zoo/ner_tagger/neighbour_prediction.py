"""An auxiliary loss of the tagger: prediction of the neighbours of every word."""

import math

import keras
from keras import ops

from seqzoo.zoo.text.vocabulary import PADDING_ID, UNKNOWN_ID


@keras.saving.register_keras_serializable("seqzoo")
class NeighbourPrediction(keras.layers.Layer):
    """Adds the loss of two language models to the training of a tagger.

    Forward states predict the next word, backward states the one before:

    ```
    p(w[t+1] | forward h[t]) = softmax(E tanh(W h[t] + b) + c)
    loss = weight * (sum of -log p of the words of both directions) / batch
    ```

    (Rei 2017, Semi-supervised Multitask Learning for Sequence Labeling), where E are the vectors of
    the words, those that the network reads (Press & Wolf 2017, Using the Output Embedding to
    Improve Language Models). Words beyond the first `vocabulary_size` count as the unknown one.
    It is computed in training only.

    Args:
        embedding: The `keras.layers.Embedding` of the words.
        weight: Of the loss, beside that of the tags.
        vocabulary_size: Words that are told apart. Defaults to 2000.
        **kwargs: Of `keras.layers.Layer`.

    Raises:
        ValueError: If `weight` is not a finite number of at least 0.

    Call arguments:
        states: Outputs of a bidirectional layer, `(batch, time, 2 * units)`.
        word_ids: Integers `(batch, time)`; 0 is padding.

    Returns:
        The states, as they are.
    """

    def __init__(self, embedding, weight, vocabulary_size=2000, **kwargs):
        super().__init__(**kwargs)
        if not 0 <= weight < math.inf:
            raise ValueError(
                "Argument `weight` must be a finite number of at least 0. "
                f"Received: weight={weight!r}"
            )
        self.supports_masking = True
        self.weight = weight
        self.vocabulary_size = min(vocabulary_size, embedding.input_dim)
        # Not an attribute: the vectors belong to the network, and are saved with it once.
        self._vectors = lambda: embedding.embeddings[: self.vocabulary_size]
        self.next_word, self.word_before = (
            keras.layers.Dense(
                embedding.output_dim, activation="tanh", dtype=self.dtype_policy, name=name
            )
            for name in ("next_word", "word_before")
        )

    def build(self, states_shape, word_ids_shape):
        """Creates W, b and c of both directions."""
        units = states_shape[-1] // 2
        for direction in (self.next_word, self.word_before):
            direction.build((*states_shape[:-1], units))
        self.biases = [
            self.add_weight((self.vocabulary_size,), "zeros", name=f"bias_of_{name}")
            for name in ("next_word", "word_before")
        ]

    def call(self, states, word_ids, training=None):
        """The states; in training their loss is added."""
        if training and self.weight:
            forward, backward = ops.split(states, 2, axis=-1)
            following = ops.pad(word_ids[:, 1:], ((0, 0), (0, 1)))
            before = ops.pad(word_ids[:, :-1], ((0, 0), (1, 0)))
            nats = self._nats(self.next_word(forward), following, self.biases[0])
            nats += self._nats(self.word_before(backward), before, self.biases[1])
            rows = ops.cast(ops.shape(word_ids)[0], nats.dtype)
            self.add_loss(self.weight * nats / rows)
        return states

    def _nats(self, expected, words, bias):
        """The sum over all words that are expected."""
        vectors = ops.cast(self._vectors(), expected.dtype)
        logits = ops.cast(ops.matmul(expected, ops.transpose(vectors)), "float32") + bias
        words = ops.where(ops.less(words, self.vocabulary_size), words, UNKNOWN_ID)
        nats = ops.sparse_categorical_crossentropy(words, logits, from_logits=True)
        return ops.sum(ops.where(ops.not_equal(words, PADDING_ID), nats, 0))

    def compute_output_spec(self, states, word_ids, training=None):
        """The shape and type of the states."""
        return keras.KerasTensor(states.shape, dtype=states.dtype)
