import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from seqzoo.zoo.text.splitting import python_splitter as reference
from seqzoo.zoo.text.splitting.character_tables import key_characters
from seqzoo.zoo.text.splitting.word_forms import normalized, vocabulary_keys, word_shapes

CHARACTERS = (
    "aAéÉßİ\u017f\u212aΣςǅⅧⒶªº°漢0٣½.-/'`\"“”«»\u2018\u2019\u2013\u2014\u2044"
    "h\u0301\u0331\u0327👩\u200d\u00ad\u200b\n"
)
words = st.text(st.one_of(st.sampled_from(CHARACTERS), st.characters(exclude_categories=["Cs"])))


@tf.function(input_signature=[tf.TensorSpec([None], tf.string)], autograph=False)
def forms_in_graph(tensor):
    return normalized(tensor), vocabulary_keys(tensor), word_shapes(tensor)


def decoded(tensor):
    return [word.decode() for word in tensor.numpy()]


@pytest.mark.parametrize(
    ("shape", "examples"),
    [
        (reference.PADDING, [""]),
        (reference.DIGITS, ["0", "2024", "٣٤"]),
        (reference.NUMBER, ["8.666/93", "10:30", "-5", "1,5%"]),
        (reference.LETTERS_AND_DIGITS, ["5º", "830/PR", "3x2", "30°", "A4"]),
        (reference.LOWER_CASE, ["lei", "é", "trata-se", "e\u0301", "nº", "ß"]),
        (reference.UPPER_CASE, ["STF", "P&D", "ÉÇ", "S/A"]),
        (reference.SINGLE_UPPER, ["O", "É", "E\u0301", "A."]),
        (reference.CAPITALISED, ["São", "Élida", "Trata-se", "Os"]),
        (reference.MIXED_CASE, ["iPad", "McCoy", "d'Oeste", "Rio-São", "-Relator"]),
        (reference.OTHER, [".", "§", "--", "漢", "º", "👍🏽", "\u0301", "\ufffd"]),
    ],
)
def test_shapes(shape, examples):
    assert set(word_shapes(tf.constant(examples)).numpy()) == {shape}


def test_the_shapes_are_numbered_as_files_store_them():
    assert [
        *(reference.PADDING, reference.DIGITS, reference.NUMBER, reference.LETTERS_AND_DIGITS),
        *(reference.LOWER_CASE, reference.UPPER_CASE, reference.SINGLE_UPPER),
        *(reference.CAPITALISED, reference.MIXED_CASE, reference.OTHER),
    ] == list(range(10))


@pytest.mark.parametrize(
    ("word", "plain", "key"),
    [
        ("São", "São", "são"),
        ("“", '"', '"'),
        ("''", '"', '"'),
        ("\u2019\u2019", '"', '"'),
        ("D\u2019Água", "D'Água", "d'água"),
        ("AÇÃO\u2013Nº2", "AÇÃO-Nº2", "ação-nº0"),
        ("11.705\u20442008", "11.705/2008", "00.000/0000"),
        ("ΟΔΟΣ", "ΟΔΟΣ", "οδοσ"),
        ("İ٣", "İ٣", "İ0"),
        ("", "", ""),
        ("Conceic\u0327a\u0303o", "Conceição", "conceição"),
        ("e\u0302\u0301, \u1f00\u0342\u0345", "ế, \u1f86", "ế, \u1f86"),
        ("H\u0331h\u0331", "H\u0331\u1e96", "\u1e96\u1e96"),
        ("\u0301a", "\u0301a", "\u0301a"),
        ("\ufeffLu\u00adiz\u200d", "Luiz", "luiz"),
        ("O\ufb01cina e\ufb03caz", "Oficina efficaz", "oficina efficaz"),
        ("Fede-\r\n ral", "Federal", "federal"),
        ("pré\u2010sal", "pré-sal", "pré-sal"),
        ("\u200b\u00ad", "\u200b\u00ad", "\u200b\u00ad"),
        ("-\n", "-\n", "-\n"),
    ],
)
def test_keys(word, plain, key):
    assert decoded(normalized(tf.constant([word]))) == [plain]
    assert decoded(vocabulary_keys(tf.constant([word]))) == [key]


@settings(deadline=None, max_examples=200)
@given(st.lists(words))
def test_the_graph_agrees_with_the_reference(given_words):
    plain, keys, shapes = forms_in_graph(tf.constant(given_words, tf.string))
    assert decoded(plain) == [*map(reference.normalized, given_words)]
    assert decoded(keys) == [*map(reference.vocabulary_key, given_words)]
    assert shapes.numpy().tolist() == [*map(reference.word_shape, given_words)]


@given(words)
def test_a_key_is_its_own_key(word):
    key = reference.vocabulary_key(word)
    assert reference.vocabulary_key(key) == key


def test_every_character_is_in_keys_what_the_reference_says():
    codes = range(0x110000)
    expected = [ord(reference.key_character(chr(code))) for code in codes]
    np.testing.assert_array_equal(key_characters(tf.constant(codes)), expected)


@pytest.mark.parametrize("shape", [(0,), (2, 0), (), (1, 1, 3)])
def test_any_shape(shape):
    tensor = tf.fill(shape, "São")
    for forms in (normalized, vocabulary_keys, word_shapes):
        traced = tf.function(forms, autograph=False).get_concrete_function(
            tf.TensorSpec([None] * len(shape), tf.string)
        )
        assert traced(tensor).shape == shape
        assert traced.output_shapes.rank == len(shape)
