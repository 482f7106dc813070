"""What the exported captioner answers to."""

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from seqzoo.export import export_saved_model
from seqzoo.export.parity.c_runtime import Call, CRuntimeError, run_signatures
from tests.zoo.images.pictures import encoded, exif, smooth, with_exif
from tests.zoo.images.squares import CAPTIONS, IMAGES

# A square, of which a turn would leave the size, and nothing else.
_TURNED = smooth(40, 40)


def _files():
    """JPEG and PNG files of unlike sizes and kinds; the last is the one before, turned by Exif."""
    grey = Image.fromarray(smooth(30, 50)).convert("L")
    clear = Image.fromarray(smooth(33, 21, channels=4), "RGBA")
    upright = encoded(_TURNED, "JPEG", quality=95)
    return [
        *(encoded(image, "PNG") for image in IMAGES),
        *(encoded(image, "JPEG", quality=95) for image in IMAGES),
        encoded(grey, "JPEG"),
        encoded(clear, "PNG"),
        encoded(np.zeros((1, 400, 3), "uint8"), "PNG"),
        upright,
        with_exif(upright, exif(6)),
    ]


FILES = _files()


def requests(files=FILES, language="", **inputs):
    """The inputs of a signature."""
    return {
        "images": np.array(files, object),
        "language": np.array(language, object),
        **inputs,
    }


def captions_of(number, **changed):
    return {**requests(**changed), "beam_width": np.int32(number)}


def samples_of(number, temperature=1.5, seed=5, **changed):
    return {
        **requests(**changed),
        "count": np.int32(number),
        "temperature": np.float32(temperature),
        "seed": np.int32(seed),
    }


@pytest.fixture(scope="module")
def answer(captioner):
    """The signatures as a server has them."""
    signatures = captioner.signatures()
    functions = {
        name: tf.function(signature.function, list(signature.inputs.values()), autograph=False)
        for name, signature in signatures.items()
    }

    def answer(name, inputs):
        specs = signatures[name].inputs
        tensors = [tf.constant(inputs[key], spec.dtype) for key, spec in specs.items()]
        return {key: value.numpy() for key, value in functions[name](*tensors).items()}

    return answer


@pytest.fixture(scope="module")
def exported(captioner, tmp_path_factory):
    return export_saved_model(captioner, tmp_path_factory.mktemp("exports") / "image-captioner")


