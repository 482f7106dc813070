"""Files that two decoders would read differently: Python and the graph read them alike, or neither.

The pixels that are expected come from the samples that a file was written of.
"""

import io
import struct
import zlib

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from seqzoo.export.parity.c_runtime import Call, run_signatures
from seqzoo.zoo.images.decoder import decode_image
from seqzoo.zoo.images.reader import ImageError, read_image
from tests.zoo.images.pictures import (
    BYTE_ORDERS,
    app1,
    encoded,
    exif,
    exif_of_type,
    packed_rows,
    png,
    png_chunk,
    smooth,
    with_wrong_checksum,
)

IMAGE = [tf.TensorSpec([], tf.string, name="image")]
decode_in_graph = tf.function(decode_image, input_signature=IMAGE, autograph=False)

PIXELS = smooth(20, 33)
ROWS = [row.tobytes() for row in PIXELS]
SIGNATURE = b"\x89PNG\r\n\x1a\n"
HEADER = png_chunk(b"IHDR", struct.pack(">IIBBBBB", 33, 20, 8, 2, 0, 0, 0))
SAMPLES = zlib.compress(b"".join(b"\0" + row for row in ROWS))
DATA, END = png_chunk(b"IDAT", SAMPLES), png_chunk(b"IEND", b"")
JPEG = encoded(PIXELS, "JPEG")
TURNED = np.rot90(PIXELS, -1)


def colour_png(before=b"", after=b""):
    """A PNG file of `PIXELS` with other chunks."""
    return SIGNATURE + HEADER + before + DATA + after + END


def numbers(values):
    """The content of tRNS in a PNG file of grey or colour."""
    return b"".join(struct.pack(">H", value) for value in values)


