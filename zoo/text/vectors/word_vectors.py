"""Word vectors that were trained on large texts, read from their published files.

gensim's `KeyedVectors` reads them, too, but holds the whole table: gigabytes, where a model wants
the vectors of its own words.
"""

import codecs
import gzip
import itertools
import os
import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from seqzoo.core.errors import SeqzooError

_GZIP = b"\x1f\x8b"
_HEADER = re.compile(rb"(\d{1,12}) ([1-9]\d{0,4})")
_CONTROL = re.compile(rb"[\0-\x08\x0e-\x1f]")
_LONGEST = 2**20
"""Bytes of a line; one of 4,096 numbers has a tenth of it."""


class WordVectorsError(SeqzooError):
    """A file that no word vectors can be read from."""


class WordVectors(NamedTuple):
    """The vectors of a vocabulary.

    Attributes:
        matrix: Float32 `(vocabulary, dim)`.
        found: Booleans `(vocabulary,)`, whether the file has the word; the other vectors are
            random.
    """

    matrix: np.ndarray
    found: np.ndarray


class WordVectorFile:
    r"""A text file of word vectors, plain or gzip-compressed.

    A word stands on a line, its numbers after it, with single spaces between. So GloVe writes its
    files; those of word2vec and fastText (`.vec`) have one line more at the start, the number of
    words and the dimension. Where a line has more fields, the word has spaces. Words that are not
    UTF-8 are passed over: word2vec cuts long words in the middle of a character.

    A file is read line by line, so that it may be larger than the memory.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "vectors.txt"
    ...     _ = path.write_text("Casa 0.5 1\nmar 0.25 -1\n")
    ...     vectors = WordVectorFile(path).read(["mar", "lei"], str.lower, np.random.default_rng(0))
    >>> vectors.matrix[0].tolist(), vectors.found.tolist()
    ([0.25, -1.0], [True, False])

    Args:
        path: The file.

    Attributes:
        path: The file.
        dim: Numbers of a vector.

    Raises:
        WordVectorsError: If the file cannot be read, is binary, or does not start with a vector.
    """

    def __init__(self, path: str | os.PathLike) -> None:
        self.path = Path(path)
        head = list(itertools.islice(self._lines(), 2))
        if not head:
            raise WordVectorsError(f"{path} is empty: give a file of word vectors.")
        header = _HEADER.fullmatch(head[0][1])
        self._check_text(head, header)
        self._count = int(header[1]) if header else None
        self.dim = int(header[2]) if header else _numbers_at_end(head[0][1])
        if not self.dim:
            raise self._broken(head[0][0], "no word with numbers after it, single spaces between")

    def first_words(self, count: int) -> list[str]:
        """The first words of the file, as they are spelled there: in most files, the most frequent.

        Raises:
            WordVectorsError: If one of their lines is broken.
        """
        words = (word for _, word, _ in self._vectors() if word)
        return list(itertools.islice(words, count))

    def read(
        self,
        keys: Sequence[str],
        key_of: Callable[[str], str],
        rng: np.random.Generator,
        advance: Callable[[], None] | None = None,
    ) -> WordVectors:
        """The vectors of a vocabulary.

        Words that the file lacks get random vectors of the same mean and deviation, after Kim
        (2014), Convolutional Neural Networks for Sentence Classification.

        Args:
            keys: The vocabulary, each word once.
            key_of: What a word of the file is in the vocabulary. Of several words with the same
                key the first is taken.
            rng: Draws the vectors of words that the file lacks.
            advance: Is called after every hundredth of the file.

        Raises:
            WordVectorsError: If a line has not the right number of fields, a word of the vocabulary
                has something else than finite numbers, no word is found, or the file ends too
                early.
        """
        places = {key: place for place, key in enumerate(keys)}
        matrix = np.zeros((len(keys), self.dim), "float32")
        found = np.zeros(len(keys), bool)
        for number, word, numbers in self._vectors(advance):
            place = places.get(key_of(word))
            if place is not None and not found[place]:
                matrix[place] = self._parsed(number, numbers)
                found[place] = True
        if not found.any():
            raise WordVectorsError(
                f"{self.path} has none of the {len(keys)} words: give vectors of their language."
            )
        known = matrix[found].astype("float64")
        size = len(keys) - len(known), self.dim
        matrix[~found] = rng.normal(known.mean(axis=0), known.std(axis=0), size)
        return WordVectors(matrix, found)

    def _vectors(
        self, advance: Callable[[], None] | None = None
    ) -> Iterator[tuple[int, str, bytes]]:
        """Lines, as their number, the word, and the numbers as they stand there."""
        count = 0
        start = 0 if self._count is None else 1
        for number, line in itertools.islice(self._lines(advance), start, None):
            count += 1
            surplus = line.count(b" ") - self.dim
            # Only what is asked for is split further: it takes most of the time.
            *fields, numbers = line.split(b" ", max(surplus, 0) + 1)
            if surplus < 0 or (surplus and all(map(_is_number, fields[1:]))):
                has = self.dim + surplus
                raise self._broken(number, f"a vector of {has} instead of {self.dim} numbers")
            try:
                word = b" ".join(fields).decode()
            except UnicodeDecodeError:
                continue
            yield number, word, numbers
        if count < (self._count or 0):
            raise WordVectorsError(
                f"{self.path} ends after {count} words, where its first line says {self._count}: "
                "get it again, or correct that line."
            )

    def _lines(self, advance: Callable[[], None] | None = None) -> Iterator[tuple[int, bytes]]:
        """Lines that are not blank, with their numbers, without white space at the end."""
        advanced = 0
        try:
            with open(self.path, "rb") as file:
                size = os.fstat(file.fileno()).st_size
                packed = file.peek(len(_GZIP)).startswith(_GZIP)
                unpacked = gzip.GzipFile(fileobj=file) if packed else file
                for number in itertools.count(1):
                    line = unpacked.readline(_LONGEST)
                    if not line:
                        return
                    if len(line) == _LONGEST:
                        raise self._broken(number, f"more than {_LONGEST} bytes")
                    if number == 1:
                        line = line.removeprefix(codecs.BOM_UTF8)
                    if line := line.rstrip():
                        yield number, line
                    while advance and advanced < 100 * file.tell() // size:
                        advance()
                        advanced += 1
        except (OSError, EOFError, zlib.error) as error:
            reason = getattr(error, "strerror", None) or error
            raise WordVectorsError(
                f"{self.path} cannot be read ({reason}): check the path, or get the file again."
            ) from error

    def _check_text(self, head, header):
        if _CONTROL.search(head[0][1]):
            raise WordVectorsError(
                f"{self.path} is a binary file or an archive: unpack it, and give word vectors as "
                "text, such as GloVe's .txt or fastText's .vec."
            )
        if header and any(_CONTROL.search(line) for _, line in head):
            raise WordVectorsError(
                f"{self.path} is a binary word2vec file: write it as text, with gensim's "
                "`KeyedVectors.load_word2vec_format(path, binary=True).save_word2vec_format(new)`."
            )

    def _parsed(self, number, numbers):
        try:
            with np.errstate(over="ignore"):
                vector = np.array([float(each) for each in numbers.split(b" ")], "float32")
        except ValueError as error:
            raise self._broken(number, "something that is no number") from error
        if not np.isfinite(vector).all():
            raise self._broken(number, "a number that is not finite")
        return vector

    def _broken(self, number, what):
        return WordVectorsError(
            f"{self.path}, line {number}: {what}; delete the line, or get the file again."
        )


def _numbers_at_end(line):
    """How many there are after a word, which may itself be a number or have spaces."""
    fields = line.split(b" ")[1:]
    return sum(1 for _ in itertools.takewhile(_is_number, reversed(fields)))


def _is_number(field):
    try:
        float(field)
    except ValueError:
        return False
    return True
