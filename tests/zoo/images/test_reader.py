"""Pictures of users, read; the reference is what was drawn, or Pillow's own way to the pixels."""

import io
import os
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from seqzoo.core.errors import SeqzooError
from seqzoo.zoo.images.limits import PIXEL_LIMIT
from seqzoo.zoo.images.reader import ImageError, read_image
from tests.zoo.images.pictures import (
    BYTE_ORDERS,
    encoded,
    exif,
    png,
    smooth,
    with_exif,
)

PIXELS = smooth(20, 33)
GREY = PIXELS[:, :, 0]
LOSSLESS = {
    "PNG": {},
    "WEBP": {"lossless": True},
    "BMP": {},
    "TIFF": {},
    "TIFF LZW": {"compression": "tiff_lzw"},
}
KINDS = ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"]


def pillows(data):
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


@pytest.fixture
def refuse(tmp_path):
    """Says why a file of some bytes is refused, in one sentence that names it."""

    def message_of(data, name="picture.jpg"):
        path = tmp_path / name
        path.write_bytes(data)
        with pytest.raises(ImageError) as caught:
            read_image(path)
        message = str(caught.value)
        assert message.startswith(f"{path} ")
        assert "\n" not in message
        assert message.endswith(".")
        return message.removeprefix(f"{path} ")

    return message_of


class TestFormats:
    @pytest.mark.parametrize("name", LOSSLESS)
    def test_lossless(self, name):
        data = encoded(PIXELS, name.split()[0], **LOSSLESS[name])
        np.testing.assert_array_equal(read_image(data), PIXELS)

    @pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 2}])
    def test_jpeg(self, options):
        data = encoded(PIXELS, "JPEG", quality=95, **options)
        np.testing.assert_array_equal(read_image(data), pillows(data))
        # Not another picture: what JPEG loses of a smooth one is little.
        assert np.abs(read_image(data).astype(int) - PIXELS).mean() < 5

    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize("mode", ["L", "1", "P"])
    def test_few_colours(self, kind, mode):
        if (kind, mode) in [("JPEG", "P"), ("JPEG", "1")]:
            pytest.skip("JPEG has no palettes and no bits")
        options = {"lossless": True} if kind == "WEBP" else {}
        image = Image.fromarray(GREY).convert(mode)
        data = encoded(image, kind, **options)
        found = read_image(data)
        assert (found == found[:, :, :1]).all()
        np.testing.assert_array_equal(found, pillows(data))
        if kind != "JPEG":
            np.testing.assert_array_equal(found, np.asarray(image.convert("RGB")))

    def test_path_string_and_bytes_are_the_same(self, tmp_path):
        path = tmp_path / "foto.png"
        path.write_bytes(encoded(PIXELS, "PNG"))
        np.testing.assert_array_equal(read_image(path), PIXELS)
        np.testing.assert_array_equal(read_image(str(path)), PIXELS)

    def test_contents_decide_not_the_name(self, tmp_path):
        path = tmp_path / "picture.jpg"
        path.write_bytes(encoded(PIXELS, "PNG"))
        np.testing.assert_array_equal(read_image(path), PIXELS)

    @pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF", "GIF"])
    def test_animation_shows_its_first_frame(self, kind):
        first, second = Image.new("RGB", (8, 6), "red"), Image.new("RGB", (8, 6), "blue")
        options = {"lossless": True} if kind == "WEBP" else {}
        data = encoded(first, kind, save_all=True, append_images=[second], **options)
        with Image.open(io.BytesIO(data)) as image:
            assert image.n_frames == 2
        assert (read_image(data) == [255, 0, 0]).all()

    def test_several_pictures_of_a_phone_in_one_jpeg(self):
        first, second = Image.new("RGB", (8, 6), "red"), Image.new("RGB", (8, 6), "blue")
        data = encoded(first, "MPO", save_all=True, append_images=[second])
        with Image.open(io.BytesIO(data)) as image:
            assert image.format == "MPO"
        # JPEG's colours are not exact.
        np.testing.assert_allclose(read_image(data), np.full((6, 8, 3), [255, 0, 0]), atol=3)

    @pytest.mark.parametrize("kind", KINDS)
    def test_one_pixel(self, kind):
        data = encoded(np.full((1, 1, 3), 255, np.uint8), kind)
        assert read_image(data).tolist() == [[[255, 255, 255]]]

    def test_result_can_be_written_to(self):
        for source in (PIXELS, encoded(PIXELS, "PNG")):
            found = read_image(source)
            found[:] = 0
        assert PIXELS.any()