def transparent(samples, bits, key):
    """Grey `(height, width)` or colour `(height, width, 3)`: as it is seen, with `key` clear."""
    scaled = samples >> 8 if bits == 16 else samples * (255 // (2**bits - 1))
    colours = np.broadcast_to(np.atleast_3d(scaled), (*samples.shape[:2], 3)).copy()
    if key is not None:
        colours[(np.atleast_3d(samples) == key).all(axis=-1)] = 255
    return colours


def transparency_cases():
    """Every depth of grey and colour, with a tRNS that counts, and with such as do not."""
    rng = np.random.default_rng(7)
    for kind, bits in [(0, 1), (0, 2), (0, 4), (0, 8), (0, 16), (2, 8), (2, 16)]:
        channels = 3 if kind == 2 else 1
        samples = rng.integers(0, 2**bits, (6, 8, channels))
        key, other = samples[0, 0], samples[0, 1]
        # Samples that share the upper byte with the transparent one are not transparent.
        samples[1] = key ^ 1
        rows = packed_rows(samples.reshape(6, -1), bits)
        chunk = png_chunk(b"tRNS", numbers(key))
        clear, opaque = transparent(samples, bits, key), transparent(samples, bits, None)
        for name, before, after, expected in [
            ("none", b"", b"", opaque),
            ("valid", chunk, b"", clear),
            ("twice", chunk + png_chunk(b"tRNS", numbers(other)), b"", clear),
            ("too short", png_chunk(b"tRNS", numbers(key)[1:]), b"", opaque),
            ("too long", png_chunk(b"tRNS", numbers(key) + b"\0"), b"", opaque),
            ("empty", png_chunk(b"tRNS", b""), b"", opaque),
            ("wrong checksum", with_wrong_checksum(chunk), b"", opaque),
            ("wrong, then valid", png_chunk(b"tRNS", b"") + chunk, b"", clear),
            ("after the pixels", b"", chunk, opaque),
        ]:
            yield (
                f"tRNS {name}, kind {kind}, {bits} bits",
                (
                    png(8, 6, bits, kind, rows, before, after),
                    expected,
                ),
            )
    # Of fewer than 16 bits, the higher ones of the transparent grey do not count.
    samples = np.array([[5, 9]])
    yield (
        "tRNS with higher bits",
        (
            png(2, 1, 4, 0, packed_rows(samples, 4), png_chunk(b"tRNS", b"\x12\x35")),
            transparent(samples, 4, [5]),
        ),
    )


def palette_cases():
    """Every depth of a palette, with opacities that count, and with such as do not."""
    rng = np.random.default_rng(8)
    for bits in (1, 2, 4, 8):
        colours = rng.integers(0, 256, (2**bits, 3))
        opacity = rng.integers(0, 256, (2**bits, 1))
        # All as the filler that TensorFlow takes for a file without opacity.
        filler = np.full_like(opacity, 2**bits - 1)
        samples = rng.integers(0, 2**bits, (4, 8))
        palette = png_chunk(b"PLTE", colours.astype("uint8").tobytes())
        content = opacity.astype("uint8").tobytes()
        chunk = png_chunk(b"tRNS", content)
        after = np.concatenate([opacity[:1], np.full_like(opacity[1:], 255)])
        for name, before, opacities in [
            ("none", palette, None),
            ("valid", palette + chunk, opacity),
            ("of the filler", palette + png_chunk(b"tRNS", bytes(filler[:, 0].tolist())), filler),
            ("of one entry", palette + png_chunk(b"tRNS", content[:1]), after),
            ("before the palette", chunk + palette, None),
            ("too long", palette + png_chunk(b"tRNS", content + b"\0"), None),
            ("empty", palette + png_chunk(b"tRNS", b""), None),
            ("wrong checksum", palette + with_wrong_checksum(chunk), None),
            ("twice", palette + chunk + png_chunk(b"tRNS", b"\0"), opacity),
        ]:
            entries = colours
            if opacities is not None:
                entries = np.rint((colours * opacities + 255 * (255 - opacities)) / 255)
            yield (
                f"palette of {bits} bits, tRNS {name}",
                (
                    png(8, 4, bits, 3, packed_rows(samples, bits), before),
                    entries[samples],
                ),
            )


def orientation_cases():
    """EXIF by hand: how the number is stored, and where."""
    stored = {1: True, 3: True, 4: True, 2: False, 5: False, 6: False, 8: False, 9: False}
    for order in BYTE_ORDERS:
        for type_, counts in stored.items():
            chunk = png_chunk(b"eXIf", exif_of_type(type_, 6, order))
            yield (
                f"orientation of type {type_}, {order}",
                (
                    colour_png(chunk),
                    TURNED if counts else PIXELS,
                ),
            )
        for number in (0, 9, 2**16 + 6):
            chunk = png_chunk(b"eXIf", exif_of_type(4, number, order))
            yield f"orientation {number}, {order}", (colour_png(chunk), PIXELS)
    six, three = (png_chunk(b"eXIf", exif(number)) for number in (6, 3))
    yield "eXIf with JPEG's prefix", (colour_png(png_chunk(b"eXIf", b"Exif\0\0" + exif(6))), TURNED)
    yield "eXIf twice", (colour_png(six + three), TURNED)
    yield "eXIf after the pixels", (colour_png(after=six), PIXELS)
    yield "eXIf with a wrong checksum", (colour_png(with_wrong_checksum(six)), TURNED)
    # The second directory is the thumbnail's.
    first = b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, 256, 3, 1, 33, 0, 26)
    second = struct.pack(">HHHIHHI", 1, 274, 3, 1, 6, 0, 0)
    yield "orientation of the thumbnail", (colour_png(png_chunk(b"eXIf", first + second)), PIXELS)


