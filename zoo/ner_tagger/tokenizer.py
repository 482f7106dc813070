"""Words as numbers: their place in a vocabulary, their characters, their shape."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import keras
import tensorflow as tf

from seqzoo.core.arguments import check_integer
from seqzoo.core.types import Config
from seqzoo.zoo.base.tokenizer import LearnedVocabularyTokenizer
from seqzoo.zoo.ner_tagger.backbone import NERTaggerBackbone
from seqzoo.zoo.text.splitting import python_splitter as reference_splitter
from seqzoo.zoo.text.splitting.word_forms import (
    keys_of_normalized,
    normalized,
    shapes_of_normalized,
    vocabulary_keys,
)
from seqzoo.zoo.text.vectors.word_pieces import WordPieces
from seqzoo.zoo.text.vocabulary import Vocabulary, is_entry

MAX_WORD_LENGTH = 256
"""The largest `word_length`."""


@keras.saving.register_keras_serializable("seqzoo")
class NERTokenizer(LearnedVocabularyTokenizer):
    """Turns words into ids: of the word, of its characters, and of its shape.

    Words are looked up without their case and with every digit as 0 (Lample et al. 2016), their
    characters as they stand. Id 0 is padding, the empty string, and 1 is everything unknown. Of a
    word longer than `word_length` the characters at both ends are kept.

    >>> tokenizer = NERTokenizer(["de", "lei"], list("Leid"))
    >>> ids = tokenizer(["Lei", "nova", ""])
    >>> ids["word_ids"].numpy().tolist(), ids["shape_ids"].numpy().tolist()
    ([3, 1, 0], [7, 4, 0])
    >>> ids["character_ids"].numpy()[0, :4].tolist()
    [2, 3, 4, 0]

    Args:
        words: The words of the vocabulary, as `vocabulary_keys` writes them; `None` where a
            preset's files bring them.
        characters: The characters likewise.
        word_length: Characters of a word that are read. Defaults to 20.
        pieces: The pieces of words likewise, see `WordPieces`. Defaults to none.
        **kwargs: Of `keras_nlp.tokenizers.Tokenizer`.

    Raises:
        ValueError: If `word_length` is not an integer from 1 to `MAX_WORD_LENGTH`.
    """

    backbone_cls = NERTaggerBackbone
    vocabulary_files: Sequence[str] = ("words.txt", "characters.txt", "pieces.txt")

    def __init__(
        self,
        words: Sequence[str] | None = None,
        characters: Sequence[str] | None = None,
        word_length: int = 20,
        pieces: Sequence[str] | None = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        check_integer("word_length", word_length, 1, MAX_WORD_LENGTH)
        self.word_length = word_length
        self._divides_words = pieces is None or bool(pieces)
        if not self._divides_words:
            # Presets of earlier versions have no file of pieces.
            self.file_assets = list(self.vocabulary_files[:2])
            self.vocabulary_files = self.vocabulary_files[:2]
        self.set_vocabularies(words or [], characters or [], pieces or [])

    @classmethod
    def of_words(
        cls,
        words: Iterable[str],
        min_count: int = 2,
        word_length: int = 20,
        extra_words: Iterable[str] = (),
        pieces: Iterable[str] = (),
    ) -> NERTokenizer:
        """A tokenizer of the words of a text.

        Args:
            words: The words, in any order, repeated as often as they occur.
            min_count: The least occurrences of a word in the vocabulary. Words below it are what
                the model learns the unknown word from. Defaults to 2.
            word_length: See the class.
            extra_words: Further words of the vocabulary, whether the text has them or not.
            pieces: See the class.
        """
        counts = Counter(words)
        keys: Counter[str] = Counter()
        characters: set[str] = set()
        for word, count in counts.items():
            keys[reference_splitter.vocabulary_key(word)] += count
            characters.update(reference_splitter.normalized(word))
        # By frequency, and of equals by name, so that the order of the text does not matter.
        kept = sorted((key for key in keys if keys[key] >= min_count), key=lambda k: (-keys[k], k))
        kept += map(reference_splitter.vocabulary_key, extra_words)
        return cls(
            list(filter(is_entry, dict.fromkeys(kept))),
            list(filter(is_entry, sorted(characters))),
            word_length,
            list(pieces),
        )

    def set_vocabularies(self, *entries: Sequence[str]) -> None:
        """Takes the words, the characters and the pieces."""
        words, characters, pieces = entries if self._divides_words else [*entries[:2], []]
        self._words = Vocabulary(words)
        self._characters = Vocabulary(characters)
        self._pieces = WordPieces(pieces)

    def tokenize(self, inputs: Any) -> Any:
        """The ids of words.

        Args:
            inputs: Strings of any shape, dense or ragged; the empty string is padding.

        Returns:
            A dictionary of int32 tensors: `word_ids` and `shape_ids` of the shape of the inputs,
            and `character_ids` with one axis more, of `word_length`. With pieces there is
            `piece_ids`, too, with one axis more, of `PIECES_OF_A_WORD`.
        """
        if isinstance(inputs, tf.RaggedTensor):
            ids = self.tokenize(inputs.flat_values)
            return {name: inputs.with_flat_values(values) for name, values in ids.items()}
        words = normalized(tf.convert_to_tensor(inputs, tf.string))
        keys = keys_of_normalized(words)
        ids = {
            "word_ids": self._words(keys),
            "character_ids": self._character_ids(words),
            "shape_ids": shapes_of_normalized(words),
        }
        return {**ids, "piece_ids": self._pieces(keys)} if self.piece_vocabulary_size() else ids

    def _character_ids(self, words):
        flat = tf.strings.unicode_split(tf.reshape(words, [-1]), "UTF-8")
        places, present = _kept_places(flat.row_lengths(), self.word_length)
        # One more, for what is gathered where there is no character.
        characters = tf.concat([flat.flat_values, [""]], axis=0)
        places = tf.where(present, places + flat.row_starts()[:, None], 0)
        kept = tf.where(present, tf.gather(characters, places), "")
        shape = tf.concat([tf.shape(words), [self.word_length]], axis=0)
        ids = tf.reshape(self._characters(kept), shape)
        return tf.ensure_shape(ids, [*words.shape, self.word_length])

    def get_vocabulary(self) -> list[str]:
        """The words, by id; the first two are padding and the unknown word."""
        return self._words.listed()

    def get_character_vocabulary(self) -> list[str]:
        """The characters, by id; the first two are padding and the unknown character."""
        return self._characters.listed()

    def vocabulary_entries(self) -> Sequence[Sequence[str]]:
        """The words, the characters and the pieces."""
        entries = [self._words.entries, self._characters.entries]
        return [*entries, self._pieces.vocabulary.entries] if self._divides_words else entries

    def vocabulary_size(self) -> int:
        """The number of word ids."""
        return len(self._words)

    def character_vocabulary_size(self) -> int:
        """The number of character ids."""
        return len(self._characters)

    def get_piece_vocabulary(self) -> list[str]:
        """The pieces, by id; the first two are none. Empty where words are not divided."""
        return self._pieces.vocabulary.listed() if self.piece_vocabulary_size() else []

    def piece_vocabulary_size(self) -> int:
        """The number of piece ids; 0 where words are not divided."""
        pieces = self._pieces.vocabulary
        return len(pieces) if pieces.entries else 0

    def token_to_id(self, token: str) -> int:
        """The id of a word, as `tokenize` looks it up."""
        return int(self._words(vocabulary_keys(tf.constant(token))))

    def get_config(self) -> Config:
        """The constructor's arguments; the vocabularies are files of a preset."""
        return {
            **super().get_config(),
            "words": None,
            "characters": None,
            "pieces": None if self._divides_words else [],
            "word_length": self.word_length,
        }


def _kept_places(lengths, kept):
    """Which characters of words are kept, `(words, kept)`, and whether there is one."""
    lengths = tf.cast(lengths[:, None], tf.int64)
    places = tf.range(kept, dtype=tf.int64)[None]
    from_end = places + tf.maximum(lengths - kept, 0)
    chosen = tf.where(places < kept // 2, places, from_end)
    return chosen, places < lengths
