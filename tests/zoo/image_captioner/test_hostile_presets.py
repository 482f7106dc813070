"""A captioner's preset of a stranger is refused before anything of it runs or is made."""

import functools
import shutil

import pytest

from seqzoo.zoo import ImageCaptioner, NERTagger
from tests.zoo.images.squares import untrained_captioner
from tests.zoo.ner_tagger.test_hostile_presets import refused as refused_of
from tests.zoo.presets.preset_files import change_everywhere
from tests.zoo.presets.test_hostile_presets import LAMBDA, REGISTERED, nothing_runs

__all__ = ["nothing_runs"]

TASK, BACKBONE = "ImageCaptioner", "ImageCaptionerBackbone"
PREPROCESSOR, TOKENIZER = "ImageCaptionerPreprocessor", "CaptionTokenizer"
CONVERTER = "ImageCaptionerImageConverter"

refused = functools.partial(refused_of, of=ImageCaptioner)


@pytest.fixture(scope="module")
def preset(tmp_path_factory):
    path = tmp_path_factory.mktemp("presets") / "good"
    untrained_captioner().save_to_preset(path)
    return path


@pytest.fixture
def copy(preset, tmp_path):
    """A copy of the preset to make hostile."""
    return shutil.copytree(preset, tmp_path / "copy")


@pytest.mark.usefixtures("nothing_runs")
@pytest.mark.parametrize("payload", [REGISTERED, LAMBDA, "seqzoo_tests>payload_function"])
@pytest.mark.parametrize(
    ("of", "argument"),
    [
        (TASK, "backbone"),
        (TASK, "preprocessor"),
        (BACKBONE, "encoder"),
        (BACKBONE, "inject"),
        (BACKBONE, "image_size"),
        (BACKBONE, "freeze_encoder"),
        (PREPROCESSOR, "tokenizer"),
        (PREPROCESSOR, "image_converter"),
        (PREPROCESSOR, "sequence_length"),
        (CONVERTER, "image_size"),
        (CONVERTER, "interpolation"),
        (TOKENIZER, "languages"),
        (TOKENIZER, "words"),
    ],
)
def test_foreign_classes_and_functions(copy, of, argument, payload):
    change_everywhere(copy, of, lambda described: described["config"].update({argument: payload}))
    refused(copy, "copy")


@pytest.mark.parametrize(
    "sizes",
    [
        {"units": 10**6},
        {"embedding_dim": 10**9},
        {"vocabulary_size": 10**12},
        {"encoder": "mobilenet"},
        {"encoder": "vgg11"},
        {"encoder": ["small"]},
        {"image_size": [10**6, 10**6]},
        {"image_size": [10**12, 8]},
        {"image_size": [16]},
        {"image_size": "16"},
        {"image_size": [32, 32]},
        {"inject": "first_input"},
        {"cell": "gru"},
        {"dropout": 2},
        {"dropout": "a"},
    ],
    ids=str,
)
def test_networks_that_the_weights_are_not_of(copy, sizes):
    change_everywhere(copy, BACKBONE, lambda described: described["config"].update(sizes))
    refused(copy, "copy")


@pytest.mark.parametrize(
    ("of", "argument", "value"),
    [
        (PREPROCESSOR, "sequence_length", 10**12),
        (PREPROCESSOR, "sequence_length", 257),
        (PREPROCESSOR, "sequence_length", -1),
        (PREPROCESSOR, "length_penalty", -1),
        (PREPROCESSOR, "length_penalty", 1e9),
        (PREPROCESSOR, "length_penalty", "a"),
        (PREPROCESSOR, "length_penalty", None),
        (PREPROCESSOR, "no_repeat_ngram_size", -1),
        (PREPROCESSOR, "no_repeat_ngram_size", 10**9),
        (PREPROCESSOR, "no_repeat_ngram_size", "a"),
        (CONVERTER, "image_size", [10**6, 10**6]),
        (CONVERTER, "image_size", [32, 32]),
        (CONVERTER, "image_size", None),
        (CONVERTER, "image_size", "a"),
        (TOKENIZER, "languages", []),
        (TOKENIZER, "languages", ["en", "pt", "fr"]),
        (TOKENIZER, "languages", ["en"]),
        (TOKENIZER, "languages", ["en", "en"]),
        (TOKENIZER, "languages", "en"),
        (TOKENIZER, "languages", 3),
    ],
    ids=str,
)
def test_preprocessors_that_do_not_fit(copy, of, argument, value):
    change_everywhere(copy, of, lambda described: described["config"].update({argument: value}))
    refused(copy, "copy")


@pytest.mark.parametrize(
    "content", [b"", b"\xff\n", b"a\na\n", b"\n\n", b"a" * (2**26 + 1)], ids=range(5)
)
def test_vocabularies_that_are_none(copy, content):
    (path,) = copy.rglob("words.txt")
    path.write_bytes(content)
    refused(copy, "copy")


def test_models_do_not_load_one_another(preset):
    refused_of(preset, "holds a preset of seqzoo>ImageCaptioner, not of", of=NERTagger)
