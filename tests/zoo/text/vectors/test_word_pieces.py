"""Words in pieces, against regular expressions."""

import re

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from seqzoo.zoo.text.splitting.python_splitter import PIECES_OF_A_WORD, WORD_START, word_pieces
from seqzoo.zoo.text.vectors.word_pieces import WordPieces

PIECES = ["▁ca", "sa", "▁casa", "s", "ção", "aç", "a", "▁", "👩🏽", "0.0", "ss"]


def expected_ids(key):
    """The first matches of an expression that tries the longest pieces first."""
    longest_first = sorted(PIECES, key=len, reverse=True)
    pattern = f"({'|'.join(map(re.escape, longest_first))})|."
    matches = re.finditer(pattern, WORD_START + key, re.DOTALL) if key else ()
    ids = [PIECES.index(match[1]) + 2 if match[1] else 0 for match in matches]
    return (ids + [0] * PIECES_OF_A_WORD)[:PIECES_OF_A_WORD]


@pytest.fixture(scope="module")
def pieces():
    module = WordPieces(PIECES)
    signature = [tf.TensorSpec(None, tf.string)]
    return tf.function(module, input_signature=signature, autograph=False)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.text("cas0.çãx👩🏽\n", max_size=12) | st.sampled_from(["casas", "caça", "casassss"]),
        max_size=6,
    )
)
def test_the_longest_pieces_from_left_to_right(pieces, keys):
    ids = pieces(tf.constant(keys, tf.string)).numpy()
    assert ids.shape == (len(keys), PIECES_OF_A_WORD)
    assert ids.tolist() == [expected_ids(key) for key in keys]
    by_piece = {piece: number for number, piece in enumerate(PIECES, 2)}
    longest = max(map(len, PIECES))
    assert [word_pieces(key, by_piece, longest) for key in keys] == ids.tolist()


def test_every_shape_of_input_means_the_same(pieces):
    keys = np.array([["casa", "", "s"], ["casa", "ação", "x"]], object)
    ids = pieces(tf.constant(keys)).numpy()
    assert ids.shape == (2, 3, PIECES_OF_A_WORD)
    assert ids.reshape(6, -1).tolist() == [expected_ids(key) for key in keys.ravel()]
    assert pieces(tf.constant("casa")).numpy().tolist() == expected_ids("casa")


def test_no_pieces_at_all():
    assert not WordPieces([])(tf.constant(["casa", ""])).numpy().any()


def test_pieces_that_are_too_long_are_refused():
    WordPieces(["a" * 64])
    with pytest.raises(ValueError, match="has 65 characters: the most are 64"):
        WordPieces(["s", "a" * 65])
