"""Tagging schemes of entities, and their conversion to IOB2.

Packages such as iobes convert schemes, but do not locate invalid tags or detect the scheme.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence

from seqzoo.core.errors import SeqzooError

__all__ = [
    "SCHEMES",
    "TagError",
    "detect_scheme",
    "entity_spans",
    "is_tag",
    "is_unseen",
    "labels_of",
    "to_iob2",
]

_LETTERS = {"IOB1": "BI", "IOB2": "BI", "IOBES": "BIES", "BILOU": "BILU"}

_LABEL_ALONE = re.compile(r"[^\W\d_]{2}\w*")

SCHEMES = (*_LETTERS, "IO")
"""The supported schemes."""


class TagError(SeqzooError, ValueError):
    """A malformed tag, or a tag that its scheme does not allow at its position.

    Attributes:
        word: The index of its word in the sentence.
        sentence: The index of the sentence, if there are several.
    """

    def __init__(self, message: str, word: int, sentence: int = 0):
        super().__init__(message)
        self.word = word
        self.sentence = sentence

    def __reduce__(self):
        return type(self), (str(self), self.word, self.sentence)


def is_tag(text: str) -> bool:
    """Returns whether a text is a tag in one of the schemes with letters.

    >>> is_tag("O"), is_tag("B-PER"), is_tag("PER")
    (True, True, False)
    """
    letter, _, label = text.partition("-")
    # For example, a trailing no-break space would create another label.
    is_label = label != "" and not any(map(is_unseen, label.replace(" ", "")))
    return text == "O" or (letter in tuple("BIESLU") and is_label)


def is_unseen(character: str) -> bool:
    """Returns whether a character is whitespace, or a format character such as U+FEFF."""
    return character.isspace() or unicodedata.category(character) == "Cf"


def to_iob2(tags: Sequence[str], scheme: str, sentence: int = 0) -> tuple[str, ...]:
    """Converts the tags of a sentence to IOB2.

    All schemes mark a word outside of entities with `O` and any other with a letter, `-` and the
    label of its entity. The letters (Ramshaw & Marcus 1995 for IOB1; Tjong Kim Sang & Veenstra
    1999, Representing Text Chunks, for the others but BILOU; Ratinov & Roth 2009, Design
    Challenges and Misconceptions in Named Entity Recognition, for BILOU):

    * IOB2: `B` at the first word of an entity, `I` at the others.
    * IOB1: `I` at every word, but `B` at the first one if an entity with the same label ends right
      before it.
    * IOBES: as IOB2, but `E` at the last word, and `S` at the word of a single-word entity.
    * BILOU: as IOBES, with `L` for `E` and `U` for `S`.
    * IO: no letters; only the label at every word of an entity, so that adjacent entities with the
      same label are merged.

    In IOB1, as in the scorer of the CoNLL shared tasks, `B` always starts an entity, and `I` does
    if it does not continue one with its label. Tags in IOB2 are therefore returned unchanged.

    Args:
        tags: The tags of one sentence.
        scheme: One of `SCHEMES`.
        sentence: The index of the sentence, for the error.

    Raises:
        TagError: If a tag is malformed, or not allowed at its position.

    >>> to_iob2(["I-PER", "I-PER", "B-PER", "O"], "IOB1")
    ('B-PER', 'I-PER', 'B-PER', 'O')
    >>> to_iob2(["B-ORG", "E-ORG", "S-PER"], "IOBES")
    ('B-ORG', 'I-ORG', 'B-PER')
    >>> to_iob2(["PER", "PER", "O", "ORG"], "IO")
    ('B-PER', 'I-PER', 'O', 'B-ORG')
    """
    if scheme not in SCHEMES:
        raise ValueError(f"There is no scheme {scheme!r}; give one of {', '.join(SCHEMES)}.")
    if scheme == "IO":
        return _from_io(tags, sentence)
    converted = []
    before = ("O", "")
    for word, part in enumerate(_split(tags, sentence)):
        if not _may_follow(before, part, scheme):
            place = f"after {tags[word - 1]!r}" if word else "at the start of a sentence"
            raise TagError(
                f"{tags[word]!r} {place} is not {scheme}; mend the tags there", word, sentence
            )
        if part[0] == "O":
            converted.append("O")
        else:
            converted.append(f"{'I' if _goes_on(before, part) else 'B'}-{part[1]}")
        before = part
    if not _may_follow(before, ("O", ""), scheme):
        raise TagError(
            f"{tags[-1]!r} at the end of a sentence is not {scheme}; mend the tags there",
            len(tags) - 1,
            sentence,
        )
    return tuple(converted)


def detect_scheme(sentences: Iterable[Sequence[str]]) -> str:
    """Detects the tagging scheme of sentences.

    Args:
        sentences: The tags of every sentence.

    Returns:
        `IO` if there are labels without letters, and words outside of entities; `IOBES` or
        `BILOU` if one of their letters occurs; `IOB1` if an entity starts with `I`, even if others
        start with `B`, since IOB1 is correct for both; `IOB2` otherwise, also if there are no
        entities.

    Raises:
        TagError: If a tag is malformed, or the tags mix schemes.

    >>> detect_scheme([["O", "I-PER"], ["I-LOC", "B-LOC"]])
    'IOB1'
    """
    sentences = list(sentences)
    different = {tag for tags in sentences for tag in tags}
    labels = different - {"O"}
    if labels and labels < different and all(map(_LABEL_ALONE.fullmatch, labels)):
        return "IO"
    clues: dict[str, tuple[int, int, str]] = {}
    for sentence, tags in enumerate(sentences):
        before = ("O", "")
        for word, part in enumerate(_split(tags, sentence)):
            clue = _clue(before, part)
            if clue and clue not in clues:
                clues[clue] = (sentence, word, tags[word])
            before = part
    if {"IOBES", "BILOU"} <= clues.keys():
        first, last = sorted(("IOBES", "BILOU"), key=lambda scheme: clues[scheme])
        sentence, word, tag = clues[last]
        raise TagError(
            f"{tag!r} is {last} where it stands, but {clues[first][2]!r} before it is {first}; "
            f"write all tags in one of {', '.join(SCHEMES)}",
            word,
            sentence,
        )
    # The letters of the rarer schemes take precedence over the starts of entities.
    return next((each for each in ("IOBES", "BILOU", "IOB1") if each in clues), "IOB2")


def entity_spans(tags: Sequence[str]) -> list[tuple[str, int, int]]:
    """Returns the entities of a sentence, as seqeval counts them in its strict mode.

    An `I` that does not follow an entity with its label belongs to no entity.

    Args:
        tags: The tags of one sentence in IOB2.

    Returns:
        The label, the first word and the word after the last one of every entity, in order.

    >>> entity_spans(["B-PER", "I-PER", "O", "B-LOC"])
    [('PER', 0, 2), ('LOC', 3, 4)]
    """
    spans = []
    label, start = "", 0
    for word, (letter, its_label) in enumerate([*_split(tags), ("O", "")]):
        if label and (letter, its_label) != ("I", label):
            spans.append((label, start, word))
            label = ""
        if letter == "B":
            label, start = its_label, word
    return spans


def labels_of(sentences: Iterable[Sequence[str]]) -> list[str]:
    """Returns the sorted labels of the entities in sentences.

    Args:
        sentences: The tags of every sentence, in any scheme.

    Raises:
        TagError: If a tag is malformed.

    >>> labels_of([["B-PER", "O"], ["B-LOC", "I-LOC"]])
    ['LOC', 'PER']
    """
    tags = {tag for sentence in sentences for tag in sentence}
    return sorted({label for _, label in _split(sorted(tags)) if label})


def _split(tags: Sequence[str], sentence: int = 0) -> list[tuple[str, str]]:
    """Splits every tag into its letter and label."""
    parts = []
    for word, tag in enumerate(tags):
        letter, _, label = tag.partition("-")
        if not is_tag(tag):
            raise TagError(
                f"{tag!r} is not a tag; write O outside of entities, and B- or I- and the label at "
                "the words of an entity",
                word,
                sentence,
            )
        parts.append((letter, label))
    return parts


def _from_io(tags: Sequence[str], sentence: int) -> tuple[str, ...]:
    for word, tag in enumerate(tags):
        if not tag or (tag != "O" and is_tag(tag)):
            raise TagError(
                f"{tag!r} is not IO; write O, or the label alone at the words of an entity",
                word,
                sentence,
            )
    return tuple(
        tag if tag == "O" else f"{'I' if word and tags[word - 1] == tag else 'B'}-{tag}"
        for word, tag in enumerate(tags)
    )


def _goes_on(before: tuple[str, str], part: tuple[str, str]) -> bool:
    """Returns whether a word belongs to the entity of the previous word, in any scheme."""
    return before[1] == part[1] and before[0] in ("B", "I") and part[0] in ("I", "E", "L")


def _may_follow(before: tuple[str, str], part: tuple[str, str], scheme: str) -> bool:
    if part[0] not in "O" + _LETTERS[scheme]:
        return False
    if scheme == "IOB1" or _goes_on(before, part):
        return True
    unfinished = scheme in ("IOBES", "BILOU") and before[0] in ("B", "I")
    return part[0] in ("O", "B", "S", "U") and not unfinished


def _clue(before: tuple[str, str], part: tuple[str, str]) -> str | None:
    """Returns the scheme that a tag indicates, if any."""
    letter, _ = part
    if letter in ("E", "S"):
        return "IOBES"
    if letter in ("L", "U"):
        return "BILOU"
    if letter == "I" and not _goes_on(before, part):
        return "IOB1"
    return None
