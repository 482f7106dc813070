"""A tagger's preset of a stranger is refused before anything of it runs or is made."""

import shutil

import pytest

from seqzoo.zoo import NERTagger, NoteGenerator, PresetError
from tests.contracts.model_cases import small_tagger
from tests.zoo.presets.preset_files import change_everywhere, small_generator
from tests.zoo.presets.test_hostile_presets import LAMBDA, REGISTERED, nothing_runs

__all__ = ["nothing_runs"]

TASK, BACKBONE = "NERTagger", "NERTaggerBackbone"
PREPROCESSOR, TOKENIZER = "NERTaggerPreprocessor", "NERTokenizer"


@pytest.fixture(scope="module")
def preset(tmp_path_factory):
    path = tmp_path_factory.mktemp("presets") / "good"
    small_tagger().save_to_preset(path)
    return path


@pytest.fixture
def copy(preset, tmp_path):
    """A copy of the preset to make hostile."""
    return shutil.copytree(preset, tmp_path / "copy")


def refused(preset, match, of=NERTagger):
    with pytest.raises(PresetError, match=match) as raised:
        of.from_preset(preset)
    message = str(raised.value)
    assert str(preset) in message
    assert "\n" not in message


@pytest.mark.usefixtures("nothing_runs")
@pytest.mark.parametrize("payload", [REGISTERED, LAMBDA, "seqzoo_tests>payload_function"])
@pytest.mark.parametrize(
    ("of", "argument"),
    [
        (TASK, "backbone"),
        (TASK, "preprocessor"),
        (TASK, "labels"),
        (BACKBONE, "cell"),
        (BACKBONE, "character_encoder"),
        (PREPROCESSOR, "tokenizer"),
        (PREPROCESSOR, "passage_words"),
        (TOKENIZER, "words"),
        (TOKENIZER, "word_length"),
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
        {"character_vocabulary_size": 10**12},
        {"character_units": 3 * 10**9},
        {"word_length": 10**12},
        {"word_length": 7},
        {"num_layers": 10**9},
        {"num_layers": 20},
        {"shape_dim": -1},
    ],
    ids=str,
)
def test_sizes_that_the_weights_do_not_have(copy, sizes):
    change_everywhere(copy, BACKBONE, lambda described: described["config"].update(sizes))
    refused(copy, "copy")


@pytest.mark.parametrize(
    "labels",
    [["A"], ["A", "B", "C", "D"], [], "AAA", 3, ["A", "A", "B"], ["L"] * 10**5],
    ids=range(7),
)
def test_labels_that_the_weights_do_not_have(copy, labels):
    change_everywhere(copy, TASK, lambda described: described["config"].update(labels=labels))
    refused(copy, "copy")


@pytest.mark.parametrize("name", ["words.txt", "characters.txt"])
@pytest.mark.parametrize(
    "content", [b"", b"\xff\n", b"a\na\n", b"\n\n", b"a" * (2**26 + 1)], ids=range(5)
)
def test_vocabularies_that_are_none(copy, name, content):
    (path,) = copy.rglob(name)
    path.write_bytes(content)
    refused(copy, "copy")


def test_words_that_would_fill_the_memory(copy):
    for of in (BACKBONE, TOKENIZER):
        change_everywhere(copy, of, lambda each: each["config"].update(word_length=10**12))
        refused(copy, "copy")


def test_models_do_not_load_one_another(preset, tmp_path):
    refused(preset, "holds a preset of seqzoo>NERTagger, not of", of=NoteGenerator)
    small_generator().save_to_preset(tmp_path / "generator")
    refused(tmp_path / "generator", "holds a preset of seqzoo>NoteGenerator, not of")
