"""The TFLite file alone: what is packed in it, plain Python, and the interpreter."""

import zipfile

import pytest

from seqzoo.export import TFLiteFile, export_tflite
from tests.contracts.model_cases import small_tagger
from tests.zoo.ner_tagger.plain_tagger import PlainTagger, assert_same_entities

pytestmark = pytest.mark.slow

TEXTS = [
    "Ana mora em Lisboa. João da Silva foi a Belém.\r\n\r\nA Lei nº 8.666/93 vale!",
    "👩🏽‍🏫 “Maria” \u2013 foi a “Lisboa”… e a inconstitucionalissimamente-Silva, “Lei nº 9.099”.",
    "",
    "Sim. " * 40 + "Ana.",
]
OUTPUTS = ("tags", "scores", "entity_scores", "begun_scores")


@pytest.fixture(scope="module")
def exported(tagger, tmp_path_factory):
    return export_tflite(tagger, tmp_path_factory.mktemp("phone") / "tagger.tflite")


@pytest.fixture(scope="module")
def phone(exported):
    """The tagger out of nothing but the file."""
    with zipfile.ZipFile(exported.path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    file = TFLiteFile(exported.path)
    return PlainTagger(files, lambda **ids: file.run("tag", **ids))


def test_the_file_needs_builtin_operations_alone(exported):
    (artifact,) = exported.report.artifacts
    assert not [name for name in artifact.operations if ":" in name]
    compared = {(c.signature, c.output): c.difference for c in exported.report.comparisons}
    assert compared.keys() == {("tag", name) for name in OUTPUTS}
    assert max(compared.values()) < 1e-4


def test_pinned_signatures(exported):
    tensors = TFLiteFile(exported.path).tensors("tag")
    assert {name: (dtype, len(shape)) for name, (dtype, shape) in tensors["inputs"].items()} == {
        "word_ids": ("int32", 2),
        "character_ids": ("int32", 3),
        "shape_ids": ("int32", 2),
    }
    assert {name: (dtype, len(shape)) for name, (dtype, shape) in tensors["outputs"].items()} == {
        "tags": ("int32", 2),
        "scores": ("float32", 2),
        "entity_scores": ("float32", 2),
        "begun_scores": ("float32", 2),
    }


def test_the_entities_are_those_of_the_model(tagger, phone):
    for text, expected in zip(TEXTS, tagger.predict(TEXTS), strict=True):
        assert_same_entities(phone.entities(text), expected, tolerance=1e-4)
    assert len(phone.entities(TEXTS[0])) >= 4


@pytest.mark.slow
@pytest.mark.parametrize(
    "sizes", [{"character_encoder": "bilstm", "cell": "gru"}, {"cell": "peephole_lstm"}]
)
def test_other_networks(tmp_path, sizes):
    done = export_tflite(small_tagger(**sizes), tmp_path / "tagger.tflite")
    assert not done.report.failures
    assert not [name for name in done.report.artifacts[0].operations if ":" in name]
