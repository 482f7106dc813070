"""Tokenization of captions."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import keras
import tensorflow as tf

from seqzoo.core.types import Config, Tensor
from seqzoo.zoo.base.tokenizer import LearnedVocabularyTokenizer
from seqzoo.zoo.image_captioner.backbone import ImageCaptionerBackbone
from seqzoo.zoo.text.vocabulary import UNKNOWN_ID, Vocabulary, is_entry

END = "[END]"
# Apostrophes, straight and curly, and hyphens are parts of words.
_PUNCTUATION = r"([^\pL\pN\pM\s'\x{2019}-])"
_CLOSING, _OPENING = r" ([.,;:!?%)\]}»”])", r"([(\[{«“¿¡]) "


@keras.saving.register_keras_serializable("seqzoo")
class CaptionTokenizer(LearnedVocabularyTokenizer):
    """Converts captions to the ids of their words, and back.

    Captions are lower-cased and split at whitespace; punctuation marks are separate words. Id 0 is
    padding, 1 is the unknown word, and 2 ends a caption. Each language has a token that starts a
    caption: it tells the model which language to write.


    >>> tokenizer = CaptionTokenizer.of_captions(["A cat, asleep."], languages=["en", "pt"])
    >>> ids = tokenizer("A cat asleep")
    >>> tokenizer.detokenize(ids).numpy().decode()
    'a cat asleep'
    >>> tokenizer.start_token_id("pt")
    4

    Args:
        languages: The names of the languages; the first is the default. Defaults to `("en",)`.
        words: The words of the vocabulary; `None` to load them from the files of a preset.
        **kwargs: Arguments of `keras_nlp.tokenizers.Tokenizer`.

    Raises:
        ValueError: If `languages` is empty or has duplicates, or a word cannot be an entry.
    """

    backbone_cls = ImageCaptionerBackbone
    vocabulary_files = ("words.txt",)
    pad_token_id = 0
    unknown_token_id = UNKNOWN_ID
    end_token_id = UNKNOWN_ID + 1

    def __init__(
        self, languages: Sequence[str] = ("en",), words: Sequence[str] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.languages = _checked_languages(languages)
        self.set_vocabularies(words or [])

    @classmethod
    def of_captions(
        cls, captions: Iterable[str], languages: Sequence[str] = ("en",), min_count: int = 1
    ) -> CaptionTokenizer:
        """Makes a tokenizer with the words of captions.

        Args:
            captions: The captions, in all languages.
            languages: See the class.
            min_count: Minimum number of occurrences of a word in the vocabulary. Defaults to 1.
        """
        # Normalized as in `fit`: an accent may be a separate character.
        texts = tf.constant([unicodedata.normalize("NFC", text) for text in captions], tf.string)
        counts = Counter(word.decode() for word in split_caption(texts).flat_values.numpy())
        kept = [word for word in counts if counts[word] >= min_count and is_entry(word)]
        # By frequency, then by name, so that the order of the captions does not matter.
        return cls(languages, sorted(kept, key=lambda word: (-counts[word], word)))

    def set_vocabularies(self, *entries: Sequence[str]) -> None:
        """Sets the words."""
        (words,) = entries
        starts = [f"[{language}]" for language in self.languages]
        self._vocabulary = Vocabulary([END, *starts, *words])

    @property
    def special_token_ids(self) -> list[int]:
        """The ids of special tokens: padding, the unknown word, the end and the starts."""
        return list(range(self.end_token_id + 1 + len(self.languages)))

    def start_token_id(self, language: str | None = None) -> int:
        """Returns the id of the token that starts a caption.

        Args:
            language: One of `languages`. Defaults to the first.

        Raises:
            ValueError: If it is none of them.
        """
        return self.end_token_id + 1 + self.language_index(language)

    def language_index(self, language: str | None = None) -> int:
        """Returns the index of a language in `languages`; by default, that of the first.

        Raises:
            ValueError: If it is none of them.
        """
        if language is None:
            return 0
        if language not in self.languages:
            raise ValueError(
                f"The model writes {', '.join(self.languages)}, not {language!r}: give one of "
                "these as `language`."
            )
        return self.languages.index(language)

    def tokenize(self, inputs: Any) -> Any:
        """Converts captions to the ids of their words, without start and end.

        Args:
            inputs: Strings `()` or `(batch,)`.

        Returns:
            int32 `(time,)`, or ragged `(batch, time)`.
        """
        texts = tf.convert_to_tensor(inputs, tf.string)
        words = split_caption(tf.reshape(texts, [-1]))
        ids = words.with_flat_values(self._vocabulary(words.flat_values))
        return ids if texts.shape.rank else ids.flat_values

    def detokenize(self, inputs: Any) -> Any:
        """Converts ids to captions; special tokens have no text.

        Args:
            inputs: int32 of any shape, the last axis time.

        Returns:
            Strings, without that axis.
        """
        ids = tf.convert_to_tensor(inputs)
        words = tf.gather(tf.constant(self.written_tokens()), ids)
        joined = tf.strings.reduce_join(words, axis=-1, separator=" ")
        single = tf.strings.strip(tf.strings.regex_replace(joined, " +", " "))
        closed = tf.strings.regex_replace(single, _CLOSING, r"\1")
        return tf.strings.regex_replace(closed, _OPENING, r"\1")

    def written_tokens(self) -> list[str]:
        """Returns the text of each token, by id; empty for special tokens."""
        specials = len(self.special_token_ids)
        return ["" if i < specials else word for i, word in enumerate(self.get_vocabulary())]

    def get_vocabulary(self) -> list[str]:
        """Returns the tokens, by id."""
        return self._vocabulary.listed()

    def vocabulary_entries(self) -> Sequence[Sequence[str]]:
        """The words."""
        return [self.get_vocabulary()[len(self.special_token_ids) :]]

    def vocabulary_size(self) -> int:
        """The number of ids."""
        return len(self._vocabulary)

    def token_to_id(self, token: str) -> int:
        """Returns the id of a token."""
        return int(self._vocabulary(tf.constant(token)))

    def get_config(self) -> Config:
        """Returns the constructor's arguments; the vocabulary is a file of a preset."""
        return {**super().get_config(), "languages": list(self.languages), "words": None}


def split_caption(texts: Tensor) -> tf.RaggedTensor:
    """Splits captions into lower-case words: strings `(batch,)` to ragged `(batch, time)`."""
    spaced = tf.strings.regex_replace(tf.strings.lower(texts, "utf-8"), _PUNCTUATION, r" \1 ")
    return tf.strings.split(spaced)


def _checked_languages(languages):
    names = () if isinstance(languages, str) else tuple(languages)
    named = all(isinstance(name, str) and is_entry(name) for name in names)
    if not names or not named or len(set(names)) < len(names):
        raise ValueError(
            "Argument `languages` must name at least one language, each once. "
            f"Received: languages={languages!r}"
        )
    return names