class TestColours:
    @pytest.mark.parametrize("adobe", [True, False])
    def test_cmyk(self, adobe):
        ink = smooth(16, 24, 4)
        data = encoded(Image.fromarray(ink, "CMYK"), "JPEG", quality=100, subsampling=0)
        if not adobe:
            # Adobe writes CMYK inverted and marks it; unmarked, the same numbers mean ink.
            assert data[2:4] == b"\xff\xee"
            data = data[:2] + data[4 + int.from_bytes(data[4:6], "big") :]
            ink = 255 - ink
        light, key = 255 - ink[:, :, :3].astype(float), 255 - ink[:, :, 3:].astype(float)
        # JPEG at its best quality is off by a few.
        np.testing.assert_allclose(read_image(data), light * key / 255, atol=6)

    @pytest.mark.parametrize("kind", ["PNG", "TIFF"])
    def test_16_bits_of_grey_become_the_upper_8(self, kind):
        values = np.arange(0, 65536, 131, dtype=np.uint16)[:500].reshape(20, 25)
        found = read_image(encoded(values, kind))
        np.testing.assert_array_equal(found, np.stack([values // 256] * 3, axis=-1))

    def test_16_bits_of_colour_become_the_upper_8(self):
        rows = np.random.default_rng(1).integers(0, 65536, (2, 3, 3))
        data = png(3, 2, 16, 2, [row.astype(">u2").tobytes() for row in rows])
        np.testing.assert_array_equal(read_image(data), rows // 256)

    @pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
    def test_opacity_is_laid_on_white(self, kind):
        pixels = smooth(20, 33, 4)
        options = {"lossless": True, "exact": True} if kind == "WEBP" else {}
        opacity = pixels[:, :, 3:] / 255
        expected = pixels[:, :, :3] * opacity + 255 * (1 - opacity)
        # Half a step of rounding, and as much for Pillow's integers.
        np.testing.assert_allclose(read_image(encoded(pixels, kind, **options)), expected, atol=1)

    @pytest.mark.parametrize("kind", ["PNG", "GIF"])
    def test_transparent_colour_of_a_palette(self, kind):
        image = Image.new("P", (2, 1))
        image.putpalette([10, 20, 30, 40, 50, 60])
        image.putpixel((1, 0), 1)
        data = encoded(image, kind, transparency=1)
        assert read_image(data).tolist() == [[[10, 20, 30], [255, 255, 255]]]

    @pytest.mark.parametrize(
        ("dtype", "words"), [("int32", "32-bit integers"), ("float32", "float")]
    )
    def test_samples_without_a_known_white_are_refused(self, refuse, dtype, words):
        message = refuse(encoded(GREY.astype(dtype), "TIFF"))
        assert words in message
        assert "save it with 8 or 16 bits" in message


class TestOrientation:
    @pytest.mark.parametrize("order", BYTE_ORDERS)
    @pytest.mark.parametrize("orientation", range(1, 9))
    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
    def test_as_pillow_turns_it(self, kind, orientation, order):
        data = encoded(PIXELS, kind, exif=b"Exif\0\0" + exif(orientation, order))
        upright = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
        np.testing.assert_array_equal(read_image(data), np.asarray(upright))

    @pytest.mark.parametrize("orientation", range(1, 9))
    def test_tiff(self, orientation):
        data = encoded(PIXELS, "TIFF", tiffinfo={274: orientation})
        jpeg = encoded(PIXELS, "PNG", exif=b"Exif\0\0" + exif(orientation))
        np.testing.assert_array_equal(read_image(data), read_image(jpeg))

    def test_quarter_turn(self):
        """Orientation 6: the top of the picture is the right of what is stored."""
        data = encoded(PIXELS, "PNG", exif=b"Exif\0\0" + exif(6))
        np.testing.assert_array_equal(read_image(data), np.rot90(PIXELS, -1))

    @pytest.mark.parametrize("orientation", [0, 9, 65535])
    def test_unknown_orientation_is_ignored(self, orientation):
        data = with_exif(encoded(PIXELS, "JPEG"), exif(orientation))
        np.testing.assert_array_equal(read_image(data), pillows(data))

    def test_orientation_of_xmp_is_ignored(self):
        xmp = b'<x:xmpmeta xmlns:tiff="t" tiff:Orientation="6"/>'
        data = encoded(PIXELS, "JPEG", xmp=xmp)
        assert ImageOps.exif_transpose(Image.open(io.BytesIO(data))).size == (20, 33)
        assert read_image(data).shape == (20, 33, 3)

    @given(st.binary(max_size=60), st.integers(0, 40))
    @settings(max_examples=100, deadline=None)
    def test_damaged_exif_is_ignored(self, noise, kept):
        data = encoded(np.zeros((2, 3), np.uint8), "JPEG")
        found = read_image(with_exif(data, exif(6)[:kept] + noise))
        assert found.shape in [(2, 3, 3), (3, 2, 3)]


class TestArrays:
    @pytest.mark.parametrize("pixels", [GREY, GREY[:, :, None]])
    def test_grey(self, pixels):
        np.testing.assert_array_equal(read_image(pixels), np.stack([GREY] * 3, axis=-1))

    def test_colour(self):
        np.testing.assert_array_equal(read_image(PIXELS), PIXELS)
        np.testing.assert_array_equal(read_image(PIXELS[::-1, ::2]), PIXELS[::-1, ::2])

    def test_opacity_is_as_in_a_file(self):
        pixels = smooth(20, 33, 4)
        np.testing.assert_array_equal(read_image(pixels), read_image(encoded(pixels, "PNG")))

    @pytest.mark.parametrize("dtype", ["float32", "int64", "bool", "uint16"])
    def test_other_types_are_refused(self, dtype):
        with pytest.raises(ImageError, match=f"{dtype} does not say what is white; give uint8"):
            read_image(PIXELS.astype(dtype))

    @pytest.mark.parametrize("shape", [(), (3,), (4, 4, 2), (4, 4, 5), (1, 4, 4, 3)])
    def test_other_shapes_are_refused(self, shape):
        with pytest.raises(
            ImageError, match=r"shape \(.*\) is not an image; give \(height, width\)"
        ):
            read_image(np.zeros(shape, np.uint8))

    @pytest.mark.parametrize("shape", [(0, 4), (4, 0, 3)])
    def test_no_pixels(self, shape):
        with pytest.raises(ImageError, match="has no pixels"):
            read_image(np.zeros(shape, np.uint8))

    def test_other_things_are_refused(self):
        with pytest.raises(ImageError, match="cannot be of type list; give a path"):
            read_image([[0, 255]])


class TestFiles:
    def test_missing(self, tmp_path):
        with pytest.raises(ImageError, match=r"no\.jpg does not exist; check the path\.$"):
            read_image(tmp_path / "no.jpg")

    def test_folder(self, tmp_path):
        with pytest.raises(ImageError, match="is a folder; give one of the pictures in it"):
            read_image(tmp_path)

    def test_empty(self, refuse):
        assert refuse(b"") == "is empty; copy or download the picture again."
        with pytest.raises(ImageError, match="The image is empty"):
            read_image(b"")

    def test_pipe_is_not_waited_for(self, tmp_path):
        os.mkfifo(tmp_path / "pipe.jpg")
        with pytest.raises(ImageError, match=r"pipe\.jpg is not a regular file"):
            read_image(tmp_path / "pipe.jpg")

    def test_name_too_long(self):
        with pytest.raises(ImageError, match=r"cannot be opened \(File name too long\)"):
            read_image("a" * 300 + ".jpg")

    @pytest.mark.parametrize(
        "name", ["São João, 1º dia.png", "猫 'of' \"all\" #1%20.png", "-r.png"]
    )
    def test_unusual_names(self, tmp_path, refuse, name):
        assert "is not a readable picture" in refuse(b"text", name)
        (tmp_path / name).write_bytes(encoded(PIXELS, "PNG"))
        np.testing.assert_array_equal(read_image(tmp_path / name), PIXELS)

    @pytest.mark.parametrize("name", [b"a\nb.png", b"caf\xe9.png", b"\x1b[31m.png"])
    def test_names_that_no_terminal_shows(self, tmp_path, name):
        path = os.path.join(os.fsencode(tmp_path), name)
        with open(path, "wb") as file:
            file.write(encoded(PIXELS, "PNG"))
        np.testing.assert_array_equal(read_image(os.fsdecode(path)), PIXELS)
        with open(path, "wb") as file:
            file.write(b"text")
        with pytest.raises(ImageError) as caught:
            read_image(os.fsdecode(path))
        assert str(caught.value).isprintable()
        str(caught.value).encode("utf-8")

    def test_null_byte_in_a_name(self):
        with pytest.raises(ImageError, match="does not exist"):
            read_image("a\0b.jpg")

    @pytest.mark.parametrize("data", [b"text", b"%!PS-Adobe-3.0 EPSF-3.0\n", b"<svg/>", b"\0" * 99])
    def test_no_picture(self, refuse, data):
        assert refuse(data) == (
            "is not a readable picture; give one of JPEG, PNG, WebP, GIF, BMP or TIFF."
        )

    def test_message_for_bytes(self):
        with pytest.raises(ImageError, match=r"^The image is not a readable picture; give"):
            read_image(b"text")

    def test_error_is_for_the_user(self):
        assert issubclass(ImageError, SeqzooError)


class TestDamage:
    @pytest.mark.parametrize("kind", KINDS)
    def test_cut_short(self, refuse, kind):
        data = encoded(smooth(60, 80), kind)
        message = refuse(data[: len(data) // 2])
        assert "copy or download the picture again." in message or "no picture" in message

    @pytest.mark.parametrize("kind", KINDS)
    def test_never_another_error(self, kind):
        """Bytes changed at random: the picture is read, or refused in one sentence."""
        rng = np.random.default_rng(KINDS.index(kind))
        data = encoded(smooth(10, 12), kind)
        messages = []
        for _ in range(300):
            changed = bytearray(data)
            # The start of a file is where its structure is.
            for place in rng.integers(
                0, min(len(data), 120) if rng.random() < 0.7 else len(data), 3
            ):
                changed[place] = rng.integers(256)
            try:
                found = read_image(bytes(changed))
            except ImageError as error:
                messages.append(str(error))
            else:
                assert found.dtype == np.uint8
                assert found.shape[2:] == (3,)
        # All of PNG's, whose chunks have checksums.
        assert len(messages) > 10
        assert all(message.endswith(".") and "\n" not in message for message in messages)


class TestSize:
    @pytest.mark.parametrize(
        ("width", "height"),
        [(PIXEL_LIMIT + 1, 1), (8001, 10000), (20000, 20000), (2**31 - 1, 2**31 - 1)],
    )
    def test_bombs_are_refused_before_they_are_decoded(self, refuse, width, height):
        assert refuse(png(width, height, 8, 2, [b""])) == (
            "has more than 80 million pixels; give a smaller copy."
        )

    def test_gif_whose_frame_is_larger_than_it_says(self, refuse):
        data = bytearray(encoded(Image.new("L", (4, 4)), "GIF"))
        place = data.index(b"\x2c\0\0\0\0\4\0\4\0")
        data[place + 5 : place + 9] = struct.pack("<HH", 65535, 65535)
        assert "million pixels" in refuse(bytes(data))

    @pytest.mark.slow
    def test_50_megapixels(self):
        tiles = smooth(50, 100)
        data = encoded(np.tile(tiles, (100, 100, 1)), "BMP")
        found = read_image(data)
        assert found.shape == (5000, 10000, 3)
        np.testing.assert_array_equal(found[-50:, -100:], tiles)
