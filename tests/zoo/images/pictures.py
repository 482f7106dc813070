"""Pictures for the tests, drawn and encoded here."""

import io
import struct
import zlib

import numpy as np
from PIL import Image

BYTE_ORDERS = {"little": "<", "big": ">"}


def smooth(height, width, channels=3, rng=None):
    """Distinct pixels whose neighbours are alike, as in photographs: uint8."""
    # One generator for all would make a picture depend on the tests that are collected before.
    rng = rng or np.random.default_rng([6, height, width, channels])
    noise = rng.integers(0, 256, (height // 8 + 2, width // 8 + 2, channels), np.uint8)
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
    """A JPEG file with Exif after its first segment."""
    assert jpeg[:4] == b"\xff\xd8\xff\xe0"
    after = 4 + int.from_bytes(jpeg[4:6], "big")
    return jpeg[:after] + app1(block) + jpeg[after:]


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


def png(width, height, bits, kind, rows, before=b"", after=b""):
    """A PNG file written by hand: `rows` without filters, `before` and `after` the pixels."""
    header = struct.pack(">IIBBBBB", width, height, bits, kind, 0, 0, 0)
    unfiltered = b"".join(b"\0" + row for row in rows)
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", header)
        + before
        + png_chunk(b"IDAT", zlib.compress(unfiltered))
        + after
        + png_chunk(b"IEND", b"")
    )


def with_wrong_checksum(chunk):
    """A chunk of PNG whose last bit is another."""
    return chunk[:-1] + bytes([chunk[-1] ^ 1])


def packed_rows(samples, bits):
    """The rows of a PNG file without filters, of samples `(height, samples)` of some bits."""
    if bits >= 8:
        return [row.astype(f">u{bits // 8}").tobytes() for row in samples]
    digits = (samples[:, :, None] >> np.arange(bits)[::-1]) & 1
    return [np.packbits(row.ravel()).tobytes() for row in digits]


def exif_of_type(type_, orientation, order):
    """Exif whose orientation is a number of one of TIFF's types, of 1, 2 or 4 bytes."""
    mark = BYTE_ORDERS[order]
    code = {1: "B", 2: "B", 3: "H", 4: "I", 5: "I", 6: "b", 8: "h", 9: "i"}[type_]
    value = struct.pack(f"{mark}{code}", orientation).ljust(4, b"\0")
    start = b"II*\0" if order == "little" else b"MM\0*"
    entry = struct.pack(f"{mark}HHI", 274, type_, 1) + value
    return start + struct.pack(f"{mark}IH", 8, 1) + entry + bytes(4)


def tiff(width, height, bits, photometric, samples, compression=1):
    """A TIFF file of one channel, written by hand; `samples` follow its header."""
    tags = {256: width, 257: height, 258: bits, 259: compression, 262: photometric, 273: 8}
    tags |= {277: 1, 278: height, 279: len(samples)}
    samples += bytes(len(samples) % 2)
    entries = [struct.pack("<HHII", tag, 4, 1, value) for tag, value in sorted(tags.items())]
    directory = struct.pack("<H", len(entries)) + b"".join(entries) + bytes(4)
    return b"II*\0" + struct.pack("<I", 8 + len(samples)) + samples + directory


def bmp(width, height, bits, compression=0, masks=()):
    """A BMP file of zeros, written by hand."""
    samples = bytes((width * bits + 31) // 32 * 4 * height)
    more = struct.pack(f"<{len(masks)}I", *masks)
    header = struct.pack(
        "<IiiHHIIiiII", 40, width, height, 1, bits, compression, len(samples), 0, 0, 0, 0
    )
    start = 14 + len(header + more)
    return b"BM" + struct.pack("<IHHI", start + len(samples), 0, 0, start) + header + more + samples
