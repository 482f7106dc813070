"""The decoder in the graph: Pillow's pixels, in a SavedModel and outside Python too."""

import io

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from seqzoo.export.parity.c_runtime import Call, CRuntimeError, run_signatures
from seqzoo.zoo.images.decoder import decode_image
from seqzoo.zoo.images.exif_orientation import exif_orientation
from seqzoo.zoo.images.file_segments import SEGMENT_LIMIT, jpeg_exif
from seqzoo.zoo.images.limits import PIXEL_LIMIT
from seqzoo.zoo.images.reader import read_image
from tests.zoo.images.pictures import (
    BYTE_ORDERS,
    app1,
    encoded,
    exif,
    png,
    png_chunk,
    smooth,
    with_exif,
)

decode_in_graph = tf.function(
    decode_image, input_signature=[tf.TensorSpec([], tf.string)], autograph=False
)
PIXELS = smooth(20, 33)
JPEG = encoded(PIXELS, "JPEG")
BYTES = tf.TensorSpec([None], tf.uint8)
orientation_in_graph = tf.function(exif_orientation, input_signature=[BYTES], autograph=False)
exif_in_graph = tf.function(jpeg_exif, input_signature=[BYTES], autograph=False)


def bytes_of(data):
    return tf.io.decode_raw(data, tf.uint8)


def decoded(data):
    return decode_in_graph(data).numpy()


def refusal(data):
    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        decode_in_graph(data)
    return caught.value.message


