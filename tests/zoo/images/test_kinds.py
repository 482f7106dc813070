"""Kinds of pictures that are read rarely, or not at all."""

import doctest

import numpy as np
import pytest

from seqzoo.zoo.images import kinds as image_kinds
from seqzoo.zoo.images.reader import ImageError, read_image
from tests.zoo.images.pictures import bmp, tiff


def refusal(data):
    with pytest.raises(ImageError) as caught:
        read_image(data)
    return str(caught.value)


@pytest.mark.parametrize(
    ("bits", "photometric", "expected"),
    [(12, 1, [0, 128, 255]), (16, 1, [0, 128, 255]), (16, 0, [255, 127, 0])],
    ids=["12", "16", "16 bits, 0 is white"],
)
def test_deep_greys_of_tiff(bits, photometric, expected):
    samples = np.array([[0, 2 ** (bits - 1), 2**bits - 1, 0]])
    digits = (samples[:, :, None] >> np.arange(bits)[::-1]) & 1
    rows = np.packbits(digits.ravel()) if bits < 16 else samples.astype("<u2")
    data = tiff(4, 1, bits, photometric, rows.tobytes())
    assert read_image(data)[0, :3, 0].tolist() == expected


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (tiff(4, 1, 24, 1, bytes(12)), "TIFF"),
        (tiff(4, 1, 8, 1, bytes(4), compression=34887), "TIFF"),
        (tiff(4, 1, 8, 1, bytes(4), compression=50001), "TIFF"),
        (bmp(4, 1, 64), "BMP"),
        (bmp(4, 1, 2), "BMP"),
        (bmp(4, 1, 32, compression=3, masks=(0x3FF00000, 0xFFC00, 0x3FF)), "BMP"),
        (bmp(4, 1, 0, compression=5), "BMP"),
    ],
    ids=["24 bits", "LERC", "WebP in TIFF", "64 bits", "2 bits", "10 bits a channel", "PNG"],
)
def test_kinds_that_pillow_lacks_are_not_called_damaged(data, kind):
    assert refusal(data) == (
        f"The image is a {kind} file of a kind that is not supported, or is incomplete; save the "
        "picture as PNG."
    )


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (b"\0\0\0\x18ftypheic", "HEIC"),
        (b"\0\0\0\x20ftypavif", "AVIF"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL"),
        (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000"),
    ],
)
def test_other_formats_are_named(start, kind):
    assert refusal(start + bytes(99)) == (
        f"The image is in the format {kind}, which is not supported; save it as JPEG, PNG, "
        "WebP, GIF, BMP or TIFF."
    )


def test_examples():
    results = doctest.testmod(image_kinds)
    assert results.attempted
    assert not results.failed
