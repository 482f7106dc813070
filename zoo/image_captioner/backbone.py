"""Backbone of the captioner: image encoder and recurrent decoder, without the output layer."""

from __future__ import annotations

from typing import Any, Literal

import keras
import keras_nlp
from keras import ops

from seqzoo import layers
from seqzoo.core.arguments import check_choice, check_sizes
from seqzoo.core.types import Config, Dtype, States, Tensor
from seqzoo.zoo.base.recurrent_stack import RECURRENT_LAYERS, Cell
from seqzoo.zoo.image_captioner.word_presence import WordPresence
from seqzoo.zoo.images.encoders.registry import image_encoder
from seqzoo.zoo.text.word_dropout import WordDropout


@keras.saving.register_keras_serializable("seqzoo")
class ImageCaptionerBackbone(keras_nlp.models.Backbone):
    """An image encoder that starts a recurrent layer over the words of a caption.

    As a Keras model it maps `{"images", "token_ids"}`, float32 `(batch, height, width, 3)` in
    0..255 and int32 `(batch, time)`, to the outputs of the recurrent layer
    `(batch, time, units)`. Token id 0 is padding.

    The image's features, layer-normalized (Ba et al. 2016, arXiv:1607.06450), enter once, in one of
    two ways, see `seqzoo.layers.OneToMany`: as the initial state, or as the first input (Show and
    Tell, Vinyals et al. 2015, arXiv:1411.4555). There is no attention.

    Args:
        vocabulary_size: Number of tokens.
        encoder: The network that reads the image, one of `ENCODERS`. Defaults to `"vgg16"`.
        image_size: Height and width of the images, or one number for both. Defaults to
            `(224, 224)`.
        embedding_dim: Size of the word vectors. Defaults to 256.
        units: Size of the recurrent layer. Defaults to 512.
        cell: `"lstm"`, `"peephole_lstm"`, `"gru"` or `"simple_rnn"`. Defaults to `"lstm"`.
        inject: `"initial_state"` or `"first_input"`. Defaults to `"initial_state"`.
        dropout: Dropout rate of the features, the word vectors and the outputs. Defaults to 0.3.
        word_dropout: Share of the input words that are replaced by the unknown word in training,
            so that the model relies on the image (Bowman et al. 2016, arXiv:1511.06349). Defaults
            to 0.
        presence_weight: Weight of an auxiliary loss that trains the encoder to predict the words of
            the caption from the features alone; see `WordPresence`. Defaults to 1 for `"small"`
            and to 0, none, for the others.
        freeze_encoder: Whether the encoder's weights are frozen in training. Defaults to `True`
            for all but `"small"`, which has no pretrained weights.
        dtype: Data type or policy of the layers. Defaults to Keras's.
        **kwargs: Arguments of `keras_nlp.models.Backbone`.

    Raises:
        ValueError: If a name is unknown, or a size is not a positive integer or does not fit the
            encoder.
    """

    def __init__(
        self,
        vocabulary_size: int,
        encoder: str = "vgg16",
        image_size: int | tuple[int, int] = (224, 224),
        embedding_dim: int = 256,
        units: int = 512,
        cell: Cell = "lstm",
        inject: Literal["initial_state", "first_input"] = "initial_state",
        dropout: float = 0.3,
        word_dropout: float = 0.0,
        presence_weight: float | None = None,
        freeze_encoder: bool | None = None,
        dtype: Dtype | None = None,
        **kwargs: Any,
    ) -> None:
        check_choice("cell", cell, RECURRENT_LAYERS)
        check_sizes({"embedding_dim": embedding_dim, "units": units})
        freeze_encoder = encoder != "small" if freeze_encoder is None else freeze_encoder
        if presence_weight is None:
            presence_weight = 1.0 if encoder == "small" else 0.0
        image_network = image_encoder(encoder, image_size, dtype=dtype)
        _, height, width, _ = image_network.input_shape
        image_network.trainable = not freeze_encoder
        embed = keras.layers.Embedding(
            vocabulary_size, embedding_dim, dtype=dtype, name="token_embedding"
        )
        decoder = layers.OneToMany(
            RECURRENT_LAYERS[cell](units, return_sequences=True, dtype=dtype, name="recurrent"),
            inject=inject,
            dtype=dtype,
            name="decoder",
        )
        drop = keras.layers.Dropout(dropout, dtype=dtype, name="dropout")

        # Initial states projected from large features would saturate, and not learn.
        scale = keras.layers.LayerNormalization(dtype=dtype, name="scaled_features")
        detect = WordPresence(vocabulary_size, presence_weight, dtype=dtype, name="word_presence")
        forget = WordDropout(word_dropout, name="word_dropout")

        def decode(features, token_ids):
            mask = [None, ops.not_equal(token_ids, 0)]
            features = scale(features)
            if presence_weight:
                features = detect(features, token_ids)
            # The first token selects the language, so it is never dropped.
            read = ops.concatenate([token_ids[:, :1], forget(token_ids[:, 1:])], axis=1)
            return drop(decoder([drop(features), drop(embed(read))], mask=mask))

        inputs = {
            "images": keras.Input((height, width, 3), name="images"),
            "token_ids": keras.Input((None,), dtype="int32", name="token_ids"),
        }
        # A frozen encoder does not apply dropout either.
        features = image_network(inputs["images"], training=False if freeze_encoder else None)
        outputs = decode(features, inputs["token_ids"])
        super().__init__(inputs=inputs, outputs=outputs, dtype=dtype, **kwargs)

        self.image_encoder = image_network
        self.scaled_features = scale
        self.token_embedding = embed
        self.decoder = decoder
        self.decode = decode
        self.vocabulary_size = vocabulary_size
        self.encoder = encoder
        self.image_size = height, width
        self.embedding_dim = embedding_dim
        self.units = units
        self.cell = cell
        self.inject = inject
        self.dropout = dropout
        self.word_dropout = word_dropout
        self.presence_weight = presence_weight
        self.freeze_encoder = freeze_encoder

    def get_config(self) -> Config:
        """Every constructor argument."""
        names = (
            *("vocabulary_size", "encoder", "embedding_dim", "units", "cell", "inject"),
            *("dropout", "word_dropout", "presence_weight", "freeze_encoder"),
        )
        values = {name: getattr(self, name) for name in names}
        return {**super().get_config(), **values, "image_size": list(self.image_size)}

    def start(self, features: Tensor) -> States:
        """Returns the initial states for `step`.

        Args:
            features: Features from the encoder, `(batch, size)`.
        """
        return self.decoder.start(self.scaled_features(features))

    def step(self, token_ids: Tensor, states: States) -> tuple[Tensor, States]:
        """Runs one time step.

        Args:
            token_ids: Integers `(batch,)`.
            states: Tensors `(batch, units)`, nested as `start` returns them.

        Returns:
            The outputs `(batch, units)` and the new states.
        """
        return self.decoder.step(self.token_embedding(token_ids), states)
