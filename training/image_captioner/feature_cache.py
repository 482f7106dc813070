"""Image features, computed once and cached on disk."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from seqzoo.core.atomic import atomic_file
from seqzoo.core.cache import cache_folder
from seqzoo.core.progress import note, progress_bar

if TYPE_CHECKING:
    from seqzoo.zoo.image_captioner.task import ImageCaptioner


_BLOCK = 256
"""Images per cache file: an interruption loses the work on at most so many."""

_VERSION = 1
"""Version of the feature computation: raise it if the decoding or an encoder changes its values."""


def cached_features(captioner: ImageCaptioner, images: Sequence) -> np.ndarray:
    """Returns the features of images, from the cache on disk if possible.

    A block of images is computed again if a byte of one of them has changed; if the encoder's
    weights, kind, precision or image size have changed; or if its cache file is damaged.

    Args:
        captioner: An `ImageCaptioner`.
        images: Inputs of `read_image`.

    Returns:
        float32 `(images, size)`.

    Raises:
        ImageError: If an image cannot be read.
        OSError: If the disk is full.
    """
    folder = cache_folder("features") / _encoder_key(captioner)
    starts = range(0, len(images), _BLOCK)
    blocks = []
    computed, seconds = 0, 0.0
    with progress_bar("reading images", len(images)) as advance:
        for start in starts:
            block = images[start : start + _BLOCK]
            path = folder / f"{_images_key(block)}.npy"
            features = _kept(path, captioner, block)
            if features is None:
                begun = time.monotonic()
                features = _computed(path, captioner, block)
                computed, seconds = computed + len(block), seconds + time.monotonic() - begun
            blocks.append(features)
            for _ in block:
                advance()
    if computed:
        rate = computed / max(seconds, 1e-9)
        note(f"Features of {computed:,} images computed, {rate:.3g} images a second.")
    return np.concatenate(blocks) if blocks else captioner.features([])


class FeaturesInMemory:
    """In-memory cache of the features of image lists.

    Training needs the same lists in every epoch, and the cache on disk would read all files to
    recognize them.

    Args:
        captioner: An `ImageCaptioner` with a frozen encoder.
    """

    def __init__(self, captioner: ImageCaptioner) -> None:
        self._captioner = captioner
        self._kept: dict[tuple[int, ...], tuple[Sequence, np.ndarray]] = {}

    def of(self, images: Sequence) -> np.ndarray:
        """Returns `cached_features`, remembered for the same, unchanged image objects."""
        key = tuple(map(id, images))
        if key not in self._kept:
            # The images are stored too: otherwise new objects could reuse their identities.
            self._kept[key] = images, cached_features(self._captioner, images)
        return self._kept[key][1]


def _kept(path, captioner, images):
    """Returns the features in a cache file, or `None` if they are not there or not all right."""
    kept = _read(path)
    shape = len(images), captioner.backbone.image_encoder.output_shape[-1]
    return kept if kept is not None and (kept.shape, kept.dtype) == (shape, np.float32) else None


def _computed(path, captioner, images):
    features = captioner.features(images)
    path.parent.mkdir(parents=True, exist_ok=True)
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
    # The names of layers are ignored, since Keras numbers them.
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
    """Returns a hash of the pixels with their shape, or of the file."""
    if isinstance(image, np.ndarray):
        kind = repr((image.shape, image.dtype.str)).encode()
        return hashlib.sha256(kind + np.ascontiguousarray(image).tobytes()).digest()
    contents = image if isinstance(image, bytes) else Path(image).read_bytes()
    return hashlib.sha256(contents).digest()
