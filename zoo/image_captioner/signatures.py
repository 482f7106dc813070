"""The signatures of the captioner.

They use core TensorFlow operations only, so that TF Serving and the C runtime can run them.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import tensorflow as tf

from seqzoo.core.limits import DEFAULT_BEAM_WIDTH, MAX_BEAM_WIDTH
from seqzoo.zoo.base.signature import Signature
from seqzoo.zoo.base.tokenizer import lines
from seqzoo.zoo.generation.sampling import temperature_checks
from seqzoo.zoo.image_captioner.greedy_reference import greedy_by_training_graph
from seqzoo.zoo.images.decoder import decode_image

if TYPE_CHECKING:
    from seqzoo.zoo.image_captioner.task import ImageCaptioner


MAX_IMAGES = 64
"""Maximum number of images in a request."""

_INTEGER, _NUMBER = tf.TensorSpec([], tf.int32), tf.TensorSpec([], tf.float32)
_IMAGES, _NAME = tf.TensorSpec([None], tf.string), tf.TensorSpec([], tf.string)


def captioner_signatures(task: ImageCaptioner) -> dict[str, Signature]:
    """Returns the signatures of an `ImageCaptioner` on a server.

    Both take `images`, strings `(batch,)`, at most `MAX_IMAGES` JPEG or PNG files, and `language`,
    a string `()`, one of the model's or empty for the first. They return `captions`, strings
    `(batch, number)`, and `scores`, float32 `(batch, number)`, the mean log-probabilities of their
    tokens, the best first.

    - `caption`: the best captions by beam search; `beam_width`, int32 `()`, from 1 (greedy) to
      `MAX_BEAM_WIDTH`, is their number. If the vocabulary allows fewer, the rest are empty.
    - `sample`: sampled captions; `count`, int32 `()`, their number; `temperature`, float32 `()`,
      where 0 always takes the most likely word; `seed`, int32 `()`.
    """

    def caption(images, language, beam_width):
        start = _start_token(task, language)
        with tf.control_dependencies(_count_checks("beam_width", beam_width)):
            beam_width = tf.identity(beam_width)
            features = task.writer.encode(_network_images(task, images))
        return _answer(task, *task.writer.search(features, start, beam_width))

    def sample(images, language, count, temperature, seed):
        start = _start_token(task, language)
        checks = [*_count_checks("count", count), *temperature_checks(temperature)]
        with tf.control_dependencies(checks):
            count, temperature = tf.identity(count), tf.identity(temperature)
            features = task.writer.encode(_network_images(task, images))
        seed = tf.stack([seed, 0])
        return _answer(task, *task.writer.draw(features, start, count, temperature, seed))

    inputs = {"images": _IMAGES, "language": _NAME}
    return {
        "caption": Signature(caption, {**inputs, "beam_width": _INTEGER}, _caption_examples(task)),
        "sample": Signature(
            sample,
            {**inputs, "count": _INTEGER, "temperature": _NUMBER, "seed": _INTEGER},
            _sample_examples(task),
        ),
    }


def tflite_captioner_signatures(task: ImageCaptioner) -> dict[str, Signature]:
    """Returns the signature for TFLite's interpreter, which cannot decode strings and images.

    - `caption`: `images`, float32 `(batch, height, width, 3)`, red, green, blue in 0..255, of the
      size in the packed `settings.json`; `language`, int32 `()`, its index there, from 0;
      `beam_width`, int32 `()` -> `token_ids`, int32 `(batch, beam_width, length)`, by the packed
      `words.txt`, 0 after the end; `scores`, float32 `(batch, beam_width)`, the best first.
    """

    def caption(images, language, beam_width):
        start = task.preprocessor.tokenizer.start_token_id() + language
        token_ids, scores = task.writer.search(task.writer.encode(images), start, beam_width)
        return {"token_ids": token_ids, "scores": scores}

    images = tf.TensorSpec([None, *task.backbone.image_size, 3], tf.float32)
    return {
        "caption": Signature(
            caption,
            {"images": images, "language": _INTEGER, "beam_width": _INTEGER},
            _array_examples(task),
            greedy_by_training_graph(task),
        )
    }


def tflite_files(task: ImageCaptioner) -> dict[str, str | bytes]:
    """Returns the files that are packed into the TFLite file of an `ImageCaptioner`.

    - `words.txt`: the text of each token, one per line, by id from 0: empty for padding and other
      special tokens. A caption is its words joined by spaces, without those before
      `.,;:!?%)]}»”` and after `([{«“¿¡`.
    - `settings.json`: `languages`, by the index that the signature takes; `image_size`, height and
      width; `image_fit`, how an image is brought to this size: `pad` scales the whole image and
      pads it with white, `crop` cuts it around the centre before, `stretch` changes its aspect
      ratio.

    Args:
        task: The captioner.
    """
    words = lines(task.preprocessor.tokenizer.written_tokens())
    return {"words.txt": words, **settings_file(task)}


def settings_file(task: ImageCaptioner) -> dict[str, str]:
    """Returns the settings of an `ImageCaptioner` as a file; see `tflite_files`."""
    settings = {
        "languages": list(task.preprocessor.tokenizer.languages),
        "image_size": list(task.backbone.image_size),
        "image_fit": task.preprocessor.image_converter.image_fit,
    }
    return {"settings.json": json.dumps(settings)}


def _start_token(task, language):
    tokenizer = task.preprocessor.tokenizer
    known = tf.constant(tokenizer.languages)
    named = tf.logical_or(tf.equal(known, language), tf.equal(language, ""))
    message = f"language must be one of {', '.join(tokenizer.languages)}, or empty"
    with tf.control_dependencies([tf.debugging.Assert(tf.reduce_any(named), [message])]):
        return tokenizer.start_token_id() + tf.argmax(named, output_type=tf.int32)


def _network_images(task, images):
    def one(contents):
        return task.preprocessor.fit_images(decode_image(contents))

    too_many = f"A request has more than {MAX_IMAGES} images"
    with tf.control_dependencies(
        [tf.debugging.assert_less_equal(tf.size(images), MAX_IMAGES, too_many)]
    ):
        images = tf.identity(images)
    spec = tf.TensorSpec([*task.backbone.image_size, 3], tf.float32)
    # Sequentially, since decoding a small file can take a quarter of a gigabyte.
    return tf.map_fn(one, images, fn_output_signature=spec, parallel_iterations=1)


def _answer(task, token_ids, scores):
    return {"captions": task.preprocessor.tokenizer.detokenize(token_ids), "scores": scores}


def _count_checks(name, count):
    return [
        tf.debugging.assert_greater_equal(count, 1, f"{name} must be at least 1"),
        tf.debugging.assert_less_equal(count, MAX_BEAM_WIDTH, f"{name} is above {MAX_BEAM_WIDTH}"),
    ]


def _caption_examples(task):
    """Returns example inputs: several images of different shapes, one image, and none."""
    last = task.preprocessor.tokenizer.languages[-1]
    return [
        {"images": images, "language": np.array(language, object), "beam_width": np.int32(width)}
        for images, language, width in [
            (_files([(40, 60), (7, 5)]), "", DEFAULT_BEAM_WIDTH),
            (_files([(1, 1)]), last, 1),
            (_files([]), "", 2),
        ]
    ]


def _sample_examples(task):
    last = task.preprocessor.tokenizer.languages[-1]
    return [
        {
            "images": images,
            "language": np.array(last, object),
            "count": np.int32(count),
            "temperature": np.float32(temperature),
            "seed": np.int32(5),
        }
        for images, count, temperature in [
            (_files([(40, 60), (7, 5)]), 2, 1.0),
            (_files([(9, 9)]), 1, 0),
        ]
    ]


def _files(sizes):
    """Returns PNG files of smooth pseudorandom pictures."""
    rng = np.random.default_rng(0)
    pictures = [_picture(rng, *size) for size in sizes]
    return np.array([tf.io.encode_png(picture).numpy() for picture in pictures], object)


def _picture(rng, height, width):
    """Draws large patches of colour, to which an encoder responds more than to noise."""
    patches = rng.integers(0, 256, (4, 4, 3))
    rows, columns = np.arange(height) * 4 // height, np.arange(width) * 4 // width
    return patches[rows[:, None], columns].astype("uint8")


def _array_examples(task):
    rng = np.random.default_rng(1)
    languages = len(task.preprocessor.tokenizer.languages)
    height, width = task.backbone.image_size
    return [
        {
            "images": np.stack([_picture(rng, height, width) for _ in range(count)]).astype(
                "float32"
            ),
            "language": np.int32(index % languages),
            "beam_width": np.int32(beam_width),
        }
        for index, (count, beam_width) in enumerate([(3, 1), (1, 4), (2, 3)])
    ]
