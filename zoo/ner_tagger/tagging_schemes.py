"""The schemes in which people tag entities, and their conversion to IOB2."""

from collections.abc import Iterable, Sequence

from seqzoo.errors import SeqzooError

__all__ = ["SCHEMES", "TagError", "detect_scheme", "entity_spans", "labels_of", "to_iob2"]

_LETTERS = {"IOB1": "BI", "IOB2": "BI", "IOBES": "BIES", "BILOU": "BILU"}

SCHEMES = tuple(_LETTERS)
"""The schemes that can be read."""


class TagError(SeqzooError, ValueError):
    """A tag that is none, or that its scheme does not allow where it stands.

    Attributes:
        word: The index of its word in the sentence.
        sentence: The index of the sentence, where several were looked at.
    """

    def __init__(self, message: str, word: int, sentence: int = 0):
        super().__init__(message)
        self.word = word
        self.sentence = sentence

    def __reduce__(self):
        return type(self), (str(self), self.word, self.sentence)


def to_iob2(tags: Sequence[str], scheme: str, sentence: int = 0) -> tuple[str, ...]:
    """Converts the tags of a sentence to IOB2.

    All schemes mark a word outside of entities with `O` and any other with a letter, `-` and the
    label of its entity. The letters (Ramshaw & Marcus 1995 for IOB1; Tjong Kim Sang & Veenstra
    1999, Representing Text Chunks, for the others but BILOU; Ratinov & Roth 2009, Design
    Challenges and Misconceptions in Named Entity Recognition, for BILOU):

    * IOB2: `B` at the first word of an entity, `I` at the others.
    * IOB1: `I` at every word; `B` at the first one where an entity of the same label ends right
      before it.
    * IOBES: as IOB2, but `E` at the last word, and `S` at the word of an entity of one word.
    * BILOU: as IOBES, with `L` for `E` and `U` for `S`.

    Read as IOB1, `B` starts an entity wherever it stands, and `I` where none of its label goes on:
    so the scorer of the CoNLL shared tasks reads. Tags in IOB2 come out as they are.

    Args:
        tags: The tags of one sentence.
        scheme: One of `SCHEMES`.
        sentence: The index of the sentence, for the error.

    Raises:
        TagError: If a tag has another form, or must not stand where it does.

    >>> to_iob2(["I-PER", "I-PER", "B-PER", "O"], "IOB1")
    ('B-PER', 'I-PER', 'B-PER', 'O')
    >>> to_iob2(["B-ORG", "E-ORG", "S-PER"], "IOBES")
    ('B-ORG', 'I-ORG', 'B-PER')
    """
    if scheme not in SCHEMES:
        raise ValueError(f"There is no scheme {scheme!r}; give one of {', '.join(SCHEMES)}.")
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
    """The scheme that the tags of some sentences are in.

    Args:
        sentences: The tags of every sentence.

    Returns:
        `IOBES` or `BILOU` where a letter of theirs appears; `IOB1` where entities start with
        `I`; `IOB2` otherwise, also where there are no entities.

    Raises:
        TagError: If a tag has another form, or the tags are a mixture of schemes.

    >>> detect_scheme([["O", "I-PER"], ["I-LOC", "B-LOC"]])
    'IOB1'
    """
    clues: dict[str, tuple[int, int, str]] = {}
    for sentence, tags in enumerate(sentences):
        before = ("O", "")
        for word, part in enumerate(_split(tags, sentence)):
            clue = _clue(before, part)
            if clue and clue not in clues:
                clues[clue] = (sentence, word, tags[word])
            before = part
    # The letters of the rarer schemes say more than where an entity starts.
    for rivals in (("IOBES", "BILOU"), ("IOB1", "IOB2")):
        found = [scheme for scheme in rivals if scheme in clues]
        if len(found) == 2:
            first, last = sorted(found, key=clues.get)
            sentence, word, tag = clues[last]
            raise TagError(
                f"{tag!r} is {last} where it stands, but {clues[first][2]!r} before it is {first}; "
                f"write all tags in one of {', '.join(SCHEMES)}",
                word,
                sentence,
            )
        if found:
            return found[0]
    return "IOB2"


def entity_spans(tags: Sequence[str]) -> list[tuple[str, int, int]]:
    """The entities of a sentence, as seqeval counts them in its strict mode.

    An `I` that no entity of its label precedes belongs to none.

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
    """The labels of the entities in some sentences, sorted.

    Args:
        sentences: The tags of every sentence, in any scheme.

    Raises:
        TagError: If a tag has another form.

    >>> labels_of([["B-PER", "O"], ["B-LOC", "I-LOC"]])
    ['LOC', 'PER']
    """
    tags = {tag for sentence in sentences for tag in sentence}
    return sorted({label for _, label in _split(sorted(tags)) if label})


def _split(tags, sentence=0):
    """The letter and the label of every tag."""
    parts = []
    for word, tag in enumerate(tags):
        letter, _, label = tag.partition("-")
        if tag != "O" and not (letter in tuple("BIESLU") and label):
            raise TagError(
                f"{tag!r} is no tag; write O outside of entities, and B- or I- and the label at "
                "the words of an entity",
                word,
                sentence,
            )
        parts.append((letter, label))
    return parts


def _goes_on(before, part):
    """Whether a word belongs to the entity of the word before it, in any scheme."""
    return before[1] == part[1] and before[0] in ("B", "I") and part[0] in ("I", "E", "L")


def _may_follow(before, part, scheme):
    if part[0] not in "O" + _LETTERS[scheme]:
        return False
    if scheme == "IOB1" or _goes_on(before, part):
        return True
    unfinished = scheme in ("IOBES", "BILOU") and before[0] in ("B", "I")
    return part[0] in ("O", "B", "S", "U") and not unfinished


def _clue(before, part):
    """The scheme that a tag speaks for, if it does."""
    letter, label = part
    if letter in ("E", "S"):
        return "IOBES"
    if letter in ("L", "U"):
        return "BILOU"
    if letter == "I" and not _goes_on(before, part):
        return "IOB1"
    # Right after an entity of its label, B is IOB1 as well.
    if letter == "B" and before[1] != label:
        return "IOB2"
    return None