def assert_same(answer, expected):
    """The captions of `generate`, with scores that float32 sums in another order give."""
    assert [[text.decode() for text in of_image] for of_image in answer["captions"]] == [
        [caption.text for caption in of_image] for of_image in expected
    ]
    scores = [[caption.score for caption in of_image] for of_image in expected]
    np.testing.assert_allclose(answer["scores"], scores, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(("language", "beam_width"), [("", 1), ("en", 3), ("pt", 4)])
def test_caption_is_generate(captioner, answer, language, beam_width):
    expected = captioner.generate(
        FILES, language or None, captions=beam_width, beam_width=beam_width
    )
    assert_same(answer("caption", captions_of(beam_width, language=language)), expected)
    if beam_width == 1:
        assert [of_image[0].text for of_image in expected[:3]] == [c["en"] for c in CAPTIONS]


def test_a_picture_that_lies_on_its_side_is_turned(captioner, answer):
    """As Exif says: the first row is on the right."""
    scores = answer("caption", captions_of(2, files=FILES[-2:]))["scores"]
    assert np.abs(scores[0] - scores[1]).max() > 1e-4
    turned = captioner.features([FILES[-1]])
    decoded = tf.io.decode_jpeg(FILES[-2], dct_method="INTEGER_ACCURATE").numpy()
    np.testing.assert_allclose(turned, captioner.features([np.rot90(decoded, -1)]), atol=1e-4)


def test_a_batch_is_answered_as_its_pictures_one_by_one(answer):
    together = answer("caption", captions_of(3))
    for index in (0, 4, 7):
        alone = answer("caption", captions_of(3, files=FILES[index : index + 1]))
        np.testing.assert_array_equal(alone["captions"][0], together["captions"][index])
        np.testing.assert_allclose(alone["scores"][0], together["scores"][index], rtol=1e-4)


def test_shapes_and_types(answer):
    for name, inputs in (("caption", captions_of(3)), ("sample", samples_of(3))):
        shapes = {key: (value.shape, value.dtype) for key, value in answer(name, inputs).items()}
        assert shapes == {
            "captions": ((len(FILES), 3), object),
            "scores": ((len(FILES), 3), np.float32),
        }
    for name, inputs in (
        ("caption", captions_of(3, files=[])),
        ("sample", samples_of(3, files=[])),
    ):
        assert {value.shape for value in answer(name, inputs).values()} == {(0, 3)}


def test_a_seed_repeats_a_sample(answer):
    first, again, other = (
        answer("sample", samples_of(8, seed=seed))["captions"].tolist() for seed in (5, 5, 6)
    )
    assert first == again
    assert first != other


def test_a_sample_at_temperature_zero_is_the_greedy_caption(answer):
    greedy = answer("caption", captions_of(1))
    drawn = answer("sample", samples_of(2, temperature=0.0))
    np.testing.assert_array_equal(drawn["captions"], np.repeat(greedy["captions"], 2, axis=1))
    np.testing.assert_allclose(drawn["scores"], np.repeat(greedy["scores"], 2, axis=1), rtol=1e-4)


def test_samples_have_the_scores_that_generate_gives_the_same_captions(captioner, answer):
    """The best first; `caption` scores every caption of the vocabulary's likeliest."""
    drawn = answer("sample", samples_of(20, temperature=1.0, files=FILES[:1]))
    assert (np.diff(drawn["scores"]) <= 0).all()
    found = answer("caption", captions_of(64, files=FILES[:1]))
    known = dict(zip(found["captions"][0], found["scores"][0], strict=True))
    shared = [n for n, text in enumerate(drawn["captions"][0]) if text in known]
    assert len(shared) > 5
    for n in shared:
        assert drawn["scores"][0, n] == pytest.approx(known[drawn["captions"][0, n]], rel=1e-3)


WRONG = [
    ("caption", captions_of(2, language="fr"), "language must be one of en, pt, or empty"),
    ("caption", captions_of(0), "beam_width must be at least 1"),
    ("caption", captions_of(-3), "beam_width must be at least 1"),
    ("caption", captions_of(65), "beam_width is above 64"),
    ("caption", captions_of(2, files=[b"GIF89a"]), "neither JPEG nor PNG"),
    ("caption", captions_of(2, files=[b""]), "neither JPEG nor PNG"),
    ("caption", captions_of(2, files=[FILES[0], FILES[0][:50]]), "PNG|damaged|cut"),
    ("caption", captions_of(2, files=[FILES[3][:200]]), "JPEG|damaged|cut"),
    ("sample", samples_of(0), "count must be at least 1"),
    ("sample", samples_of(65), "count is above 64"),
    ("sample", samples_of(2, temperature=-1.0), "temperature must not be negative"),
    ("sample", samples_of(2, temperature=101.0), "temperature is above 100"),
    ("sample", samples_of(2, temperature=np.nan), "temperature"),
    ("sample", samples_of(2, language="pt-BR"), "language must be one of"),
]


@pytest.mark.parametrize(("name", "inputs", "message"), WRONG, ids=[w[2] for w in WRONG])
def test_wrong_requests_are_refused(answer, name, inputs, message):
    with pytest.raises(tf.errors.InvalidArgumentError, match=message):
        answer(name, inputs)


# Outside Python


@pytest.mark.slow
def test_the_c_runtime_writes_the_same_captions(captioner, exported):
    calls = [Call("caption", captions_of(3, language=language)) for language in ("", "pt")]
    calls += [Call("serving_default", captions_of(1, files=[file])) for file in FILES]
    calls += [Call("sample", samples_of(4, seed=seed)) for seed in (1, 1, 2)]
    default, portuguese, *others = run_signatures(exported.path, calls)
    assert_same(default, captioner.generate(FILES, captions=3, beam_width=3))
    assert_same(portuguese, captioner.generate(FILES, "pt", captions=3, beam_width=3))
    greedy = captioner.generate(FILES, beam_width=1)
    for answer, expected in zip(others, greedy, strict=False):
        assert_same(answer, [expected])
    first, again, other = (answer["captions"].tolist() for answer in others[-3:])
    assert first == again
    assert first != other


@pytest.mark.representative("beam_width is above 64", "JPEG|damaged|cut")
@pytest.mark.slow
@pytest.mark.parametrize("case", [0, 1, 3, 6, 7, 9], ids=lambda n: WRONG[n][2])
def test_the_c_runtime_refuses_by_one_error(exported, case):
    name, inputs, message = WRONG[case]
    with pytest.raises(CRuntimeError, match=message):
        run_signatures(exported.path, [Call(name, inputs)])


@pytest.mark.slow
def test_pinned_signatures(exported):
    signatures = tf.saved_model.load(str(exported.path)).signatures
    pinned = {
        name: (
            {k: (v.dtype.name, v.shape.rank) for k, v in s.structured_input_signature[1].items()},
            {k: (v.dtype.name, v.shape.rank) for k, v in s.structured_outputs.items()},
        )
        for name, s in signatures.items()
    }
    images = {"images": ("string", 1), "language": ("string", 0)}
    answers = {"captions": ("string", 2), "scores": ("float32", 2)}
    caption = ({**images, "beam_width": ("int32", 0)}, answers)
    numbers = {"count": ("int32", 0), "temperature": ("float32", 0), "seed": ("int32", 0)}
    sample = ({**images, **numbers}, answers)
    assert pinned == {"serving_default": caption, "caption": caption, "sample": sample}