class TestPixels:
    @pytest.mark.parametrize(
        "options",
        [{}, {"progressive": True}, {"subsampling": 0}, {"subsampling": 2, "quality": 40}],
    )
    @pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
    def test_jpeg(self, mode, options):
        data = encoded(Image.fromarray(PIXELS).convert(mode), "JPEG", **options)
        # The same method of the same library; CMYK is rounded down here and to the nearest there.
        atol = 1 if mode == "CMYK" else 0
        np.testing.assert_allclose(decoded(data).astype(int), read_image(data), atol=atol)

    def test_cmyk_without_adobes_mark(self):
        data = encoded(Image.fromarray(smooth(16, 24, 4), "CMYK"), "JPEG")
        data = data[:2] + data[4 + int.from_bytes(data[4:6], "big") :]
        np.testing.assert_allclose(decoded(data).astype(int), read_image(data), atol=1)

    @pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
    def test_png(self, mode):
        data = encoded(Image.fromarray(smooth(20, 33, 4)).convert(mode), "PNG")
        np.testing.assert_array_equal(decoded(data), read_image(data))

    # Of fewer bits, Pillow compares the transparent grey with greys that it has scaled.
    @pytest.mark.parametrize(
        ("bits", "transparency"), [(1, b""), (2, b""), (4, b""), (8, b""), (8, b"\0\2")]
    )
    def test_grey_png_of_few_bits(self, bits, transparency):
        """The fourth channel that TensorFlow gives is not 255 here, and is not opacity."""
        before = png_chunk(b"tRNS", transparency) if transparency else b""
        data = png(8, 2, bits, 0, [bytes(range(27, 27 + bits)), bytes(range(bits))], before)
        np.testing.assert_array_equal(decoded(data), read_image(data))

    @pytest.mark.parametrize("transparency", [b"", b"\xff\0\x80"])
    @pytest.mark.parametrize("bits", [1, 2, 4, 8])
    def test_palette_of_few_bits(self, bits, transparency):
        before = png_chunk(b"PLTE", bytes(range(0, 255, 255 // (3 * 2**bits) or 1))[: 3 * 2**bits])
        if bits == 8:
            before = png_chunk(b"PLTE", np.random.default_rng(2).bytes(768))
        if transparency:
            before += png_chunk(b"tRNS", transparency[: 2**bits])
        data = png(8, 2, bits, 3, [bytes(range(27, 27 + bits)), bytes(range(bits))], before)
        np.testing.assert_array_equal(decoded(data), read_image(data))

    @pytest.mark.parametrize(("kind", "channels"), [(0, 1), (2, 3), (4, 2), (6, 4)])
    def test_16_bits(self, kind, channels):
        rows = np.random.default_rng(kind).integers(0, 65536, (4, 6 * channels)).astype(">u2")
        data = png(6, 4, 16, kind, [row.tobytes() for row in rows])
        np.testing.assert_array_equal(decoded(data), read_image(data))

    def test_every_opacity_of_every_grey(self):
        greys, opacities = np.meshgrid(np.arange(256), np.arange(256))
        pixels = np.stack([greys, opacities], axis=-1).astype(np.uint8)
        expected = np.rint((greys * opacities + 255.0 * (255 - opacities)) / 255)
        found = decoded(encoded(Image.fromarray(pixels, "LA"), "PNG"))
        np.testing.assert_array_equal(found, np.stack([expected] * 3, axis=-1))

    def test_one_pixel(self):
        assert decoded(encoded(np.full((1, 1, 3), 7, np.uint8), "PNG")).tolist() == [[[7, 7, 7]]]


class TestOrientation:
    @pytest.mark.parametrize("order", BYTE_ORDERS)
    @pytest.mark.parametrize("orientation", [*range(10), 65535])
    @pytest.mark.parametrize("kind", ["JPEG", "PNG"])
    def test_as_pillow_turns_it(self, kind, orientation, order):
        data = encoded(PIXELS, kind, exif=b"Exif\0\0" + exif(orientation, order))
        upright = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
        np.testing.assert_array_equal(decoded(data), np.asarray(upright))

    def test_exif_behind_other_segments_and_fill_bytes(self):
        other = b"\xff\xe1" + b"\0\x20" + b"http://ns.adobe.com/xap/1.0/\0\0"
        data = JPEG[:2] + other + b"\xff\xff\xff" + app1(exif(6)) + JPEG[2:]
        assert decoded(data).shape == (33, 20, 3)
        np.testing.assert_array_equal(decoded(data), read_image(data))

    def test_exif_behind_the_pixels_is_ignored(self):
        data = png(2, 1, 8, 0, [b"\1\2"], after=png_chunk(b"eXIf", exif(6)))
        assert decoded(data).shape == read_image(data).shape == (1, 2, 3)

    def test_exif_behind_more_segments_than_are_looked_at_is_ignored(self):
        comments = b"\xff\xfe\0\2" * SEGMENT_LIMIT
        assert bytes(exif_in_graph(bytes_of(JPEG[:2] + app1(exif(6)) + comments)).numpy()) == exif(
            6
        )
        assert not tf.size(exif_in_graph(bytes_of(JPEG[:2] + comments + app1(exif(6)))))

    @given(st.data())
    @settings(max_examples=100, deadline=None)
    def test_damaged_exif_gives_some_orientation(self, data):
        order = data.draw(st.sampled_from(list(BYTE_ORDERS)))
        changed = bytearray(exif(6, order))
        for place in data.draw(st.lists(st.integers(0, len(changed) - 1), max_size=4)):
            changed[place] = data.draw(st.integers(0, 255))
        kept = data.draw(st.integers(0, len(changed)))
        assert orientation_in_graph(bytes_of(bytes(changed[:kept]))).numpy() in range(1, 9)

    @given(st.binary(max_size=80))
    @example(b"\xff\xe1\0\0" * 9)
    @example(b"\xff\xe1\xff\xff" + b"Exif\0\0")
    @example(b"\xff" * 5000)
    @settings(max_examples=100, deadline=None)
    def test_any_chain_of_segments_ends(self, noise):
        found = exif_in_graph(bytes_of(b"\xff\xd8" + noise)).numpy()
        assert bytes(found) in noise


class TestRefusals:
    @pytest.mark.parametrize("kind", ["GIF", "BMP", "WEBP", "TIFF"])
    def test_other_formats(self, kind):
        assert "neither JPEG nor PNG; send all the bytes" in refusal(encoded(PIXELS, kind))

    @pytest.mark.parametrize("data", [b"", b"\xff", b"\xff\xd8", b"\x89PNG\r\n\x1a\n", b"text"])
    def test_no_picture(self, data):
        assert "neither JPEG nor PNG; send all the bytes" in refusal(data)

    @pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.95])
    def test_cut_short(self, share):
        assert "JPEG" in refusal(JPEG[: int(len(JPEG) * share)])
        data = encoded(PIXELS, "PNG")
        assert "PNG" in refusal(data[: 16 + int(len(data) * share)])

    @pytest.mark.parametrize("size", [(PIXEL_LIMIT + 1, 1), (50000, 50000), (2**31 - 1, 2**31 - 1)])
    def test_bombs_of_png(self, size):
        assert "more than 80 million pixels" in refusal(png(*size, 8, 2, [b""]))

    def test_bombs_of_jpeg(self):
        frame = JPEG.index(b"\xff\xc0")
        data = JPEG[: frame + 5] + b"\xff\xdc\xff\xdc" + JPEG[frame + 9 :]
        assert "more than 80 million pixels" in refusal(data)

    @pytest.mark.parametrize("kind", ["JPEG", "PNG"])
    def test_never_another_error(self, kind):
        rng = np.random.default_rng(4)
        data = encoded(smooth(10, 12), kind)
        refused = 0
        for _ in range(200):
            changed = bytearray(data)
            for place in rng.integers(0, len(data) if rng.random() < 0.5 else 40, 3):
                changed[place] = rng.integers(256)
            try:
                found = decoded(bytes(changed))
            except tf.errors.InvalidArgumentError:
                refused += 1
            else:
                assert found.shape[2:] == (3,)
        # All of PNG's, whose chunks have checksums.
        assert refused > 10


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A SavedModel with the decoder for one image, and for a batch of any sizes."""

    class Decoder(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([], tf.string, name="image")])
        def one(self, image):
            return {"pixels": tf.cast(decode_image(image), tf.int32)}

        @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="images")])
        def batch(self, images):
            def at_size(image):
                return tf.image.resize(decode_image(image), [8, 8], antialias=True)

            return {"pixels": tf.map_fn(at_size, images, fn_output_signature=tf.float32)}

    folder = tmp_path_factory.mktemp("decoder")
    module = Decoder()
    tf.saved_model.save(module, folder, signatures={"one": module.one, "batch": module.batch})
    return folder


class TestSavedModel:
    FILES = (
        with_exif(JPEG, exif(6)),
        encoded(smooth(9, 41, 4), "PNG"),
        encoded(np.arange(12, dtype=np.uint8).reshape(3, 4), "PNG"),
    )

    @pytest.mark.parametrize("data", FILES, ids=["jpeg", "opacity", "grey"])
    def test_loaded(self, saved, data):
        pixels = tf.saved_model.load(saved).signatures["one"](image=tf.constant(data))["pixels"]
        np.testing.assert_array_equal(pixels, read_image(data))

    def test_batch_of_different_sizes(self, saved):
        pixels = tf.saved_model.load(saved).signatures["batch"](images=tf.constant(self.FILES))
        expected = [
            tf.image.resize(read_image(data), [8, 8], antialias=True) for data in self.FILES
        ]
        np.testing.assert_allclose(pixels["pixels"], expected, rtol=1e-5)

    def test_outside_python(self, saved):
        calls = [Call("one", {"image": np.array(data, object)}) for data in self.FILES]
        for data, outputs in zip(self.FILES, run_signatures(saved, calls), strict=True):
            np.testing.assert_array_equal(outputs["pixels"], read_image(data))

    def test_refused_outside_python(self, saved):
        call = Call("batch", {"images": np.array([self.FILES[0], b"GIF89a"], object)})
        with pytest.raises(CRuntimeError, match="neither JPEG nor PNG"):
            run_signatures(saved, [call])
