"""Checks of the tagger's raw inputs."""

import re
from collections.abc import Sequence

import numpy as np

from seqzoo.zoo.text.tagging.tagging_schemes import TagError, to_iob2

_HALF_PAIRS = re.compile("[\ud800-\udfff]")


def checked_texts(texts: Sequence | np.ndarray) -> list:
    """Texts as a list of bytes, in UTF-8 where they were strings.

    Raises:
        TypeError: If an item is not a text, or `texts` is one text instead of a list.
    """
    if isinstance(texts, (str, bytes)):
        raise TypeError(f"Give a list of texts. Received one text: {texts!r}")
    texts = list(texts)
    for index, text in enumerate(texts):
        if not isinstance(text, (str, bytes)):
            raise TypeError(
                f"A text must be a string. Received at index {index}: {text!r} "
                f"(of type {type(text).__name__})"
            )
    return [
        without_half_pairs(text).encode() if isinstance(text, str) else bytes(text)
        for text in texts
    ]


def checked_sentences(sentences: Sequence[Sequence[str]]) -> list[list[str]]:
    """Sentences as lists of words, all of them with a form in UTF-8.

    Raises:
        TypeError: If a sentence is not a sequence of strings.
        ValueError: If a word is empty, which stands for padding.
    """
    checked = []
    for index, words in enumerate(sentences):
        if not isinstance(words, (list, tuple)) or not all(isinstance(w, str) for w in words):
            raise TypeError(
                "A sentence must be a list of words. "
                f"Received at index {index}: {words!r} (of type {type(words).__name__})"
            )
        if not all(words):
            raise ValueError(f"Sentence {index} has an empty word: leave it out.")
        checked.append([without_half_pairs(word) for word in words])
    return checked


def without_half_pairs(text: str) -> str:
    r"""Replaces lone surrogates, which UTF-8 cannot encode, by U+FFFD.

    >>> ascii(without_half_pairs("\ud83d Ana"))
    "'\\ufffd Ana'"
    """
    return _HALF_PAIRS.sub("\ufffd", text)


def checked_tags(
    tags: Sequence[Sequence[str]], sentences: list[list[str]], known: list[str]
) -> list[list[int]]:
    """The ids of tags.

    Args:
        tags: The tags of every sentence.
        sentences: The words of every sentence.
        known: The tags of the model, by id.

    Raises:
        ValueError: If tags and words differ in number, or a tag is not one of the model's or not
            allowed by IOB2 at its place.
    """
    if tags is None or len(tags) != len(sentences):
        given = "none" if tags is None else len(tags)
        raise ValueError(f"There are {len(sentences)} sentences, and tags of {given}.")
    ids = {tag: index for index, tag in enumerate(known)}
    for index, (words, sentence_tags) in enumerate(zip(sentences, tags, strict=True)):
        if len(words) != len(sentence_tags):
            raise ValueError(
                f"Sentence {index} has {len(words)} words and {len(sentence_tags)} tags."
            )
        unknown = [tag for tag in sentence_tags if tag not in ids]
        if unknown:
            raise ValueError(
                f"Sentence {index} has the tag {unknown[0]!r}, which is none of the model's: "
                f"{', '.join(known)}."
            )
        try:
            to_iob2(sentence_tags, "IOB2")
        except TagError as error:
            raise ValueError(f"Sentence {index}, word {error.word}: {error}.") from error
    return [[ids[tag] for tag in sentence_tags] for sentence_tags in tags]
