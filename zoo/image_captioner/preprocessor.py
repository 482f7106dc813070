"""Preprocessing of images and captions for the network."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import keras
import keras_nlp
import numpy as np
import tensorflow as tf

from seqzoo.core.arguments import check_integer, check_sizes
from seqzoo.core.types import Config, Tensor
from seqzoo.zoo.image_captioner.backbone import ImageCaptionerBackbone
from seqzoo.zoo.image_captioner.image_converter import ImageCaptionerImageConverter
from seqzoo.zoo.image_captioner.tokenizer import CaptionTokenizer
from seqzoo.zoo.images.reader import ImageError, read_image

MAX_CAPTION_WORDS = 256
"""Upper limit of `sequence_length`, in words."""

MAX_LENGTH_PENALTY = 10.0
"""Upper limit of the length penalty; at this value, length alone decides the ranking."""


@keras.saving.register_keras_serializable("seqzoo")
class ImageCaptionerPreprocessor(keras_nlp.models.Preprocessor):
    """Turns images and captions into the inputs of an `ImageCaptionerBackbone`.

    The input is the start token of the language followed by the caption; the target is the
    caption followed by the end token.

    >>> tokenizer = CaptionTokenizer.of_captions(["a red circle"])
    >>> convert = ImageCaptionerImageConverter(image_size=(8, 8))
    >>> preprocess = ImageCaptionerPreprocessor(convert, tokenizer, sequence_length=4)
    >>> x, y, weights = preprocess(
    ...     {"images": np.zeros((1, 4, 6, 3), "uint8"), "captions": ["a circle"], "languages": [0]}
    ... )
    >>> x["images"].shape, x["token_ids"].numpy().tolist(), y.numpy().tolist()
    (TensorShape([1, 8, 8, 3]), [[3, 4, 5, 0, 0]], [[4, 5, 2, 0, 0]])

    Args:
        image_converter: An `ImageCaptionerImageConverter`.
        tokenizer: A `CaptionTokenizer`.
        sequence_length: Maximum number of words in a caption; longer ones are truncated. Defaults
            to 24.
        length_penalty: Exponent of the length by which the search ranks captions, see
            `beam_search`: 1 ranks by the mean log-probability of a token, and higher values favour
            longer captions. Defaults to 1.
        no_repeat_ngram_size: A caption has no n-gram of so many words twice. Defaults to 0, which
            allows repetitions.
        **kwargs: Arguments of `keras_nlp.models.Preprocessor`.

    Call arguments:
        x: A dictionary of `images` `(batch, any height, any width, 3)` in 0..255, and for training
            `captions`, strings `(batch,)`, and `languages`, int32 `(batch,)`, their indices in the
            tokenizer's languages.

    Raises:
        ValueError: If `sequence_length` is not an integer from 1 to `MAX_CAPTION_WORDS`,
            `length_penalty` not a number from 0 to `MAX_LENGTH_PENALTY`, or `no_repeat_ngram_size`
            not an integer from 0 to `MAX_CAPTION_WORDS`.
    """

    backbone_cls = ImageCaptionerBackbone
    image_converter_cls = ImageCaptionerImageConverter
    tokenizer_cls = CaptionTokenizer

    def __init__(
        self,
        image_converter: ImageCaptionerImageConverter,
        tokenizer: CaptionTokenizer,
        sequence_length: int = 24,
        length_penalty: float = 1.0,
        no_repeat_ngram_size: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        check_sizes({"sequence_length": sequence_length})
        if sequence_length > MAX_CAPTION_WORDS:
            raise ValueError(
                f"Argument `sequence_length` must be at most {MAX_CAPTION_WORDS}. "
                f"Received: sequence_length={sequence_length}"
            )
        check_length_penalty(length_penalty)
        check_integer("no_repeat_ngram_size", no_repeat_ngram_size, 0, MAX_CAPTION_WORDS)
        self.image_converter = image_converter
        self.tokenizer = tokenizer
        self.sequence_length = sequence_length
        self.length_penalty = length_penalty
        self.no_repeat_ngram_size = no_repeat_ngram_size

    def get_config(self) -> Config:
        """Every constructor argument."""
        names = ("sequence_length", "length_penalty", "no_repeat_ngram_size")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}

    def call(self, x: Any, y: Any = None, sample_weight: Any = None) -> Any:
        """Returns the inputs of the network; with captions `(inputs, targets, weights)`."""
        images = self.fit_images(x["images"])
        if "captions" not in x:
            return {"images": images}
        token_ids, targets, weights = self.caption_arrays(x["captions"], x["languages"])
        return {"images": images, "token_ids": token_ids}, targets, weights

    def fit_images(self, images: Tensor) -> Tensor:
        """Resizes one image, or several of the same size, to the size of the network.

        Args:
            images: `(height, width, 3)` or `(batch, height, width, 3)` in 0..255.

        Returns:
            float32 tensor, in 0..255.
        """
        # Converts to floats after resizing: large images would take four times the memory.
        converted = self.image_converter(images)
        return tf.ensure_shape(converted, [*images.shape[:-3], *self.image_size, 3])

    def caption_arrays(self, captions: Any, languages: Any) -> tuple[Tensor, Tensor, Tensor]:
        """Converts captions to input token ids, targets and weights.

        Args:
            captions: Strings `(batch,)`.
            languages: Their indices in the tokenizer's languages, int32 `(batch,)`.

        Returns:
            Token ids and targets, int32 `(batch, sequence_length + 1)`, and weights, float32 of the
            same shape.
        """
        whole = self.tokenizer.tokenize(captions)
        words = whole[:, : self.sequence_length]
        starts = self.tokenizer.start_token_id() + tf.convert_to_tensor(languages, tf.int32)
        ends = tf.fill([tf.shape(starts)[0], 1], self.tokenizer.end_token_id)
        shape = [None, self.sequence_length + 1]
        token_ids = tf.concat([starts[:, None], words], axis=1).to_tensor(shape=shape)
        targets = tf.concat([words, ends], axis=1).to_tensor(shape=shape)
        # Unknown words have no weight, nor does the missing end of a truncated caption.
        known = tf.logical_and(targets != 0, targets != self.tokenizer.unknown_token_id)
        is_cut = (whole.row_lengths() > self.sequence_length)[:, None]
        ends_there = tf.logical_and(is_cut, targets == self.tokenizer.end_token_id)
        known = tf.logical_and(known, tf.logical_not(ends_there))
        return token_ids, targets, tf.cast(known, tf.float32)

    def network_images(self, images: Sequence) -> np.ndarray:
        """Reads and resizes images on all cores: float32 `(images, height, width, 3)`.

        Args:
            images: Inputs of `read_image`.

        Raises:
            ImageError: If one cannot be read.
        """
        with ThreadPoolExecutor(os.cpu_count()) as threads:
            arrays = list(threads.map(self._network_image, images))
        return np.stack(arrays) if arrays else np.zeros((0, *self.image_size, 3), "float32")

    def _network_image(self, image):
        return self.fit_images(read_image(image)).numpy()

    def batches(
        self,
        images: Sequence,
        captions: Sequence[Mapping[str, Sequence[str]]],
        batch_size: int = 32,
        rng: np.random.Generator | None = None,
        features: np.ndarray | None = None,
    ) -> tf.data.Dataset:
        """Makes batches of images, each with one of its captions.

        Args:
            images: Inputs of `read_image`.
            captions: The captions of every image, by language.
            batch_size: Captions in a batch. Defaults to 32.
            rng: Shuffles the examples in every pass. Defaults to the order of the images.
            features: Features of an encoder, `(images, size)`, to use instead of the images.

        Returns:
            Batches of `(x, y, sample_weight)`, padded to the longest caption of all; `x` holds
            `token_ids`, and `images` or `features`.

        Raises:
            ValueError: If there is no caption, or one in a language that the tokenizer lacks.
        """
        rows, texts, languages = self._captions_in_a_row(captions)
        arrays = [array.numpy() for array in self.caption_arrays(texts, languages)]
        longest = np.count_nonzero(arrays[0], axis=1).max()
        arrays = [array[:, :longest] for array in arrays]
        dataset = tf.data.Dataset.from_tensor_slices((rows, *arrays))
        if rng is not None:
            dataset = dataset.shuffle(len(rows), seed=int(rng.integers(2**31)))
        if features is not None:
            read, name = _gather(features), "features"
        elif self._are_fitting(images):
            read, name = _gather(np.stack(images)), "images"
        else:
            read, name = self._read_several(images), "images"
        return (
            dataset.batch(batch_size)
            .map(
                lambda rows, token_ids, y, weights: (
                    {name: read(rows), "token_ids": token_ids},
                    y,
                    weights,
                )
            )
            .prefetch(4)
        )

    def _are_fitting(self, images):
        """Returns whether images are arrays in the network's size, which need no conversion."""
        shape = (*self.image_size, 3)
        return all(
            isinstance(image, np.ndarray) and image.shape == shape and image.dtype == np.uint8
            for image in images
        )

    def _read_several(self, images):
        """Returns a function that reads and resizes the images with given indices."""

        def read(row):
            pixels = tf.numpy_function(lambda i: read_image(images[i]), [row], tf.uint8)
            return self.fit_images(tf.ensure_shape(pixels, [None, None, 3]))

        spec = tf.TensorSpec([*self.image_size, 3], tf.float32)
        return lambda rows: tf.map_fn(read, rows, fn_output_signature=spec)

    def _captions_in_a_row(self, captions):
        """Returns the image index, the text and the language of every caption."""
        found = [
            (row, text, self.tokenizer.language_index(language))
            for row, by_language in enumerate(captions)
            for language, texts in by_language.items()
            for text in texts
        ]
        if not found:
            raise ValueError("There are no captions to learn from: give at least one image.")
        rows, texts, languages = zip(*found, strict=True)
        return np.array(rows), list(texts), np.array(languages, "int32")


def check_length_penalty(value: float) -> None:
    """Checks a length penalty.

    Raises:
        ValueError: If it is not a number from 0 to `MAX_LENGTH_PENALTY`.
    """
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not is_number or not 0 <= value <= MAX_LENGTH_PENALTY:
        raise ValueError(
            f"Argument `length_penalty` must be a number from 0 to {MAX_LENGTH_PENALTY:g}. "
            f"Received: length_penalty={value!r}"
        )


def _gather(table):
    """Returns a function that gathers rows of an array in memory."""
    table = tf.constant(table)
    return lambda rows: tf.cast(tf.gather(table, rows), tf.float32)


@contextlib.contextmanager
def image_errors() -> Iterator[None]:
    """Raises an `ImageError` that TensorFlow wrapped while reading batches."""
    try:
        yield
    except tf.errors.OpError as error:
        if sentence := re.search(r"ImageError: (.*)", error.message):
            raise ImageError(sentence[1]) from error
        raise
