"""Image captioning task."""

import contextlib
import functools
import os
from collections.abc import Iterable, Sequence
from typing import Any, Literal, Self

import keras
import keras_nlp
import numpy as np
import tensorflow as tf

from seqzoo.core.arguments import check_choice, check_integer, check_sizes
from seqzoo.core.limits import DEFAULT_BEAM_WIDTH, MAX_BEAM_WIDTH, MAX_TEMPERATURE
from seqzoo.zoo.base.signature import Signature
from seqzoo.zoo.base.task import ZooTask
from seqzoo.zoo.generation.masking import IMPOSSIBLE
from seqzoo.zoo.image_captioner.backbone import ImageCaptionerBackbone
from seqzoo.zoo.image_captioner.caption_writer import CaptionWriter
from seqzoo.zoo.image_captioner.captioner_on_features import CaptionerOnFeatures
from seqzoo.zoo.image_captioner.image_converter import ImageCaptionerImageConverter
from seqzoo.zoo.image_captioner.preprocessor import (
    ImageCaptionerPreprocessor,
    check_length_penalty,
    image_errors,
)
from seqzoo.zoo.image_captioner.raw_inputs import checked_captions, checked_images
from seqzoo.zoo.image_captioner.signatures import (
    captioner_signatures,
    settings_file,
    tflite_captioner_signatures,
    tflite_files,
)
from seqzoo.zoo.image_captioner.tokenizer import CaptionTokenizer
from seqzoo.zoo.images.captioned_image import Caption, Captions, Images
from seqzoo.zoo.images.encoders.weights import load_encoder_weights


