"""Words as numbers: their place in a vocabulary, their characters, their shape."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import keras
import keras_nlp
import tensorflow as tf

from seqzoo.zoo.base.vocabulary import Vocabulary, is_entry, lines
from seqzoo.zoo.ner_tagger import reference_splitter
from seqzoo.zoo.ner_tagger.backbone import NERTaggerBackbone
from seqzoo.zoo.ner_tagger.word_forms import normalized, vocabulary_keys, word_shapes

MAX_WORD_LENGTH = 256
"""The most characters of a word that are read: every word has room for as many."""

_WORDS, _CHARACTERS = "words.txt", "characters.txt"


@keras.saving.register_keras_serializable("seqzoo")
class NERTokenizer(keras_nlp.tokenizers.Tokenizer):
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
        **kwargs: Of `keras_nlp.tokenizers.Tokenizer`.

    Raises:
        ValueError: If `word_length` is no integer from 1 to `MAX_WORD_LENGTH`.
    """

    backbone_cls = NERTaggerBackbone

    def __init__(self, words=None, characters=None, word_length=20, **kwargs):
        super().__init__(**kwargs)
        _check_word_length(word_length)
        self.file_assets = [_WORDS, _CHARACTERS]
        self.word_length = word_length
        self._set_vocabularies(words or [], characters or [])

    @classmethod
    def of_words(
        cls,
        words: Iterable[str],
        min_count: int = 2,
        word_length: int = 20,
        extra_words: Iterable[str] = (),
    ) -> "NERTokenizer":
        """A tokenizer of the words of a text.

        Args:
            words: The words, in any order, repeated as often as they occur.
            min_count: The least occurrences of a word in the vocabulary. Words below it are what
                the model learns the unknown word from. Defaults to 2.
            word_length: See the class.
            extra_words: Further words of the vocabulary, whether the text has them or not.
        """
        counts = Counter(words)
        keys, characters = Counter(), set()
        for word, count in counts.items():
            keys[reference_splitter.vocabulary_key(word)] += count
            characters.update(reference_splitter.normalized(word))
        # By frequency, and of equals by name, so that the order of the text does not matter.
        kept = sorted((key for key in keys if keys[key] >= min_count), key=lambda k: (-keys[k], k))
        kept += map(reference_splitter.vocabulary_key, extra_words)
        words, characters = (
            list(filter(is_entry, each)) for each in (dict.fromkeys(kept), sorted(characters))
        )
        return cls(words, characters, word_length)

    def _set_vocabularies(self, words, characters):
        self._words = Vocabulary(words)
        self._characters = Vocabulary(characters)

    def tokenize(self, inputs):
        """The ids of words.

        Args:
            inputs: Strings of any shape, dense or ragged; the empty string is padding.

        Returns:
            A dictionary of int32 tensors: `word_ids` and `shape_ids` of the shape of the inputs,
            and `character_ids` with one axis more, of `word_length`.
        """
        if isinstance(inputs, tf.RaggedTensor):
            ids = self.tokenize(inputs.flat_values)
            return {name: inputs.with_flat_values(values) for name, values in ids.items()}
        words = tf.convert_to_tensor(inputs, tf.string)
        return {
            "word_ids": self._words(vocabulary_keys(words)),
            "character_ids": self._character_ids(words),
            "shape_ids": word_shapes(words),
        }

    def _character_ids(self, words):
        flat = tf.strings.unicode_split(normalized(tf.reshape(words, [-1])), "UTF-8")
        places, present = _kept_places(flat.row_lengths(), self.word_length)
        # One more, for what is gathered where there is no character.
        characters = tf.concat([flat.flat_values, [""]], axis=0)
        places = tf.where(present, places + flat.row_starts()[:, None], 0)
        kept = tf.where(present, tf.gather(characters, places), "")
        shape = tf.concat([tf.shape(words), [self.word_length]], axis=0)
        ids = tf.reshape(self._characters(kept), shape)
        return tf.ensure_shape(ids, [*words.shape, self.word_length])

    def get_vocabulary(self):
        """The words, by id; the first two are padding and the unknown word."""
        return self._words.listed()

    def get_character_vocabulary(self):
        """The characters, by id; the first two are padding and the unknown character."""
        return self._characters.listed()

    def vocabulary_size(self):
        """The number of word ids."""
        return len(self._words)

    def character_vocabulary_size(self):
        """The number of character ids."""
        return len(self._characters)

    def id_to_token(self, id):
        """The word of an id."""
        return self.get_vocabulary()[id]

    def token_to_id(self, token):
        """The id of a word, as `tokenize` looks it up."""
        return int(self._words(vocabulary_keys(tf.constant(token))))

    def save_assets(self, dir_path):
        """Writes the vocabularies, a word or character a line."""
        for name, vocabulary in ((_WORDS, self._words), (_CHARACTERS, self._characters)):
            Path(dir_path, name).write_text(lines(vocabulary.entries), "utf-8", newline="\n")

    def load_assets(self, dir_path):
        """Reads the vocabularies of a preset."""
        words, characters = (
            Path(dir_path, name).read_bytes().decode("utf-8").split("\n")[:-1]
            for name in (_WORDS, _CHARACTERS)
        )
        self._set_vocabularies(words, characters)

    def get_config(self):
        """The constructor's arguments; the vocabularies are files of a preset."""
        return {
            **super().get_config(),
            "words": None,
            "characters": None,
            "word_length": self.word_length,
        }


def _check_word_length(length):
    if (
        isinstance(length, bool)
        or not isinstance(length, int)
        or not 1 <= length <= MAX_WORD_LENGTH
    ):
        raise ValueError(
            f"Argument `word_length` must be an integer from 1 to {MAX_WORD_LENGTH}. "
            f"Received: word_length={length!r}"
        )


def _kept_places(lengths, kept):
    """Which characters of words are kept, `(words, kept)`, and whether there is one."""
    lengths = tf.cast(lengths[:, None], tf.int64)
    places = tf.range(kept, dtype=tf.int64)[None]
    from_end = places + tf.maximum(lengths - kept, 0)
    chosen = tf.where(places < kept // 2, places, from_end)
    return chosen, places < lengths
