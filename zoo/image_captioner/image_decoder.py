"""Encoded images to pixels, inside a TensorFlow graph.

Core operations only, so it runs wherever TensorFlow does: in TF Serving and in `tf.data`.
"""

import tensorflow as tf

from seqzoo.zoo.image_captioner.exif_orientation import exif_orientation, turn_upright
from seqzoo.zoo.image_captioner.image_limits import PIXEL_LIMIT
from seqzoo.zoo.image_captioner.image_segments import jpeg_exif, number, png_chunk

_JPEG = b"\xff\xd8\xff"
# With the start of the header, which is always the first chunk.
_PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
# The types of PNG that store opacity beside grey or colour; the others may have a chunk tRNS.
_TYPES_WITH_OPACITY = (4, 6)


def decode_image(contents: tf.Tensor) -> tf.Tensor:
    """Decodes an image upright, in colour, on white.

    Gives the pixels that `read_image` gives: grey becomes colour, CMYK becomes RGB, 16 bits a
    sample become the upper 8, what is transparent shows white behind it, and the image is turned
    as Exif says.

    Args:
        contents: string (): the bytes of a JPEG or PNG file.

    Returns:
        uint8 (height, width, 3): RGB.

    Raises:
        tf.errors.InvalidArgumentError: When it runs, if the bytes are no JPEG or PNG file, are
            cut short or damaged, or give the image more than 80 million pixels; nothing is
            decoded then.

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
        # Named, as the default of the method is the runtime's choice, and could change.
        return tf.io.decode_jpeg(
            contents, channels=3, dct_method="INTEGER_ACCURATE", fancy_upscaling=True
        )


def _png_pixels(contents, data):
    # The header: width, height, bits of a sample, type.
    width, height = number(data, 16, 4), number(data, 20, 4)
    with tf.control_dependencies([_check_size(height, width)]):
        pixels = tf.io.decode_png(contents, channels=4)
    # Without opacity, the fourth channel is not 255 where a sample has less than 8 bits.
    stores_opacity = tf.reduce_any(number(data, 25, 1) == list(_TYPES_WITH_OPACITY))
    has_opacity = stores_opacity | (tf.size(png_chunk(data, b"tRNS")) > 0)
    return tf.cond(has_opacity, lambda: _on_white(pixels), lambda: pixels[:, :, :3])


def _check_size(height, width):
    return tf.debugging.Assert(
        height * width <= PIXEL_LIMIT,
        [f"An image has more than {PIXEL_LIMIT // 10**6} million pixels; send a smaller copy."],
    )


def _on_white(pixels):
    """Lays colours with opacity (the fourth channel) on white, rounded to the nearest."""
    # 255 * 255 + 127 fits into 16 bits, at half the memory of floats.
    pixels = tf.cast(pixels, tf.uint16)
    colours, opacity = pixels[:, :, :3], pixels[:, :, 3:]
    return tf.cast((colours * opacity + 255 * (255 - opacity) + 127) // 255, tf.uint8)
