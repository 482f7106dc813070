"""Passages and batches: every word once, padding without weight."""

import numpy as np
import pytest
import tensorflow as tf

from seqzoo.zoo import NERTaggerPreprocessor, NERTokenizer
from seqzoo.zoo.ner_tagger.signatures import _passage_lengths
from seqzoo.zoo.text.splitting import python_splitter as reference_splitter
from seqzoo.zoo.text.splitting.word_splitter import split_words

# Every word another one, so that a word in the wrong place shows.
LENGTHS = [3, 1, 14, 0, 7, 2, 30, 5, 1, 13, 121, 4]
_places = np.cumsum(LENGTHS)
SENTENCES = [
    [f"{'abcdefghij'[n // 100]}{'abcdefghij'[n // 10 % 10]}{'abcdefghij'[n % 10]}" for n in places]
    for places in np.split(np.arange(sum(LENGTHS)), _places[:-1])
]
TAGS = [[len(word) + n for n, word in enumerate(words)] for words in SENTENCES]
TEXT = (
    "Ana foi a Belém. E voltou! O art. 5º vale. " * 6 + "Um. " + "palavra " * 300 + "fim.\n\nFoi."
)


def make(passage_words):
    words = [word for words in SENTENCES for word in words]
    return NERTaggerPreprocessor(NERTokenizer.of_words(words, min_count=1), passage_words)


def ids_of(preprocessor, words):
    return preprocessor.tokenizer(tf.constant(words, tf.string))["word_ids"].numpy().tolist()


def sentences_of(text):
    words = reference_splitter.split_words(text)
    sentences = [[] for _ in range(words[-1].sentence + 1 if words else 0)]
    for word in words:
        sentences[word.sentence].append(word.text)
    return sentences


@pytest.mark.parametrize("passage_words", [1, 2, 5, 9, 96, 1000])
def test_passages_are_the_same_in_the_graph(passage_words):
    texts = [TEXT, "", "Só uma", TEXT[200:], "?"]
    preprocessor = make(passage_words)
    expected = [
        length
        for text in texts
        for length in preprocessor.passage_lengths(sentences_of(text))
        if length
    ]
    lengths = _passage_lengths(split_words(tf.constant(texts)), passage_words)
    assert lengths.numpy().tolist() == expected


def test_no_text_has_no_passages():
    assert _passage_lengths(split_words(tf.constant(["", " "])), 9).numpy().tolist() == []


def test_a_passage_is_of_sentences_that_begin_among_the_same_words():
    sentences = [["a"] * length for length in (3, 5, 1, 12, 1, 2)]
    # They begin at the words 0, 3, 8, 9, 21 and 22.
    assert [n for n in make(9).passage_lengths(sentences) if n] == [9, 12, 3]
    assert [n for n in make(1).passage_lengths(sentences) if n] == [3, 5, 1, 12, 1, 2]


@pytest.mark.parametrize("passage_words", [1, 20])
@pytest.mark.parametrize("seed", [None, 5])
def test_batches_hold_every_word_once_with_its_tag(passage_words, seed):
    preprocessor = make(passage_words)
    rng = None if seed is None else np.random.default_rng(seed)
    batches = list(preprocessor.batches(SENTENCES, TAGS, batch_size=2, rng=rng))
    dataset = preprocessor.batches(SENTENCES, TAGS, batch_size=2)
    assert len(batches) == dataset.cardinality() > 2
    found = []
    for x, y, weights in batches:
        present = x["word_ids"].numpy() > 0
        assert not y.numpy()[~present].any()
        assert not x["shape_ids"].numpy()[~present].any()
        assert not x["character_ids"].numpy()[~present].any()
        # Padding stands on the right, and rows of nothing else weigh nothing.
        assert (np.sort(present, axis=1)[:, ::-1] == present).all()
        np.testing.assert_array_equal(weights, present.any(axis=1))
        found += zip(x["word_ids"].numpy()[present], y.numpy()[present], strict=True)
    words = ids_of(preprocessor, [word for words in SENTENCES for word in words])
    tags = [tag for tags in TAGS for tag in tags]
    assert sorted(found) == sorted(zip(words, tags, strict=True))


def test_a_row_is_a_passage_in_its_order():
    preprocessor = make(20)
    rows = []
    for x in preprocessor.batches(SENTENCES):
        rows += [row[row > 0].tolist() for row in x["word_ids"].numpy() if row.any()]
    words = ids_of(preprocessor, [word for words in SENTENCES for word in words])
    ends = np.cumsum(preprocessor.passage_lengths(SENTENCES))
    expected = [part.tolist() for part in np.split(words, ends[:-1]) if len(part)]
    assert sorted(rows) == sorted(expected)


def test_the_order_is_drawn_anew_in_every_pass():
    def order(dataset):
        return [x["word_ids"].numpy().tolist() for x, _, _ in dataset]

    def drawn(seed):
        return make(1).batches(SENTENCES, TAGS, 2, np.random.default_rng(seed))

    first = drawn(1)
    passes = [order(first), order(first)]
    assert passes[0] != passes[1]
    assert passes[0] == order(drawn(1))
    fixed = make(1).batches(SENTENCES, TAGS, 2)
    assert order(fixed) == order(fixed)


def test_inference_batches_say_where_the_words_stand():
    preprocessor = make(20)
    words = np.array(ids_of(preprocessor, [word for words in SENTENCES for word in words]))
    seen = []
    for places, inputs in preprocessor.inference_batches(SENTENCES, batch_size=2):
        present = places >= 0
        np.testing.assert_array_equal(inputs["word_ids"][present], words[places[present]])
        assert not inputs["word_ids"][~present].any()
        seen += places[present].tolist()
    assert sorted(seen) == list(range(sum(LENGTHS)))


def test_words_of_a_batch_are_padded():
    preprocessor = make(9)
    dense = preprocessor([["aaa", "aab"], ["aac", ""]])
    ragged = preprocessor(tf.ragged.constant([["aaa", "aab"], ["aac"]]))
    for name, ids in dense.items():
        np.testing.assert_array_equal(ids, ragged[name])
    assert dense["word_ids"].numpy().tolist() == [
        ids_of(preprocessor, ["aaa", "aab"]),
        [*ids_of(preprocessor, ["aac"]), 0],
    ]
    inputs = preprocessor.network_inputs([["aaa", "aab"], ["aac"]])
    for name, ids in dense.items():
        np.testing.assert_array_equal(inputs[name], ids)


def test_tags_and_weights_pass_with_the_words():
    x, y, weights = make(9)([["aaa", "aab"]], [[1, 0]], [0.5])
    assert x["word_ids"].shape == (1, 2)
    assert np.asarray(y).tolist() == [[1, 0]]
    assert np.asarray(weights).tolist() == [0.5]


@pytest.mark.parametrize("passage_words", [0, -1, 2.5, True, None])
def test_sizes_that_are_none(passage_words):
    with pytest.raises(ValueError, match="`passage_words` must be an integer from 1"):
        make(passage_words)


@pytest.mark.parametrize("sentences", [[], [[]], [[], []]])
def test_no_words_are_refused(sentences):
    with pytest.raises(ValueError, match="no words to learn from"):
        make(9).batches(sentences, sentences)
