"""Image decoding inside a TensorFlow graph.

Uses core operations only, so it runs wherever TensorFlow does: in TF Serving and in `tf.data`.
"""

import struct
import zlib

import tensorflow as tf

from seqzoo.zoo.images.exif_orientation import exif_orientation, turn_upright
from seqzoo.zoo.images.file_segments import (
    jpeg_exif,
    number,
    png_chunk,
    png_chunk_start,
)
from seqzoo.zoo.images.limits import PIXEL_LIMIT, TOO_MANY_PIXELS

_JPEG = b"\xff\xd8\xff"
# The signature, and the start of the header, which is always the first chunk.
_PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
# PNG colour types with an alpha channel; the others may have a tRNS chunk.
_TYPES_WITH_OPACITY = (4, 6)
_GREY, _PALETTE = 0, 3
# A complete chunk: length, name and content, checksum. It makes the first palette entry opaque, and
# unlisted entries are opaque too.
_OPAQUE = struct.pack(">I5sI", 1, b"tRNS\xff", zlib.crc32(b"tRNS\xff"))


def decode_image(contents: tf.Tensor) -> tf.Tensor:
    """Decodes an image to upright RGB on a white background.

    Grey and CMYK are converted to RGB, 16-bit samples are reduced to their upper 8 bits,
    transparent parts are blended with white, and the Exif orientation is applied. `read_image` uses
    this function for JPEG and PNG files.

    Args:
        contents: string (): the bytes of a JPEG or PNG file.

    Returns:
        uint8 (height, width, 3): RGB.

    Raises:
        tf.errors.InvalidArgumentError: At run time, if the bytes are not a JPEG or PNG file, are
            truncated or damaged, or declare more than 80 million pixels; then nothing is decoded.

    >>> encoded = tf.io.encode_png(tf.constant([[[9], [7]]], tf.uint8))
    >>> decode_image(encoded).numpy().tolist()
    [[[9, 9, 9], [7, 7, 7]]]
    """
    contents = tf.convert_to_tensor(contents, tf.string)
    data = tf.io.decode_raw(contents, tf.uint8)
    is_jpeg = tf.strings.substr(contents, 0, len(_JPEG)) == _JPEG
    is_png = tf.strings.substr(contents, 0, len(_PNG)) == _PNG
    is_known = tf.debugging.Assert(
        is_jpeg | is_png,
        ["An image is neither JPEG nor PNG; send all the bytes of a JPEG or PNG file."],
    )
    with tf.control_dependencies([is_known]):
        pixels, exif = tf.cond(
            is_jpeg,
            lambda: (_jpeg_pixels(contents), jpeg_exif(data)),
            lambda: (_png_pixels(contents, data), png_chunk(data, b"eXIf")),
        )
    return turn_upright(pixels, exif_orientation(exif))


def _jpeg_pixels(contents):
    height, width, _ = tf.unstack(tf.image.extract_jpeg_shape(contents, tf.int64))
    with tf.control_dependencies([_check_size(height, width)]):
        # The method is explicit, since the default is up to the runtime and could change.
        return tf.io.decode_jpeg(
            contents, channels=3, dct_method="INTEGER_ACCURATE", fancy_upscaling=True
        )


def _png_pixels(contents, data):
    # The header: width, height, bits of a sample, type.
    width, height = number(data, 16, 4), number(data, 20, 4)
    kind = number(data, 25, 1)
    has_transparency = png_chunk_start(data, b"tRNS") > 0
    contents = tf.cond(
        has_transparency & (kind == _PALETTE),
        lambda: _with_opaque_palette(contents, data),
        lambda: contents,
    )
    with tf.control_dependencies([_check_size(height, width)]):
        pixels = tf.io.decode_png(contents, channels=4)
    stores_opacity = tf.reduce_any(kind == list(_TYPES_WITH_OPACITY))
    return tf.cond(
        stores_opacity | has_transparency,
        lambda: _on_white(tf.cond(kind == _GREY, lambda: _all_or_none(pixels), lambda: pixels)),
        lambda: pixels[:, :, :3],
    )


# For samples of less than 8 bits, TensorFlow's fourth channel is not the opacity but the maximum
# sample, 1, 3 or 15, if libpng has found no valid tRNS: none at all, or one that is damaged, too
# long or before the palette.


def _with_opaque_palette(contents, data):
    """Appends a tRNS as a fallback to a PNG file: libpng keeps the first valid one."""
    start = tf.cast(png_chunk_start(data, b"IDAT"), tf.int32)
    before = tf.strings.substr(contents, 0, start)
    return tf.strings.join([before, _OPAQUE, tf.strings.substr(contents, start, -1)])


def _all_or_none(pixels):
    """Sets nonzero opacities to 255: a tRNS of a grey image makes samples opaque or transparent."""
    opacity = tf.where(pixels[:, :, 3:] == 0, tf.constant(0, tf.uint8), tf.constant(255, tf.uint8))
    return tf.concat([pixels[:, :, :3], opacity], axis=-1)


def _check_size(height, width):
    return tf.debugging.Assert(
        height * width <= PIXEL_LIMIT,
        [f"An image has {TOO_MANY_PIXELS}; send a smaller copy."],
    )


def _on_white(pixels):
    """Blends RGBA pixels with white, rounding to nearest."""
    # 255 * 255 + 127 fits into 16 bits, which take half the memory of floats.
    pixels = tf.cast(pixels, tf.uint16)
    colours, opacity = pixels[:, :, :3], pixels[:, :, 3:]
    return tf.cast((colours * opacity + 255 * (255 - opacity) + 127) // 255, tf.uint8)
