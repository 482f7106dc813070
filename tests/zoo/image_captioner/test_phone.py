"""The TFLite file alone: what is packed in it, plain Python, and the interpreter."""

import json
import re

import numpy as np
import pytest

from seqzoo.export import TFLiteFile, export_tflite, read_packed
from seqzoo.zoo.image_captioner.signatures import tflite_files
from tests.zoo.images.pictures import smooth
from tests.zoo.images.pillow_fit import fit_by_pillow
from tests.zoo.images.squares import CAPTIONS, IMAGES, untrained_captioner

PICTURES = [*IMAGES, smooth(40, 25)]


class PlainCaptioner:
    """Pictures to captions without TensorFlow.

    Args:
        files: The packed files of a TFLite file, by name.
        caption: The network: takes `images`, `language` and `beam_width` and returns `token_ids`
            and `scores`.
    """

    def __init__(self, files, caption):
        self.settings = json.loads(files["settings.json"])
        self.words = files["words.txt"].decode().split("\n")[:-1]
        self.caption = caption

    def captions(self, pictures, language, beam_width):
        """Texts and scores of every picture, the best first."""
        size = self.settings["image_size"]
        answer = self.caption(
            images=np.stack([fit_by_pillow(picture, *size) for picture in pictures]),
            language=np.int32(self.settings["languages"].index(language)),
            beam_width=np.int32(beam_width),
        )
        texts = [[self._text(tokens) for tokens in several] for several in answer["token_ids"]]
        return texts, answer["scores"]

    def _text(self, tokens):
        text = " ".join(self.words[token] for token in tokens if self.words[token])
        return re.sub(r"([(\[{«“¿¡]) ", r"\1", re.sub(r" ([.,;:!?%)\]}»”])", r"\1", text))


def phone_of(path):
    """The captioner out of nothing but a file."""
    file = TFLiteFile(path)
    return PlainCaptioner(read_packed(path), lambda **inputs: file.run("caption", **inputs))


def assert_same(answer, expected, tolerance):
    texts, scores = answer
    assert texts == [[caption.text for caption in of_image] for of_image in expected]
    expected_scores = [[caption.score for caption in of_image] for of_image in expected]
    np.testing.assert_allclose(scores, expected_scores, rtol=tolerance, atol=tolerance)


@pytest.mark.slow
def test_the_packed_files_and_the_signature_are_the_captioner(captioner):
    """In TensorFlow; what the interpreter makes of the same signature is below."""
    signature = captioner.tflite_signatures()["caption"].function
    plain = PlainCaptioner(
        {name: text.encode() for name, text in tflite_files(captioner).items()},
        lambda **inputs: {key: value.numpy() for key, value in signature(**inputs).items()},
    )
    for language in ("en", "pt"):
        expected = captioner.generate(PICTURES, language, captions=4)
        # Pillow's pixels are a hundredth apart at most.
        assert_same(plain.captions(PICTURES, language, 4), expected, tolerance=1e-3)
    assert plain.captions(IMAGES, "pt", 1)[0] == [[each["pt"]] for each in CAPTIONS]
    assert len(plain.words) == captioner.backbone.vocabulary_size


@pytest.mark.slow
class TestTheFile:
    @pytest.fixture(scope="class")
    def exported(self, captioner, tmp_path_factory):
        return export_tflite(captioner, tmp_path_factory.mktemp("phone") / "captioner.tflite")

    def test_it_needs_builtin_operations_alone(self, exported):
        (artifact,) = exported.report.artifacts
        assert not [name for name in artifact.operations if ":" in name]
        compared = {(c.signature, c.output): c.difference for c in exported.report.comparisons}
        assert compared.keys() == {("caption", "token_ids"), ("caption", "scores")}
        assert max(compared.values()) < 1e-4

    def test_pinned_signatures(self, exported):
        tensors = TFLiteFile(exported.path).tensors("caption")
        inputs, outputs = (
            {name: (dtype, len(shape)) for name, (dtype, shape) in tensors[kind].items()}
            for kind in ("inputs", "outputs")
        )
        assert inputs == {
            "images": ("float32", 4),
            "language": ("int32", 0),
            "beam_width": ("int32", 0),
        }
        assert outputs == {"token_ids": ("int32", 3), "scores": ("float32", 2)}

    @pytest.mark.parametrize(("language", "beam_width"), [("en", 4), ("pt", 1), ("pt", 64)])
    def test_it_writes_the_captions_of_the_model(self, captioner, exported, language, beam_width):
        expected = captioner.generate(
            PICTURES, language, captions=beam_width, beam_width=beam_width
        )
        answer = phone_of(exported.path).captions(PICTURES, language, beam_width)
        if beam_width < 64:
            assert_same(answer, expected, tolerance=1e-3)
            return
        # Far down, captions that are almost as good may change places.
        scores = [[caption.score for caption in of_image] for of_image in expected]
        np.testing.assert_allclose(answer[1], scores, rtol=1e-3, atol=1e-3)

    def test_in_int8_it_still_names_what_it_has_learned(self, captioner, exported, tmp_path):
        small = export_tflite(captioner, tmp_path / "captioner.tflite", quantize="int8")
        assert small.path.stat().st_size < exported.path.stat().st_size / 2
        for language in ("en", "pt"):
            texts, scores = phone_of(small.path).captions(IMAGES, language, 4)
            expected = captioner.generate(IMAGES, language, captions=1)
            assert [of_image[0] for of_image in texts] == [each[language] for each in CAPTIONS]
            best = [caption.score for (caption,) in expected]
            # Nats per token; a weight is off by 1/254 of the largest at most.
            np.testing.assert_allclose(scores[:, 0], best, atol=0.1)

    @pytest.mark.parametrize(
        "sizes", [{"cell": "gru", "inject": "first_input"}, {"cell": "peephole_lstm"}], ids=str
    )
    def test_other_networks(self, tmp_path, sizes):
        done = export_tflite(untrained_captioner(**sizes), tmp_path / "captioner.tflite")
        assert not done.report.failures
        assert not [name for name in done.report.artifacts[0].operations if ":" in name]