def chunk_cases():
    """PNG files whose chunks are unusual, and PNG files that are damaged."""
    text = png_chunk(b"tEXt", b"Comment\0Hello")
    bomb = zlib.compress(bytes(10**8))
    animation = [
        png_chunk(b"acTL", struct.pack(">II", 2, 0)),
        png_chunk(b"fcTL", struct.pack(">IIIIIHHBB", 0, 33, 20, 0, 0, 1, 1, 0, 0)),
        png_chunk(b"fcTL", struct.pack(">IIIIIHHBB", 1, 33, 20, 0, 0, 1, 1, 0, 0))
        + png_chunk(b"fdAT", struct.pack(">I", 2) + zlib.compress(bytes(100 * 20))),
    ]
    chunks = {
        "gamma": png_chunk(b"gAMA", struct.pack(">I", 100000)),
        "sRGB": png_chunk(b"sRGB", b"\0"),
        "background": png_chunk(b"bKGD", bytes(6)),
        "significant bits": png_chunk(b"sBIT", b"\5\5\5"),
        "suggested palette": png_chunk(b"PLTE", bytes(9)),
        "broken chromaticities": png_chunk(b"cHRM", b"\0\0\0"),
        "broken profile": png_chunk(b"iCCP", b"x\0\0abc"),
        "profile of 100 MB": png_chunk(b"iCCP", b"x\0\0" + bomb),
        "zTXt of 100 MB": png_chunk(b"zTXt", b"Comment\0\0" + bomb),
        "iTXt of 100 MB": png_chunk(b"iTXt", b"Comment\0\1\0\0\0" + bomb),
        "texts of 70 MB": png_chunk(b"tEXt", b"Comment\0" + b"a" * 10**6) * 70,
        "text with a wrong checksum": with_wrong_checksum(text),
        "gamma with a wrong checksum": with_wrong_checksum(png_chunk(b"gAMA", bytes(4))),
        "unknown chunk that may be skipped": png_chunk(b"prVt", b"x"),
        "no pixels in the first chunk of pixels": png_chunk(b"IDAT", b""),
    }
    yield from ((name, (colour_png(chunk), PIXELS)) for name, chunk in chunks.items())
    yield (
        "animation",
        (
            colour_png(animation[0] + animation[1], animation[2]),
            PIXELS,
        ),
    )
    yield (
        "text after the pixels, wrong checksum",
        (
            colour_png(after=with_wrong_checksum(text)),
            PIXELS,
        ),
    )
    yield "more after the end", (colour_png() + b"more" * 9, PIXELS)
    parts = png_chunk(b"IDAT", SAMPLES[:50]), png_chunk(b"IDAT", SAMPLES[50:])
    yield "pixels in two chunks", (SIGNATURE + HEADER + parts[0] + parts[1] + END, PIXELS)
    few = zlib.compress(b"".join(b"\0" + row for row in ROWS[:-1]))
    for name, data in {
        "no IEND": SIGNATURE + HEADER + DATA,
        "wrong checksum of IEND": SIGNATURE + HEADER + DATA + with_wrong_checksum(END),
        "wrong checksum of IHDR": SIGNATURE + with_wrong_checksum(HEADER) + DATA + END,
        "wrong checksum of IDAT": SIGNATURE + HEADER + with_wrong_checksum(DATA) + END,
        "unknown critical chunk": colour_png(png_chunk(b"ABCD", b"x")),
        "unknown critical chunk after": colour_png(after=png_chunk(b"ABCD", b"x")),
        "Apple's own PNG": SIGNATURE + png_chunk(b"CgBI", b"\x50\0 \2") + HEADER + DATA + END,
        "two headers": colour_png(HEADER),
        "no pixels": SIGNATURE + HEADER + END,
        "too few rows": SIGNATURE + HEADER + png_chunk(b"IDAT", few) + END,
        "no checksum of the samples": SIGNATURE + HEADER + png_chunk(b"IDAT", SAMPLES[:-4]) + END,
        "text between the pixels": SIGNATURE + HEADER + parts[0] + text + parts[1] + END,
        "palette that is missing": png(8, 1, 8, 3, [bytes(8)]),
        "two palettes": png(8, 1, 8, 3, [bytes(8)], png_chunk(b"PLTE", bytes(3)) * 2),
        "palette of 257": png(8, 1, 8, 3, [bytes(8)], png_chunk(b"PLTE", bytes(771))),
        "interlaced in an unknown way": SIGNATURE
        + png_chunk(b"IHDR", struct.pack(">IIBBBBB", 33, 20, 8, 2, 0, 0, 2))
        + DATA
        + END,
        "cut short": (SIGNATURE + HEADER + DATA)[:-99],
    }.items():
        yield name, (data, None)


