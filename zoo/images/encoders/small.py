"""A compact network for small pictures, learned together with the captions."""

from __future__ import annotations

import math

import keras

from seqzoo.core.types import Dtype

SIZE = 256
"""Features of an image."""

_CELLS = 4
_FILTERS = (24, 48, 96, 128)


def small_encoder(height: int, width: int, dtype: Dtype | None = None) -> keras.Model:
    """A convolutional network that keeps where things are.

    Every block halves height and width:

    ```
    x <- relu(normalise(K_2 * relu(normalise(K_1 * x))))
    ```

    * being a convolution by 3 x 3 kernels, K_1 by one cell at a time and K_2 by two, and
    `normalise` a batch normalisation; the first block, of the most cells, has K_2 alone. There are
    as many blocks as lead to about 4 x 4 cells; they have 24, 48, 96, and from there on 128
    filters. The cells are not averaged, as networks for photographs do, but stand side by side
    before the last layer of 256 units, so that it can tell left from right.

    Args:
        height: Of the images, in pixels.
        width: Of the images, in pixels.
        dtype: Type or policy of the layers. Defaults to Keras's own.

    Returns:
        A model from `(batch, height, width, 3)`, colours in 0..255, to `(batch, 256)`.

    Raises:
        ValueError: If the images have fewer than 8 pixels a side.

    >>> small_encoder(64, 64).output_shape
    (None, 256)
    """
    if min(height, width) < 2 * _CELLS:
        raise ValueError(
            f"Argument `image_size` must be at least {2 * _CELLS} for the encoder 'small'. "
            f"Received: {height} x {width}"
        )
    images = keras.Input((height, width, 3), name="images")
    x = keras.layers.Rescaling(1 / 127.5, offset=-1, dtype=dtype, name="rescaled")(images)
    for block in range(round(math.log2(min(height, width) / _CELLS))):
        filters = _FILTERS[min(block, len(_FILTERS) - 1)]
        if block:
            x = _convolved(x, x.shape[-1], 1, f"{block}_kept", dtype)
        x = _convolved(x, filters, 2, f"{block}_halved", dtype)
    x = keras.layers.Flatten(dtype=dtype, name="cells")(x)
    features = keras.layers.Dense(SIZE, dtype=dtype, name="features")(x)
    return keras.Model(images, features, name="small_encoder")


def _convolved(x, filters, strides, name, dtype):
    x = keras.layers.Conv2D(
        filters,
        3,
        strides=strides,
        padding="same",
        use_bias=False,
        kernel_initializer="he_normal",
        dtype=dtype,
        name=f"convolution_{name}",
    )(x)
    # The default momentum would take thousands of batches to forget where it started.
    x = keras.layers.BatchNormalization(momentum=0.9, dtype=dtype, name=f"normalised_{name}")(x)
    return keras.layers.ReLU(dtype=dtype, name=f"relu_{name}")(x)
