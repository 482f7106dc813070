"""The network of the tagger: the features of every word in its passage."""

from __future__ import annotations

from typing import Any, Literal

import keras
import keras_nlp
from keras import ops

from seqzoo import layers
from seqzoo.core.arguments import check_choice, check_sizes
from seqzoo.core.types import Config, Dtype
from seqzoo.zoo.base.recurrent_stack import RECURRENT_LAYERS, Cell
from seqzoo.zoo.ner_tagger.character_encoders import CHARACTER_ENCODERS
from seqzoo.zoo.ner_tagger.neighbour_prediction import NeighbourPrediction
from seqzoo.zoo.ner_tagger.piece_mean import PieceMean
from seqzoo.zoo.text.splitting.python_splitter import PIECES_OF_A_WORD
from seqzoo.zoo.text.word_dropout import WordDropout

SHAPES = 10
"""Number of shape ids; see `word_shapes`."""


@keras.saving.register_keras_serializable("seqzoo")
class NERTaggerBackbone(keras_nlp.models.Backbone):
    """Words, their characters and their shapes under stacked bidirectional recurrent layers.

    ```
    x[t] = [word vector + mean of its pieces; vector read from the characters; shape vector]
    h[t] = [forward states up to t; backward states from the end to t]     in every layer
    ```

    after Lample et al. (2016), Neural Architectures for Named Entity Recognition, and Ma & Hovy
    (2016), End-to-end Sequence Labeling via Bi-directional LSTM-CNNs-CRF.

    As a Keras model it maps `{"word_ids", "character_ids", "shape_ids"}`, int32 `(batch, time)`
    and `(batch, time, word_length)`, to `(batch, time, 2 * units)`. Word id 0 is padding, which
    leaves the states alone. With pieces there is one input more: `piece_ids`, int32
    `(batch, time, PIECES_OF_A_WORD)`.

    Args:
        vocabulary_size: Number of word ids.
        character_vocabulary_size: Number of character ids.
        word_length: Characters of a word. Defaults to 20.
        embedding_dim: Size of the vector of a word. Defaults to 100.
        character_dim: Size of the vector of a character. Defaults to 32.
        character_units: Size of the vector that is read from the characters. Defaults to 192.
        character_encoder: `"cnn"` or `"bilstm"`. Defaults to `"cnn"`.
        shape_dim: Size of the vector of a shape. Defaults to 8.
        units: Size of every recurrent layer, in each direction. Defaults to 160.
        num_layers: Number of recurrent layers. Defaults to 2.
        cell: `"lstm"`, `"peephole_lstm"`, `"gru"` or `"simple_rnn"`. Defaults to `"lstm"`.
        dropout: Share dropped from the inputs and outputs of the recurrent layers in training,
            and half of it from the characters. Defaults to 0.5.
        word_dropout: Share of words made unknown in training. Defaults to 0.05.
        neighbour_weight: Weight of the loss of predicting the neighbours of every word from the
            first recurrent layer, beside that of the tags; see `NeighbourPrediction`. Defaults to
            0.1.
        piece_vocabulary_size: Number of piece ids; see `PieceMean`. Defaults to 0, no pieces.
        dtype: Of the computation and the weights. Defaults to Keras's.
        **kwargs: Of `keras_nlp.models.Backbone`.

    Raises:
        ValueError: If `cell` or `character_encoder` is another, or a size does not fit.
    """

    def __init__(
        self,
        vocabulary_size: int,
        character_vocabulary_size: int,
        word_length: int = 20,
        embedding_dim: int = 100,
        character_dim: int = 32,
        character_units: int = 192,
        character_encoder: Literal["cnn", "bilstm"] = "cnn",
        shape_dim: int = 8,
        units: int = 160,
        num_layers: int = 2,
        cell: Cell = "lstm",
        dropout: float = 0.5,
        word_dropout: float = 0.05,
        neighbour_weight: float = 0.1,
        piece_vocabulary_size: int = 0,
        dtype: Dtype | None = None,
        **kwargs: Any,
    ) -> None:
        sizes = {"word_length": word_length, "units": units, "num_layers": num_layers}
        check_sizes({**sizes, "embedding_dim": embedding_dim, "shape_dim": shape_dim})
        check_choice("cell", cell, RECURRENT_LAYERS)
        check_choice("character_encoder", character_encoder, CHARACTER_ENCODERS)
        embed_words = keras.layers.Embedding(
            vocabulary_size, embedding_dim, dtype=dtype, name="word_embedding"
        )
        read_pieces = None
        if piece_vocabulary_size:
            read_pieces = PieceMean(
                piece_vocabulary_size, embedding_dim, dtype=dtype, name="piece_mean"
            )
        embed_shapes = keras.layers.Embedding(
            SHAPES, shape_dim, dtype=dtype, name="shape_embedding"
        )
        read_characters = CHARACTER_ENCODERS[character_encoder](
            character_vocabulary_size,
            character_dim,
            character_units,
            dropout / 2,
            dtype=dtype,
            name="character_encoder",
        )
        recurrent_layers = _bidirectional_layers(cell, units, num_layers, dtype)
        predict_neighbours = NeighbourPrediction(
            embed_words, neighbour_weight, dtype=dtype, name="neighbour_prediction"
        )
        drop = keras.layers.Dropout(dropout, dtype=dtype, name="dropout")

        inputs = _inputs(word_length, piece_vocabulary_size)
        words = WordDropout(word_dropout, name="word_dropout")(inputs["word_ids"])
        vectors = embed_words(words)
        if read_pieces:
            vectors = vectors + read_pieces(inputs["piece_ids"])
        features = [
            vectors,
            read_characters(inputs["character_ids"]),
            embed_shapes(inputs["shape_ids"]),
        ]
        present = ops.not_equal(inputs["word_ids"], 0)
        x = drop(keras.layers.Concatenate(dtype=dtype)(features))
        for index, layer in enumerate(recurrent_layers):
            x = drop(layer(x, mask=present))
            if index == 0:
                x = predict_neighbours(x, inputs["word_ids"])
        super().__init__(inputs=inputs, outputs=x, dtype=dtype, **kwargs)

        self.word_embedding = embed_words
        self.piece_mean = read_pieces
        self.vocabulary_size = vocabulary_size
        self.character_vocabulary_size = character_vocabulary_size
        self.word_length = word_length
        self.embedding_dim = embedding_dim
        self.character_dim = character_dim
        self.character_units = character_units
        self.character_encoder = character_encoder
        self.shape_dim = shape_dim
        self.units = units
        self.num_layers = num_layers
        self.cell = cell
        self.dropout = dropout
        self.word_dropout = word_dropout
        self.neighbour_weight = neighbour_weight
        self.piece_vocabulary_size = piece_vocabulary_size

    def get_config(self) -> Config:
        """Every constructor argument."""
        names = (
            *("vocabulary_size", "character_vocabulary_size", "word_length", "embedding_dim"),
            *("character_dim", "character_units", "character_encoder", "shape_dim", "units"),
            *("num_layers", "cell", "dropout", "word_dropout"),
            *("neighbour_weight", "piece_vocabulary_size"),
        )
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


def _bidirectional_layers(cell, units, num_layers, dtype):
    return [
        layers.Bidirectional(
            RECURRENT_LAYERS[cell](units, return_sequences=True, dtype=dtype),
            dtype=dtype,
            name=f"recurrent_{index}",
        )
        for index in range(num_layers)
    ]


def _inputs(word_length, piece_vocabulary_size):
    inputs = {
        "word_ids": keras.Input((None,), dtype="int32", name="word_ids"),
        "character_ids": keras.Input((None, word_length), dtype="int32", name="character_ids"),
        "shape_ids": keras.Input((None,), dtype="int32", name="shape_ids"),
    }
    if piece_vocabulary_size:
        shape = None, PIECES_OF_A_WORD
        inputs["piece_ids"] = keras.Input(shape, dtype="int32", name="piece_ids")
    return inputs
