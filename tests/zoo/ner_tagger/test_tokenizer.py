"""Ids of words, against a reading in plain Python of the vocabulary files."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from seqzoo.zoo import NERTokenizer
from seqzoo.zoo.text.splitting import python_splitter as reference

TEXT = [
    *("O", "STF", "julgou", "a", "Lei", "nº", "8.666/93", "e", "a", "lei", "9.099", "em"),
    *("São", "João", "d'Oeste", "“", "\u2013", "”", "ação"),
]
LENGTH = 7


@pytest.fixture(scope="module")
def tokenizer():
    return NERTokenizer.of_words(TEXT, min_count=1, word_length=LENGTH)


@pytest.fixture(scope="module")
def plain_ids(tokenizer, tmp_path_factory):
    """A function that gives the ids of a word, by the files that a preset would hold."""
    folder = tmp_path_factory.mktemp("assets")
    tokenizer.save_assets(folder)
    words, characters = (
        (folder / name).read_text("utf-8").split("\n")[:-1]
        for name in ("words.txt", "characters.txt")
    )

    def number(text, entries):
        return 0 if not text else 2 + entries.index(text) if text in entries else 1

    def ids(word):
        spelled = list(reference.normalized(word))
        if len(spelled) > LENGTH:
            spelled = spelled[:3] + spelled[-4:]
        spelled += [""] * (LENGTH - len(spelled))
        return (
            number(reference.vocabulary_key(word), words),
            [number(character, characters) for character in spelled],
            reference.word_shape(word),
        )

    return ids


def assert_ids(tokenizer, plain_ids, words):
    ids = tokenizer(tf.constant(words, tf.string))
    expected = [plain_ids(word) for word in words]
    names = ("word_ids", "character_ids", "shape_ids")
    for name, column in zip(names, zip(*expected, strict=True), strict=True):
        assert ids[name].dtype == tf.int32
        np.testing.assert_array_equal(ids[name], column, name)


def test_ids_of_words_known_and_unknown(tokenizer, plain_ids):
    assert_ids(
        tokenizer,
        plain_ids,
        [
            *TEXT,
            "",
            "stf",
            "1.234/56",
            "zebra",
            "inconstitucionalissimamente",
            "👩🏽‍🏫",
            "漢字",
            '"',
        ],
    )


@pytest.mark.parametrize("length", range(1, 3 * LENGTH))
def test_words_of_every_length(tokenizer, plain_ids, length):
    assert_ids(tokenizer, plain_ids, [("abcdefgh" * 3)[:length], ("LeiSTFjulg" * 3)[-length:]])


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(TEXT),
        min_size=1,
        max_size=8,
    )
)
def test_ids_of_any_words(tokenizer, plain_ids, words):
    assert_ids(tokenizer, plain_ids, words)


def test_every_shape_of_input_means_the_same(tokenizer):
    rows = [["Lei", "nº"], ["STF", ""]]
    dense = tokenizer(rows)
    ragged = tokenizer.tokenize(tf.ragged.constant([["Lei", "nº"], ["STF"]], tf.string))
    for name, ids in dense.items():
        flat = tokenizer([word for row in rows for word in row])[name]
        np.testing.assert_array_equal(tf.reshape(ids, flat.shape), flat)
        np.testing.assert_array_equal(ragged[name].to_tensor(), ids)
    assert dense["character_ids"].shape == (2, 2, LENGTH)


@pytest.mark.parametrize("shape", [(0,), (0, 0), (2, 0), (0, 3)])
def test_no_words(tokenizer, shape):
    ids = tokenizer(np.empty(shape, str))
    assert ids["word_ids"].shape == ids["shape_ids"].shape == shape
    assert ids["character_ids"].shape == (*shape, LENGTH)


def test_the_vocabulary_is_that_of_frequent_words_by_frequency():
    words = ["b", "a", "B", "c", "a", "1", "2", "d"]
    assert NERTokenizer.of_words(words).get_vocabulary() == ["", "[UNK]", "0", "a", "b"]
    assert NERTokenizer.of_words(words[::-1]).get_vocabulary() == ["", "[UNK]", "0", "a", "b"]
    characters = NERTokenizer.of_words(words).get_character_vocabulary()
    assert characters == ["", "[UNK]", *"12Babcd"]


def test_vocabularies_survive_their_files(tokenizer, tmp_path):
    tokenizer.save_assets(tmp_path)
    copy = NERTokenizer.from_config(tokenizer.get_config())
    assert (copy.vocabulary_size(), copy.character_vocabulary_size()) == (2, 2)
    copy.load_assets(tmp_path)
    assert copy.get_vocabulary() == tokenizer.get_vocabulary()
    assert copy.get_character_vocabulary() == tokenizer.get_character_vocabulary()
    assert copy.token_to_id("LEI") == tokenizer.token_to_id("lei") > 1
    assert copy.id_to_token(copy.token_to_id("lei")) == "lei"


@pytest.mark.parametrize("words", [["a", "b", "a"], ["a", ""]])
def test_vocabularies_that_are_none(words):
    with pytest.raises(ValueError, match="empty, holds a line end, or stands there twice"):
        NERTokenizer(words, ["a"])
