"""Pictures for the tests, drawn and encoded here."""

import io
import struct
import zlib

import numpy as np
from PIL import Image

RNG = np.random.default_rng(6)
BYTE_ORDERS = {"little": "<", "big": ">"}


def smooth(height, width, channels=3):
    """Distinct pixels whose neighbours are alike, as in photographs: uint8."""
    noise = RNG.integers(0, 256, (height // 8 + 2, width // 8 + 2, channels), np.uint8)
    planes = [Image.fromarray(plane) for plane in np.moveaxis(noise, -1, 0)]
    resized = [plane.resize((width, height), Image.Resampling.BICUBIC) for plane in planes]
    return np.stack([np.asarray(plane) for plane in resized], axis=-1)


def encoded(image, kind, **options):
    """The bytes of a file; `image` is Pillow's, or an array."""
    if isinstance(image, np.ndarray):
        image = Image.fromarray(image)
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def exif(orientation, order="big"):
    """Exif with an orientation among other tags, written by hand."""
    mark = BYTE_ORDERS[order]
    values = {256: 5, 274: orientation, 296: 2}
    entries = [struct.pack(f"{mark}HHIHH", tag, 3, 1, value, 0) for tag, value in values.items()]
    start = b"II*\0" if order == "little" else b"MM\0*"
    # The directory does not follow the header at once.
    header = start + struct.pack(f"{mark}I", 14) + b"......"
    return header + struct.pack(f"{mark}H", len(entries)) + b"".join(entries) + bytes(4)


def with_exif(jpeg, block):
    """A JPEG file with Exif behind its first segment."""
    assert jpeg[:4] == b"\xff\xd8\xff\xe0"
    behind = 4 + int.from_bytes(jpeg[4:6], "big")
    return jpeg[:behind] + app1(block) + jpeg[behind:]


def app1(block):
    content = b"Exif\0\0" + block
    return b"\xff\xe1" + struct.pack(">H", len(content) + 2) + content


def png_chunk(name, content):
    return (
        struct.pack(">I", len(content))
        + name
        + content
        + struct.pack(">I", zlib.crc32(name + content))
    )


def png(width, height, bits, kind, rows, before=b"", behind=b""):
    """A PNG file written by hand: `rows` without filters, `before` and `behind` the pixels."""
    header = struct.pack(">IIBBBBB", width, height, bits, kind, 0, 0, 0)
    unfiltered = b"".join(b"\0" + row for row in rows)
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", header)
        + before
        + png_chunk(b"IDAT", zlib.compress(unfiltered))
        + behind
        + png_chunk(b"IEND", b"")
    )
