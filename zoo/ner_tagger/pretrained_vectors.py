"""The pretrained vectors that an untrained tagger starts from."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

from seqzoo.core.arguments import check_integer, is_integer
from seqzoo.zoo.base.keras_rng import keras_rng
from seqzoo.zoo.ner_tagger.backbone import NERTaggerBackbone
from seqzoo.zoo.ner_tagger.tokenizer import NERTokenizer
from seqzoo.zoo.text.splitting.python_splitter import vocabulary_key
from seqzoo.zoo.text.vectors.piece_vectors import PieceVectors, key_counts, read_piece_vectors
from seqzoo.zoo.text.vectors.word_vectors import WordVectorFile

MAX_PIECES = 100_000
"""The most pieces that a tagger knows."""


class PretrainedVectors:
    """Vectors of words and of their pieces; either may be absent.

    Args:
        words: The words to learn from.
        word_vectors: A file of word vectors, see `WordVectorFile`; or `None`.
        extra_words: The number of the file's first words that enter the vocabulary.
        piece_vectors: The source of piece vectors, see `read_piece_vectors`; or `None`.
        pieces: The most pieces that are kept.

    Attributes:
        extra_words: Words of the file that enter the vocabulary.
        pieces: Pieces that the words use most, then the most frequent others.

    Raises:
        ValueError: If `extra_words` is above 0 without a file, or `pieces` not from 1 to
            `MAX_PIECES`.
        WordVectorsError: If no vectors can be read.
    """

    def __init__(
        self,
        words: Sequence[str],
        word_vectors: str | os.PathLike[str] | None,
        extra_words: int,
        piece_vectors: str | os.PathLike[str] | None,
        pieces: int,
    ) -> None:
        self._file = None if word_vectors is None else WordVectorFile(word_vectors)
        self.extra_words = _first_words(self._file, extra_words)
        self._piece_vectors = _used_pieces(piece_vectors, pieces, words)
        self.pieces = self._piece_vectors.pieces if self._piece_vectors else []

    def with_embedding_dim(self, sizes: dict[str, Any]) -> dict[str, Any]:
        """Adds the size of the word vectors to the sizes of a backbone.

        Raises:
            ValueError: If the sizes have another `embedding_dim`.
        """
        if self._file is None:
            return sizes
        if sizes.get("embedding_dim") not in (None, self._file.dim):
            raise ValueError(
                f"Argument `embedding_dim` must be {self._file.dim}, as in {self._file.path}, or "
                f"be left out. Received: embedding_dim={sizes['embedding_dim']!r}"
            )
        return {**sizes, "embedding_dim": self._file.dim}

    def initialize(
        self,
        backbone: NERTaggerBackbone,
        tokenizer: NERTokenizer,
        advance: Callable[[], None] | None,
    ) -> None:
        """Sets the embeddings of an untrained backbone.

        Args:
            backbone: The backbone.
            tokenizer: Its tokenizer, of these extra words and pieces.
            advance: Is called after every hundredth of the file.
        """
        if self._piece_vectors and backbone.piece_mean:
            reduced = self._piece_vectors.reduced(backbone.embedding_dim)
            backbone.piece_mean.start_from(reduced.matrix)
        if self._file:
            keys = tokenizer.get_vocabulary()
            vectors = self._file.read(keys, vocabulary_key, keras_rng(), advance)
            backbone.word_embedding.embeddings.assign(vectors.matrix)


def _first_words(file: WordVectorFile | None, count: int) -> list[str]:
    if not is_integer(count) or count < 0 or (count and not file):
        raise ValueError(
            "Argument `extra_words` must be a number of words of `word_vectors`. "
            f"Received: extra_words={count!r}"
        )
    return file.first_words(count) if file and count else []


def _used_pieces(
    source: str | os.PathLike[str] | None, count: int, words: Sequence[str]
) -> PieceVectors | None:
    check_integer("pieces", count, 1, MAX_PIECES)
    if source is None:
        return None
    return read_piece_vectors(source).of_keys().most_used(key_counts(words), count)
