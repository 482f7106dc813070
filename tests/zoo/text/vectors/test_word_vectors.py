import bz2
import doctest
import gzip
import struct
import tempfile
import tracemalloc
from pathlib import Path

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from seqzoo.core.errors import SeqzooError
from seqzoo.zoo.text.vectors import word_vectors
from seqzoo.zoo.text.vectors.word_vectors import WordVectorFile, WordVectorsError

GLOVE = "casa 0.5 1 -2\nMar 0.25 -1e-2 3\nmar 9 9 9\nde -0.125 4 0\n"
WORD2VEC = "4 3\n" + GLOVE
FAST_TEXT = WORD2VEC.replace("\n", " \n").replace("4 3 \n", "4 3\n")
KEYS = ["mar", "rio", "casa"]


@pytest.fixture
def vector_file(tmp_path):
    """Makes a file of word vectors from a text or bytes, gives its path."""

    def write(content):
        path = tmp_path / "vectors.txt"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def read(path, keys=KEYS, key_of=str.lower, advance=None):
    return WordVectorFile(path).read(keys, key_of, np.random.default_rng(0), advance)


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
@pytest.mark.parametrize(
    "content",
    [
        GLOVE,
        WORD2VEC,
        FAST_TEXT,
        WORD2VEC.replace("\n", "\r\n"),
        "\ufeff" + GLOVE,
        "\ufeff" + WORD2VEC,
        GLOVE.rstrip("\n"),
        "\n" + WORD2VEC + "\n\n",
    ],
    ids=[
        *("GloVe", "word2vec", "fastText", "CRLF", "BOM", "BOM before a header"),
        *("no final newline", "blank lines"),
    ],
)
def test_published_formats(vector_file, content, pack):
    path = vector_file(pack(content.encode()))
    vectors = read(path)
    assert WordVectorFile(path).dim == 3
    assert WordVectorFile(path).first_words(2) == ["casa", "Mar"]
    assert vectors.matrix.dtype == np.float32
    # The first spelling of a key wins, and the order is that of the keys.
    np.testing.assert_array_equal(
        vectors.matrix[[0, 2]], np.float32([[0.25, -1e-2, 3], [0.5, 1, -2]])
    )
    assert vectors.found.tolist() == [True, False, True]


def test_words_that_are_not_found_are_drawn_alike(vector_file):
    rng = np.random.default_rng(1)
    means, deviations = np.array([-3.0, 0, 5]), np.array([0.5, 1, 2])
    rows = rng.normal(means, deviations, (500, 3))
    lines = [f"a{i} {' '.join(map(str, row))}\n" for i, row in enumerate(rows)]
    known, missing = [f"a{i}" for i in range(500)], [f"b{i}" for i in range(4000)]
    vectors = read(vector_file("".join(lines)), [*missing, *known])
    assert vectors.found.tolist() == [False] * 4000 + [True] * 500
    drawn = vectors.matrix[:4000]
    # Six standard errors of a mean and a deviation.
    np.testing.assert_allclose(drawn.mean(0), rows.mean(0), atol=6 * 2 / 4000**0.5)
    np.testing.assert_allclose(drawn.std(0), rows.std(0), rtol=6 / (2 * 4000) ** 0.5)
    assert len(np.unique(drawn, axis=0)) == 4000


def test_a_seed_repeats_them(vector_file):
    path = vector_file(GLOVE)
    np.testing.assert_array_equal(read(path).matrix, read(path).matrix)
    other = WordVectorFile(path).read(KEYS, str.lower, np.random.default_rng(2))
    assert (other.matrix[1] != read(path).matrix[1]).all()


@pytest.mark.parametrize("first", ["", "3 2\n"], ids=["GloVe", "word2vec"])
def test_words_with_spaces_and_numbers_as_words(vector_file, first):
    path = vector_file(first + "at name@domain.com 1 2\n10 3 4\n. . . 5 6\n")
    vectors = read(path, ["10", "at", "at name@domain.com", ". . ."])
    assert vectors.found.tolist() == [True, False, True, True]
    np.testing.assert_array_equal(vectors.matrix[[0, 2, 3]], [[3, 4], [1, 2], [5, 6]])


def test_only_plain_spaces_part_fields(vector_file):
    words = ["a\u00a0b", "c\u2028d", "e\u0085f"]
    path = vector_file("".join(f"{word} {i} 0\n" for i, word in enumerate(words)))
    assert read(path, words).matrix[:, 0].tolist() == [0, 1, 2]