@keras.saving.register_keras_serializable("seqzoo")
class ImageCaptioner(ZooTask, keras_nlp.models.Task):
    """Describes images in sentences (one to many).

    Raw inputs: images, as files, their bytes or arrays, and captions to train on. Raw output of
    `generate`: `Caption`s. Network: an image encoder that starts an LSTM over the words
    (`ImageCaptionerBackbone`). Loss: cross-entropy of the words. Exported signatures: `caption`,
    the best captions by beam search, and `sample`.

    >>> red, blue = (np.full((8, 8, 3), c, "uint8") for c in ([200, 0, 0], [0, 0, 200]))
    >>> captioner = ImageCaptioner.from_examples(
    ...     ["a red square", "a blue square"], encoder="small", image_size=(16, 16),
    ...     embedding_dim=8, units=16, dropout=0.0
    ... )
    >>> captioner.compile(keras.optimizers.Adam(0.01))
    >>> captions = ["a red square", "a blue square"]
    >>> history = captioner.fit([red, blue], captions, epochs=30, verbose=0)
    >>> captioner.predict([blue, red])
    ['a blue square', 'a red square']

    Args:
        backbone: An `ImageCaptionerBackbone`.
        preprocessor: An `ImageCaptionerPreprocessor`, or `None` to work on arrays and token ids.
        **kwargs: Arguments of `keras_nlp.models.Task`.
    """

    backbone_cls = ImageCaptionerBackbone
    preprocessor_cls = ImageCaptionerPreprocessor
    head_arguments = ()
    raw_names = ("images", "captions")

    def __init__(
        self,
        backbone: ImageCaptionerBackbone,
        preprocessor: ImageCaptionerPreprocessor | None = None,
        **kwargs: Any,
    ) -> None:
        _check_image_size(backbone, preprocessor)
        token_logits = keras.layers.Dense(
            backbone.vocabulary_size, dtype=backbone.dtype_policy, name="token_logits"
        )
        inputs = backbone.input
        super().__init__(inputs=inputs, outputs=token_logits(backbone(inputs)), **kwargs)
        self.backbone = backbone
        self.preprocessor = preprocessor
        self.token_logits = token_logits

    @classmethod
    def from_examples(
        cls,
        examples: Iterable[str],
        languages: Sequence[str] = ("en",),
        *,
        min_count: int = 1,
        sequence_length: int = 24,
        length_penalty: float = 1.0,
        no_repeat_ngram_size: int = 0,
        image_fit: Literal["pad", "crop", "stretch"] = "pad",
        encoder_weights: str | os.PathLike[str] | None = "auto",
        **sizes: Any,
    ) -> Self:
        """Makes an untrained captioner with the vocabulary of given captions.

        Args:
            examples: Captions, in all languages.
            languages: The languages of the model; the first is the default.
            min_count: Minimum number of occurrences of a word in the vocabulary. Defaults to 1.
            sequence_length: Maximum number of words in a caption. Defaults to 24.
            length_penalty: See `ImageCaptionerPreprocessor`. Defaults to 1.
            no_repeat_ngram_size: See `ImageCaptionerPreprocessor`. Defaults to 0.
            image_fit: How images are brought to the size of the network: `"pad"` keeps them whole,
                with white beside them; `"crop"` keeps the centre; `"stretch"` changes the aspect
                ratio. Defaults to `"pad"`.
            encoder_weights: `"imagenet"`, a file of weights, or `None` for random ones; see
                `load_encoder_weights`. `"auto"` is ImageNet's for all encoders but `"small"`.
            **sizes: The other arguments of `ImageCaptionerBackbone`.

        Raises:
            ValueError: If an argument does not fit the model, or the vocabulary is empty.
            SeqzooError: If the encoder's weights are not available.
        """
        check_choice("image_fit", image_fit, ("pad", "crop", "stretch"))
        tokenizer = CaptionTokenizer.of_captions(examples, languages, min_count)
        if tokenizer.vocabulary_size() == len(tokenizer.special_token_ids):
            raise ValueError(
                "The captions hold no word that the model could write. "
                f"Received: min_count={min_count!r}"
            )
        backbone = ImageCaptionerBackbone(tokenizer.vocabulary_size(), **sizes)
        if encoder_weights == "auto":
            encoder_weights = None if backbone.encoder == "small" else "imagenet"
        load_encoder_weights(backbone.image_encoder, backbone.encoder, encoder_weights)
        convert = ImageCaptionerImageConverter(
            backbone.image_size,
            crop_to_aspect_ratio=image_fit == "crop",
            pad_to_aspect_ratio=image_fit == "pad",
        )
        preprocessor = ImageCaptionerPreprocessor(
            convert, tokenizer, sequence_length, length_penalty, no_repeat_ngram_size
        )
        return cls(backbone, preprocessor)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages of the model; the first is the default."""
        return self.preprocessor.tokenizer.languages

    def reading_errors(self) -> contextlib.AbstractContextManager:
        """Raises `ImageError` if an image cannot be read."""
        return image_errors()

    def predict_raw(self, x: Any, batch_size: int | None = None, **kwargs: Any) -> list[str]:
        """Returns the best caption of every image in the default language; see `generate`."""
        return [captions[0].text for captions in self.generate(x, batch_size=batch_size)]

    def batches(
        self,
        images: Images,
        captions: Sequence[Captions],
        batch_size: int | None = None,
        rng: np.random.Generator | None = None,
        features: np.ndarray | None = None,
    ) -> tf.data.Dataset:
        """Makes the batches that `fit` trains on: images, each with one of its captions.

        Args:
            images: A list of files, of their bytes, or of arrays `(height, width, 3)` in 0..255.
            captions: For every image a caption, several, or a dictionary of these by language.
            batch_size: Captions in a batch. Defaults to 32.
            rng: See `ImageCaptionerPreprocessor.batches`.
            features: Outputs of `features`, to use instead of the images.

        Raises:
            ValueError: If the numbers of images and captions differ, or there are none.
        """
        self.check_preprocessor()
        images = checked_images(images)
        captions = checked_captions(captions, images, self.languages[0])
        return self.preprocessor.batches(images, captions, batch_size or 32, rng, features)

    def features(self, images: Images, batch_size: int = 32) -> np.ndarray:
        """Computes the encoder's features of images, float32 `(images, size)`.

        Args:
            images: See `batches`.
            batch_size: Images in a batch. Defaults to 32.

        Raises:
            ImageError: If one cannot be read.
        """
        self.check_preprocessor()
        return np.concatenate(
            [
                np.zeros((0, *self.backbone.image_encoder.output_shape[1:]), "float32"),
                *self._feature_batches(checked_images(images), batch_size),
            ]
        )

    def _feature_batches(self, images, batch_size, features=None):
        check_sizes({"batch_size": batch_size})
        for start in range(0, len(images), batch_size):
            batch = slice(start, start + batch_size)
            if features is None:
                arrays = self.preprocessor.network_images(images[batch])
                yield self.writer.traced_encode(arrays).numpy()
            else:
                yield features[batch]

    def generate(
        self,
        images: Images,
        language: str | None = None,
        captions: int = 1,
        beam_width: int = DEFAULT_BEAM_WIDTH,
        temperature: float = 0.0,
        seed: int | None = None,
        batch_size: int | None = None,
        length_penalty: float | None = None,
        features: np.ndarray | None = None,
    ) -> list[list[Caption]]:
        """Writes captions.

        Args:
            images: See `batches`.
            language: One of `languages`. Defaults to the first.
            captions: Number of captions per image. Defaults to 1.
            beam_width: Number of hypotheses that the search keeps, at least `captions`; 1 is greedy
                search. Defaults to 4, or `captions` if that is more.
            temperature: At 0, beam search finds the best captions. Above 0, captions are sampled;
                higher values make them more random. Defaults to 0.
            seed: Seed of the sampling. Defaults to one from Keras's random state.
            batch_size: Images in a batch. Defaults to 32.
            length_penalty: See `ImageCaptionerPreprocessor`; it applies to beam search. Defaults to
                that of the preprocessor.
            features: Outputs of `features`, to use instead of the images.

        Returns:
            For every image a list of `Caption`s, the best first; fewer than `captions` if the
            vocabulary does not allow as many.

        Raises:
            ImageError: If an image cannot be read.
            ValueError: If an argument has an invalid value.
        """
        self.check_preprocessor()
        images, size = checked_images(images), batch_size or 32
        if length_penalty is None:
            length_penalty = self.preprocessor.length_penalty
        _check_generation(captions, beam_width, temperature)
        check_length_penalty(length_penalty)
        beam_width = max(beam_width, captions)
        start = self.preprocessor.tokenizer.start_token_id(language)
        if temperature and seed is None:
            seed = int(keras.random.randint((), 0, 2**31 - 1))
        found: list[list[Caption]] = []
        for index, batch in enumerate(self._feature_batches(images, size, features)):
            if temperature:
                arguments = (captions, temperature, [seed, index])
                tokens, scores = self.writer.traced_draw(batch, start, *arguments)
            else:
                tokens, scores = self.writer.traced_search(batch, start, beam_width, length_penalty)
            texts = self.preprocessor.tokenizer.detokenize(tokens).numpy()
            found += map(_captions, texts[:, :captions], scores.numpy()[:, :captions])
        return found

    @functools.cached_property
    def writer(self) -> CaptionWriter:
        """The `CaptionWriter`, which runs the model in graphs."""
        return CaptionWriter(self)

    def on_features(self) -> CaptionerOnFeatures:
        """Returns the part after the encoder, for training on cached features."""
        return CaptionerOnFeatures(self)

    def signatures(self) -> dict[str, Signature]:
        """Returns the signatures of the SavedModel: `caption` and `sample`."""
        self.check_preprocessor()
        return captioner_signatures(self)

    def tflite_signatures(self) -> dict[str, Signature]:
        """Returns the signature of the TFLite file: `caption`."""
        self.check_preprocessor()
        return tflite_captioner_signatures(self)

    def tflite_files(self) -> dict[str, str | bytes]:
        """Returns the vocabulary and the settings; see `tflite_files`."""
        return tflite_files(self)

    def saved_model_files(self) -> dict[str, str]:
        """Returns the settings, which name the languages; see `tflite_files`."""
        return settings_file(self)


def _captions(texts, scores):
    return [
        Caption(text.decode(), float(score))
        for text, score in zip(texts, scores, strict=True)
        if score > IMPOSSIBLE / 2
    ]


def _check_image_size(backbone, preprocessor):
    """Checks that the image sizes agree: otherwise calls would fail deep in the network."""
    size = backbone.image_size if preprocessor is None else preprocessor.image_size
    if tuple(size) != tuple(backbone.image_size):
        raise ValueError(
            f"The preprocessor makes images of {size}, the backbone reads {backbone.image_size}: "
            "give both the same `image_size`."
        )


def _check_generation(captions, beam_width, temperature):
    check_integer("captions", captions, 1, MAX_BEAM_WIDTH)
    check_integer("beam_width", beam_width, 1, MAX_BEAM_WIDTH)
    if not 0 <= temperature <= MAX_TEMPERATURE:
        raise ValueError(
            f"Argument `temperature` must be between 0 and {MAX_TEMPERATURE:g}. "
            f"Received: temperature={temperature!r}"
        )
