"""A compact encoder for small pictures, trained together with the captioner."""

from __future__ import annotations

import math

import keras

from seqzoo.core.types import Dtype

SIZE = 256
"""Size of the feature vector."""

_CELLS = 4
_FILTERS = (24, 48, 96, 128)


def small_encoder(height: int, width: int, dtype: Dtype | None = None) -> keras.Model:
    """Makes a convolutional network that preserves positions.

    Every block halves height and width:

    ```
    x <- relu(normalise(K_2 * relu(normalise(K_1 * x))))
    ```

    where * is a convolution with 3 x 3 kernels, of stride 1 for K_1 and 2 for K_2, and `normalise`
    is a batch normalisation; the first block, which has the largest input, has K_2 only. Blocks are
    added until about 4 x 4 positions are left; they have 24, 48, 96, and from then on 128 filters.
    Unlike in networks for photographs, the positions are not averaged but flattened for the last
    layer of 256 units, so that it can tell left from right.

    Args:
        height: Of the images, in pixels.
        width: Of the images, in pixels.
        dtype: Type or policy of the layers. Defaults to Keras's own.

    Returns:
        A model from `(batch, height, width, 3)`, colours in 0..255, to `(batch, 256)`.

    Raises:
        ValueError: If a side of the images has fewer than 8 pixels.

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
    # With the default momentum, the moving averages would need thousands of batches to converge.
    x = keras.layers.BatchNormalization(momentum=0.9, dtype=dtype, name=f"normalised_{name}")(x)
    return keras.layers.ReLU(dtype=dtype, name=f"relu_{name}")(x)
