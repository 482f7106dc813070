"""EfficientNet-Lite, networks for photographs that are small enough for a phone.

keras-hub has these networks too, but downloads the weights from Kaggle. Here, the weights come from
installed packages, so that captioners can be trained offline.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import keras

from seqzoo.core.types import Dtype, Tensor

SIZE = 1280
"""Size of the feature vector."""

_STEM = 32


class _Stage(NamedTuple):
    """Blocks of one shape; the stride applies to the first one."""

    blocks: int
    kernel: int
    stride: int
    expansion: int
    filters: int


_STAGES = (
    _Stage(blocks=1, kernel=3, stride=1, expansion=1, filters=16),
    _Stage(blocks=2, kernel=3, stride=2, expansion=6, filters=24),
    _Stage(blocks=2, kernel=5, stride=2, expansion=6, filters=40),
    _Stage(blocks=3, kernel=3, stride=2, expansion=6, filters=80),
    _Stage(blocks=3, kernel=5, stride=1, expansion=6, filters=112),
    _Stage(blocks=4, kernel=5, stride=2, expansion=6, filters=192),
    _Stage(blocks=1, kernel=3, stride=1, expansion=6, filters=320),
)


class _Scale(NamedTuple):
    """How a variant scales the network: factors of the numbers of filters and of blocks."""

    width: float
    depth: float


_SCALES = {
    "efficientnet_lite0": _Scale(1.0, 1.0),
    "efficientnet_lite1": _Scale(1.0, 1.1),
    "efficientnet_lite2": _Scale(1.1, 1.2),
}

EFFICIENTNET_LITES = tuple(_SCALES)
"""The names of the variants."""


def efficientnet_lite(
    name: str, height: int, width: int, dtype: Dtype | None = None
) -> keras.Model:
    """Makes an EfficientNet-Lite: EfficientNet (Tan & Le 2019, arXiv:1905.11946) for phones.

    The Lite variant, which the authors published with their code, replaces swish by ReLU6 and omits
    squeeze-and-excitation: both lose accuracy in 8-bit arithmetic. The stages are those of table 1
    in the paper, scaled by the variant; the stem, the head, and the numbers of blocks in the first
    and the last stage are not. A block computes

    ```
    y = n(P * relu6(n(D * relu6(n(E * x)))))        (+ x where shapes allow)
    ```

    E (1 x 1) expands the channels, D (3 x 3 or 5 x 5) is a depthwise convolution, and P (1 x 1)
    projects to fewer channels; each n is a separate batch normalisation. Inputs are scaled to
    (x - 127) / 128, and the output is averaged over positions. The stochastic depth that the
    authors use for training from scratch is omitted.

    Args:
        name: One of `EFFICIENTNET_LITES`.
        height: Height of the images in pixels; the published weights were trained on 224, 240 and
            260 for lite0, lite1 and lite2.
        width: Width of the images in pixels.
        dtype: Type or policy of the layers. Defaults to Keras's own.

    Returns:
        A model from `(batch, height, width, 3)`, colours in 0..255, to `(batch, 1280)`, with 3.4,
        4.1 or 4.8 million weights.
    """
    images = keras.Input((height, width, 3), name="images")
    layers = _Layers(dtype)
    x = keras.layers.Rescaling(1 / 128, offset=-127 / 128, dtype=dtype, name="rescaling")(images)
    x = layers.relu6("stem", layers.convolution("stem", x, _STEM, kernel=3, stride=2))
    block = 0
    for stage in _scaled_stages(_SCALES[name]):
        for repeat in range(stage.blocks):
            x = _block(layers, f"block_{block}", x, stage, stage.stride if repeat == 0 else 1)
            block += 1
    x = layers.relu6("head", layers.convolution("head", x, SIZE))
    features = keras.layers.GlobalAveragePooling2D(dtype=dtype, name="features")(x)
    return keras.Model(images, features, name=name)


def _scaled_stages(scale: _Scale) -> list[_Stage]:
    inner = _STAGES[1:-1]
    blocks = [1, *(math.ceil(scale.depth * stage.blocks) for stage in inner), 1]
    return [
        stage._replace(blocks=count, filters=_multiple_of_eight(scale.width * stage.filters))
        for stage, count in zip(_STAGES, blocks, strict=True)
    ]


def _multiple_of_eight(filters: float) -> int:
    """Rounds to a multiple of 8, upwards if more than a tenth would be lost."""
    rounded = max(8, int(filters + 4) // 8 * 8)
    return rounded if rounded >= 0.9 * filters else rounded + 8


def _block(layers, name, inputs, stage, stride):
    x = inputs
    if stage.expansion > 1:
        filters = stage.expansion * inputs.shape[-1]
        x = layers.relu6(f"{name}_expand", layers.convolution(f"{name}_expand", x, filters))
    x = layers.depthwise(f"{name}_depthwise", x, stage.kernel, stride)
    x = layers.relu6(f"{name}_depthwise", x)
    x = layers.convolution(f"{name}_project", x, stage.filters)
    if x.shape == inputs.shape:
        x = keras.layers.Add(dtype=layers.dtype, name=f"{name}_add")([x, inputs])
    return x


class _Layers:
    """Makes the layers of the network: convolutions with batch normalisation."""

    def __init__(self, dtype: Dtype | None) -> None:
        self.dtype = dtype

    def convolution(
        self, name: str, x: Tensor, filters: int, kernel: int = 1, stride: int = 1
    ) -> Tensor:
        x = keras.layers.Conv2D(
            filters,
            kernel,
            strides=stride,
            padding="same",
            use_bias=False,
            kernel_initializer="he_normal",
            dtype=self.dtype,
            name=f"{name}_convolution",
        )(x)
        return self._normalised(name, x)

    def depthwise(self, name: str, x: Tensor, kernel: int, stride: int) -> Tensor:
        x = keras.layers.DepthwiseConv2D(
            kernel,
            strides=stride,
            padding="same",
            use_bias=False,
            dtype=self.dtype,
            name=f"{name}_convolution",
        )(x)
        return self._normalised(name, x)

    def relu6(self, name: str, x: Tensor) -> Tensor:
        return keras.layers.ReLU(max_value=6, dtype=self.dtype, name=f"{name}_relu6")(x)

    def _normalised(self, name, x):
        return keras.layers.BatchNormalization(
            epsilon=1e-3, dtype=self.dtype, name=f"{name}_normalisation"
        )(x)