def test_words_that_are_not_utf8_and_empty_words_are_passed_over(vector_file):
    path = vector_file(b"4 2\n\xe1gua 1 2\n 3 4\nmar 5 6\ncora\xc3 7 8\n")
    assert WordVectorFile(path).first_words(10) == ["mar"]
    vectors = read(path, ["mar", "água", "cora", "cora\ufffd"])
    assert vectors.found.tolist() == [True, False, False, False]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "txt is empty"),
        ("\n \n", "txt is empty"),
        ("casa\n", "line 1: no word with numbers after it"),
        ("casa\t0.5\t1\n", "line 1: no word with numbers after it"),
        ("A house by the sea.\n", "line 1: no word with numbers after it"),
        ("mar 1 2\ncasa 1\n", "line 2: a vector of 1 instead of 2 numbers; delete the line, or"),
        ("mar 1 2\n\ncasa 1 2 3\n", "line 3: a vector of 3 instead of 2 numbers"),
        ("2 3\nmar 1 2\ncasa 3 4\n", "line 2: a vector of 2 instead of 3 numbers"),
        ("mar 1 2\ncasa 1 x\n", "line 2: something that is no number"),
        ("mar 1 2\ncasa nan 2\n", "line 2: a number that is not finite"),
        ("mar 1 2\ncasa 1 -inf\n", "line 2: a number that is not finite"),
        ("mar 1 2\ncasa 1 1e39\n", "line 2: a number that is not finite"),
        ("3 2\nmar 1 2\ncasa 3 4\n", "ends after 2 words, where its first line says 3: get it"),
        ("the 1 2\nsea 3 4\n", "txt has none of the 3 words: give vectors of their language"),
        ("mar 1 2\n" + "x" * 2**20, "line 2: more than 1048576 bytes"),
        (
            gzip.compress(GLOVE.encode(), mtime=0)[:-12],
            r"txt cannot be read \(.+\): check the path, or get",
        ),
        (b"\x1f\x8bno", r"txt cannot be read \(.+\): check the path, or get the file again"),
        (bz2.compress(GLOVE.encode()), "txt is a binary file or an archive: unpack it"),
        (b"PK\x03\x04" + GLOVE.encode(), "txt is a binary file or an archive: unpack it"),
        (b"\x80\x04\x95" + GLOVE.encode(), "txt is a binary file or an archive"),
        (GLOVE.encode("utf-16"), "txt is a binary file or an archive"),
    ],
)
def test_what_is_wrong_is_named(vector_file, content, message):
    path = vector_file(content)
    with pytest.raises(WordVectorsError, match=message) as caught:
        read(path)
    assert isinstance(caught.value, SeqzooError)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_binary_word2vec_file_is_named_with_the_way_out(vector_file):
    rows = [word + b" " + struct.pack("<3f", 0.1, -2.5, 1e-3) + b"\n" for word in (b"mar", b"rio")]
    with pytest.raises(WordVectorsError, match=r"a binary word2vec file: write it as text, with"):
        read(vector_file(b"2 3\n" + b"".join(rows)))


@pytest.mark.parametrize("name", ["missing.txt", "."])
def test_a_path_that_is_no_file(tmp_path, name):
    with pytest.raises(WordVectorsError, match=r"cannot be read \(.+\): check the path"):
        WordVectorFile(tmp_path / name)


def test_numbers_of_unwanted_words_do_not_matter(vector_file):
    assert read(vector_file("mar 1 2\nruim nan x\n")).found.any()


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_progress_is_told_a_hundred_times(vector_file, pack):
    lines = [f"w{i} {i} 1\n" for i in range(20_000)]
    calls = []
    read(vector_file(pack("".join(lines).encode())), ["w3"], advance=lambda: calls.append(None))
    assert len(calls) == 100


def test_memory_is_that_of_the_wanted_words(vector_file):
    numbers = b" 0.25" * 100
    line = b"palavra%d" + numbers + b"\n"

    def peak(count):
        path = vector_file(b"mar" + numbers + b"\n" + b"".join(line % i for i in range(count)))
        tracemalloc.start()
        try:
            read(path, ["mar"])
            return tracemalloc.get_traced_memory()[1], path.stat().st_size
        finally:
            tracemalloc.stop()

    small, large = peak(100), peak(20_000)
    assert large[1] > 10_000_000
    # Buffers of the file and of a line.
    assert large[0] < small[0] + 100_000


def test_the_example_in_the_documentation():
    results = doctest.testmod(word_vectors)
    assert results.attempted
    assert not results.failed


# Bytes that are near to a file; any others are seldom more than one bad line.
PIECES = [" ", "\n", "\r\n", "\t", "2 2\n", "1 3\n", "a", "b", "a 1 2\n", "B 3 -4\n", "x y 5 6\n"]
PIECES += ["1", " 0.5", " nan", " 1e39", " 1_0", "\ufeff", "\u00a0", "\0", "é"]
PIECES = [piece.encode() for piece in PIECES] + [b"\xff", b"\x1f\x8b"]


@given(
    content=st.binary(max_size=60) | st.lists(st.sampled_from(PIECES), max_size=20).map(b"".join),
    pack=st.sampled_from([bytes, gzip.compress, lambda data: gzip.compress(data, mtime=0)[:-9]]),
)
def test_any_bytes_give_vectors_or_an_error(content, pack):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "any.txt")
        path.write_bytes(pack(content))
        try:
            vectors = read(path, ["", "a", "b", "é"])
        except WordVectorsError:
            return
    assert vectors.matrix.shape[0] == len(vectors.found) == 4
    assert vectors.found.any()
    assert np.isfinite(vectors.matrix).all()


@given(
    st.dictionaries(
        # Words as `str.split` leaves them, without the characters of binary files.
        st.text(
            st.characters(codec="utf-8", exclude_categories=["Cc", "Zs", "Zl", "Zp"]), min_size=1
        ).filter(lambda word: not word.startswith("\ufeff")),
        st.lists(st.floats(-1e6, 1e6, width=32), min_size=2, max_size=2),
        min_size=1,
        max_size=8,
    ),
    st.booleans(),
)
def test_what_is_written_is_read_back(vectors, with_header):
    lines = [f"{word} {a} {b}\n" for word, (a, b) in vectors.items()]
    header = [f"{len(vectors)} 2\n"] if with_header else []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "vectors.txt")
        path.write_bytes("".join(header + lines).encode())
        file = WordVectorFile(path)
        assert file.first_words(len(vectors)) == list(vectors)
        read_back = file.read(list(vectors), str, np.random.default_rng(0))
    assert read_back.found.all()
    np.testing.assert_array_equal(read_back.matrix, np.float32(list(vectors.values())))
