"""Features of images, computed once and kept on disk."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from seqzoo.core.atomic import atomic_file
from seqzoo.core.progress import progress_bar

if TYPE_CHECKING:
    from seqzoo.zoo.image_captioner.task import ImageCaptioner


_BLOCK = 256
"""Images of a file: as many are lost at most where the work is interrupted."""

_VERSION = 1
"""Of what makes features of files: raise it where pixels or an encoder become other numbers."""


def cached_features(captioner: ImageCaptioner, images: Sequence) -> np.ndarray:
    """What the encoder makes of images, from the disk where it was computed before.

    A block of images is computed again if one of them is another than it was, byte by byte; or if
    the encoder's weights, its kind, its precision or its image size are. What is damaged is
    computed again too.

    Args:
        captioner: An `ImageCaptioner`.
        images: What `read_image` takes.

    Returns:
        float32 `(images, size)`.

    Raises:
        ImageError: If an image cannot be read.
        OSError: If the disk is full.
    """
    folder = cache_folder() / _encoder_key(captioner)
    starts = range(0, len(images), _BLOCK)
    blocks = []
    with progress_bar("reading images", len(images)) as advance:
        for start in starts:
            block = images[start : start + _BLOCK]
            blocks.append(_block(captioner, block, folder))
            for _ in block:
                advance()
    return np.concatenate(blocks) if blocks else captioner.features([])


class FeaturesInMemory:
    """The features of lists of images, each list of which is looked at once.

    A training asks for the same lists in every epoch, and to know files again takes reading them.

    Args:
        captioner: An `ImageCaptioner` whose encoder stays as it is.
    """

    def __init__(self, captioner: ImageCaptioner) -> None:
        self._captioner = captioner
        self._kept: dict[tuple[int, ...], tuple[Sequence, np.ndarray]] = {}

    def of(self, images: Sequence) -> np.ndarray:
        """As `cached_features`, of images that are the same objects with the same content."""
        key = tuple(map(id, images))
        if key not in self._kept:
            # With the images, lest others get their identities.
            self._kept[key] = images, cached_features(self._captioner, images)
        return self._kept[key][1]


def cache_folder() -> Path:
    """Where features are kept: `seqzoo/features` in Keras's own folder."""
    home = os.environ.get("KERAS_HOME") or Path.home() / ".keras"
    return Path(home) / "seqzoo" / "features"


def _block(captioner, images, folder):
    path = folder / f"{_images_key(images)}.npy"
    shape = len(images), captioner.backbone.image_encoder.output_shape[-1]
    kept = _read(path)
    if kept is not None and kept.shape == shape and kept.dtype == np.float32:
        return kept
    features = captioner.features(images)
    folder.mkdir(parents=True, exist_ok=True)
    with atomic_file(path) as aside, open(aside, "wb") as file:
        np.save(file, features, allow_pickle=False)
    return features


def _read(path):
    try:
        return np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None


def _encoder_key(captioner):
    backbone, converter = captioner.backbone, captioner.preprocessor.image_converter
    # Keras numbers the names of layers.
    settings = {**converter.get_config(), "name": None}
    precision = backbone.dtype_policy.name
    described = (_VERSION, backbone.encoder, precision, settings)
    digest = hashlib.sha256(repr(described).encode())
    for weights in backbone.image_encoder.get_weights():
        digest.update(np.ascontiguousarray(weights).tobytes())
    return f"{backbone.encoder}-{digest.hexdigest()[:16]}"


def _images_key(images):
    digest = hashlib.sha256()
    for image in images:
        digest.update(_image_digest(image))
    return digest.hexdigest()[:32]


def _image_digest(image):
    """Of the pixels with their shape, or of the file."""
    if isinstance(image, np.ndarray):
        kind = repr((image.shape, image.dtype.str)).encode()
        return hashlib.sha256(kind + np.ascontiguousarray(image).tobytes()).digest()
    contents = image if isinstance(image, bytes) else Path(image).read_bytes()
    return hashlib.sha256(contents).digest()
