"""Character encoders: one vector per word, from its characters."""

import keras
from keras import ops

from seqzoo import layers

WIDTHS = (2, 3, 4)
"""Characters that the filters of a `CharacterCNN` see."""


class CharacterEncoder(keras.layers.Layer):
    """Turns the characters of every word into one vector.

    Args:
        vocabulary_size: Number of character ids; 0 is padding.
        embedding_dim: Size of the vector of a character.
        units: Size of the vector of a word.
        dropout: Share dropped from the vectors of the characters in training. Defaults to 0.
        **kwargs: Of `keras.layers.Layer`.

    Call arguments:
        inputs: Character ids, integers `(batch, time, characters)`.

    Returns:
        Tensor `(batch, time, units)`.
    """

    def __init__(self, vocabulary_size, embedding_dim, units, dropout=0.0, **kwargs):
        super().__init__(**kwargs)
        self.vocabulary_size = vocabulary_size
        self.embedding_dim = embedding_dim
        self.units = units
        self.dropout = dropout
        self.embedding = keras.layers.Embedding(
            vocabulary_size, embedding_dim, dtype=self.dtype_policy, name="embedding"
        )
        self.drop = keras.layers.Dropout(dropout, dtype=self.dtype_policy)

    def call(self, inputs, training=None):
        """The vectors of the words."""
        # All words of the batch in one axis, as `encode` takes them.
        batch, time, characters = ops.shape(inputs)
        ids = ops.reshape(inputs, (-1, characters))
        embedded = self.drop(self.embedding(ids), training=training)
        vectors = self.encode(embedded, ops.not_equal(ids, 0), training)
        return ops.reshape(vectors, (batch, time, self.units))

    def encode(self, embedded, present, training):
        """The vectors `(words, units)` of words.

        Args:
            embedded: `(words, characters, embedding_dim)`.
            present: Booleans `(words, characters)`, false at padding.
            training: Whether the model is trained.
        """
        raise NotImplementedError

    def compute_output_spec(self, inputs, training=None):
        """The shape and type of the vectors."""
        return keras.KerasTensor((*inputs.shape[:2], self.units), dtype=self.compute_dtype)

    def get_config(self):
        """Every constructor argument."""
        names = ("vocabulary_size", "embedding_dim", "units", "dropout")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


@keras.saving.register_keras_serializable("seqzoo")
class CharacterCNN(CharacterEncoder):
    """Filters over 2, 3 and 4 characters, and the largest answer of each (Ma & Hovy 2016).

    Args:
        units: A multiple of three, the filters of every width together.

    The other arguments are those of `CharacterEncoder`.
    """

    def __init__(self, vocabulary_size, embedding_dim, units, dropout=0.0, **kwargs):
        super().__init__(vocabulary_size, embedding_dim, units, dropout, **kwargs)
        if units % len(WIDTHS):
            raise ValueError(
                f"Argument `units` must be a multiple of {len(WIDTHS)}, the widths of the filters. "
                f"Received: units={units}"
            )
        self.convolutions = [
            keras.layers.Conv1D(
                units // len(WIDTHS),
                width,
                padding="same",
                activation="relu",
                dtype=self.dtype_policy,
                name=f"filters_of_{width}",
            )
            for width in WIDTHS
        ]

    def build(self, input_shape):
        """Creates the weights."""
        self.embedding.build(input_shape)
        for convolution in self.convolutions:
            convolution.build((None, input_shape[-1], self.embedding_dim))

    def encode(self, embedded, present, training):
        """The vectors of the words."""
        present = ops.cast(ops.expand_dims(present, -1), embedded.dtype)
        # The activations are at least zero, so the zeros at padding never win the maximum.
        answers = [c(embedded * present) * present for c in self.convolutions]
        return ops.concatenate([ops.max(answer, axis=1) for answer in answers], axis=-1)


@keras.saving.register_keras_serializable("seqzoo")
class CharacterBiLSTM(CharacterEncoder):
    """The last states of an LSTM in each direction (Lample et al. 2016).

    Args:
        units: An even number, the units of both directions together.

    The other arguments are those of `CharacterEncoder`.
    """

    def __init__(self, vocabulary_size, embedding_dim, units, dropout=0.0, **kwargs):
        super().__init__(vocabulary_size, embedding_dim, units, dropout, **kwargs)
        if units % 2:
            raise ValueError(
                f"Argument `units` must be even, for two directions. Received: units={units}"
            )
        self.recurrent = layers.Bidirectional(
            layers.LSTM(units // 2, dtype=self.dtype_policy, name="recurrent")
        )

    def build(self, input_shape):
        """Creates the weights."""
        self.embedding.build(input_shape)
        self.recurrent.build((None, input_shape[-1], self.embedding_dim))

    def encode(self, embedded, present, training):
        """The vectors of the words."""
        return self.recurrent(embedded, mask=present, training=training)


CHARACTER_ENCODERS = {"cnn": CharacterCNN, "bilstm": CharacterBiLSTM}
"""The encoders by the names of the backbone's `character_encoder` argument."""
