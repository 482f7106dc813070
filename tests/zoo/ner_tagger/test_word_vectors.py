"""Taggers that start from the word vectors of a file."""

import keras
import numpy as np
import pytest

from seqzoo.training.data.splits import Splits
from seqzoo.training.ner_tagger.training import NERTaggerTraining
from seqzoo.training.recipe import Recipe, RecipeError
from seqzoo.zoo.ner_tagger import NERTagger, TaggedSentence
from seqzoo.zoo.text.vectors.word_vectors import WordVectorsError

WORDS = [["Ana", "mora", "em", "Lisboa", "."], ["Nasceu", "em", "2018", "."]]
TAGS = [["B-PER", "O", "O", "B-LOC", "O"], ["O", "O", "O", "O"]]
SIZES = {"character_dim": 4, "character_units": 6, "units": 4, "num_layers": 1}
LINES = ["em 1 2 3", "Lisboa 4 5 6", "LISBOA 0 0 0", "1999 7 8 9", "Ünica 1 1 1", "Belém 2 2 2"]


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "vectors.txt"
    path.write_text("\n".join(LINES) + "\n", encoding="utf-8")
    return path


def tagger_of(path, **arguments):
    return NERTagger.from_examples(
        WORDS, ["PER", "LOC"], min_count=1, word_vectors=path, **SIZES, **arguments
    )


def vector_of(tagger, word):
    embeddings = np.asarray(tagger.backbone.word_embedding.embeddings)
    return embeddings[tagger.preprocessor.tokenizer.token_to_id(word)]


def test_words_start_from_the_vectors_of_the_file(path):
    tagger = tagger_of(path)
    assert tagger.backbone.embedding_dim == 3
    assert vector_of(tagger, "em").tolist() == [1, 2, 3]
    # Looked up as the tagger looks up words: without case, digits as 0, the first one.
    assert vector_of(tagger, "LISBOA").tolist() == [4, 5, 6]
    assert vector_of(tagger, "2018").tolist() == [7, 8, 9]
    lacking = [vector_of(tagger, word) for word in ("Ana", "mora", "Belém", ".")]
    assert len(np.unique(lacking, axis=0)) == 4


def test_words_that_only_the_file_has(path):
    without, tagger = tagger_of(path), tagger_of(path, extra_words=5)
    unknown = without.preprocessor.tokenizer.token_to_id("xyz")
    assert without.preprocessor.tokenizer.token_to_id("única") == unknown
    assert vector_of(tagger, "ÜNICA").tolist() == [1, 1, 1]
    # The first five have four keys, three of which the sentences have too.
    vocabularies = [each.preprocessor.tokenizer.get_vocabulary() for each in (without, tagger)]
    assert vocabularies[1] == [*vocabularies[0], "ünica"]
    # What the model reads of other words is as it was.
    characters = [
        each.preprocessor.tokenizer.get_character_vocabulary() for each in (without, tagger)
    ]
    assert characters[0] == characters[1]


def test_training_moves_them(path):
    tagger = tagger_of(path)
    before = vector_of(tagger, "Lisboa").copy()
    tagger.compile(run_eagerly=True)
    tagger.fit(WORDS, TAGS, verbose=0)
    assert np.abs(vector_of(tagger, "Lisboa") - before).min() > 0


def test_keras_seed_repeats_the_vectors_of_other_words(path):
    drawn = []
    for seed in (1, 1, 2):
        keras.utils.set_random_seed(seed)
        drawn.append(vector_of(tagger_of(path), "Ana"))
    np.testing.assert_array_equal(drawn[0], drawn[1])
    assert (drawn[0] != drawn[2]).all()


def test_a_preset_needs_no_file(path, tmp_path):
    tagger = tagger_of(path, extra_words=6)
    tagger.save_to_preset(tmp_path / "preset")
    path.unlink()
    assert not any(
        "vectors.txt" in file.read_text("utf-8") for file in (tmp_path / "preset").glob("*.json")
    )
    loaded = NERTagger.from_preset(tmp_path / "preset")
    for word in ("em", "Lisboa", "ünica", "Ana"):
        np.testing.assert_array_equal(vector_of(loaded, word), vector_of(tagger, word))
    assert loaded.predict_tags(WORDS) == tagger.predict_tags(WORDS)


def test_progress_is_told(path):
    calls = []
    tagger_of(path, advance=lambda: calls.append(None))
    assert len(calls) == 100


def test_another_dimension_is_refused(path):
    assert tagger_of(path, embedding_dim=3).backbone.embedding_dim == 3
    with pytest.raises(ValueError, match=r"must be 3, as in .*vectors\.txt, or be left out\. Rec"):
        tagger_of(path, embedding_dim=100)


@pytest.mark.parametrize("count", [-1, 1.5, True])
def test_extra_words_are_a_number(path, count):
    with pytest.raises(ValueError, match="`extra_words` must be a number of words"):
        tagger_of(path, extra_words=count)


def test_extra_words_come_from_a_file():
    with pytest.raises(ValueError, match="`extra_words` must be a number of words of `word_vec"):
        tagger_of(None, extra_words=5)


def make_task(network):
    sentences = [TaggedSentence(*map(tuple, pair)) for pair in zip(WORDS, TAGS, strict=True)]
    recipe = Recipe("ner-tagger", ("my.conll",), {"min_count": 1, **SIZES, **network})
    return NERTaggerTraining().make_task(recipe, Splits(sentences, sentences, [], []))


def test_a_recipe_names_the_file(path, tmp_path):
    assert vector_of(make_task({"word_vectors": str(path)}), "em").tolist() == [1, 2, 3]
    with pytest.raises(RecipeError, match="does not fit: Argument `embedding_dim` must be 3"):
        make_task({"word_vectors": str(path), "embedding_dim": 100})
    with pytest.raises(WordVectorsError, match=r"none\.txt cannot be read"):
        make_task({"word_vectors": str(tmp_path / "none.txt")})
    with pytest.raises(RecipeError, match="does not fit"):
        make_task({"word_vectors": 5})