def interlaced_case():
    """A PNG file whose pixels come in seven passes (Adam7)."""
    starts = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4)]
    starts += [(2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]
    passes = [PIXELS[row::down, column::right] for row, column, down, right in starts]
    rows = b"".join(b"\0" + row.tobytes() for part in passes for row in part)
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", 33, 20, 8, 2, 0, 0, 1))
    return SIGNATURE + header + png_chunk(b"IDAT", zlib.compress(rows)) + END, PIXELS


def jpeg_cases():
    """JPEG files that are damaged, and such that only look so."""
    expected = np.asarray(Image.open(io.BytesIO(JPEG)))
    ink = smooth(20, 33, 4)
    cmyk = encoded(Image.fromarray(ink, "CMYK"), "JPEG", quality=100, subsampling=0)
    light = 255 - ink.astype(int)
    yield (
        "orientation as LONG in JPEG",
        (
            JPEG[:2] + app1(exif_of_type(4, 6, "little")) + JPEG[2:],
            np.rot90(expected, -1),
        ),
    )
    yield "JPEG with more after the end", (JPEG + b"more" * 99, expected)
    yield "JPEG without its last byte", (JPEG[:-1], None)
    yield "JPEG cut short", (JPEG[: len(JPEG) * 2 // 3], None)
    yield "progressive JPEG cut short", (encoded(PIXELS, "JPEG", progressive=True)[:-200], None)
    yield "CMYK of Adobe", (cmyk, light[:, :, :3] * light[:, :, 3:] / 255)


FILES = {
    **dict(transparency_cases()),
    **dict(palette_cases()),
    **dict(orientation_cases()),
    **dict(chunk_cases()),
    "interlaced": interlaced_case(),
    **dict(jpeg_cases()),
}
# CMYK at its best quality is off by a few; see `test_image_reader`.
TOLERANCES = {"CMYK of Adobe": 6}


@pytest.mark.parametrize("name", FILES)
def test_python_and_graph_see_what_was_written(name):
    data, expected = FILES[name]
    if expected is None:
        with pytest.raises(ImageError, match=r"^The image is cut short or damaged.*again\.$"):
            read_image(data)
        with pytest.raises(tf.errors.InvalidArgumentError):
            decode_in_graph(data)
    else:
        found = read_image(data)
        np.testing.assert_allclose(found, expected, atol=TOLERANCES.get(name, 0))
        np.testing.assert_array_equal(decode_in_graph(data), found)


@pytest.mark.slow
def test_outside_python(tmp_path):
    """The same files through a SavedModel in TensorFlow's C runtime."""

    class Decoder(tf.Module):
        @tf.function(input_signature=IMAGE, autograph=False)
        def decode(self, image):
            return {"pixels": tf.cast(decode_image(image), tf.int32)}

    module = Decoder()
    tf.saved_model.save(module, tmp_path, signatures={"decode": module.decode})
    read = [data for data, expected in FILES.values() if expected is not None]
    calls = [Call("decode", {"image": np.array(data, object)}) for data in read]
    for data, outputs in zip(read, run_signatures(tmp_path, calls), strict=True):
        np.testing.assert_array_equal(outputs["pixels"], read_image(data))


def test_webp_is_turned_by_the_same_rule():
    for type_, expected in [(1, TURNED), (4, TURNED), (8, PIXELS)]:
        block = b"Exif\0\0" + exif_of_type(type_, 6, "little")
        data = encoded(PIXELS, "WEBP", lossless=True, exif=block)
        np.testing.assert_array_equal(read_image(data), expected)
