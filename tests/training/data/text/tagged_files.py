"""Small CoNLL files of sentences that are easy to learn."""

import itertools
from pathlib import Path

from seqzoo.zoo.text.tagging.conll_reader import write_conll
from seqzoo.zoo.text.tagging.tagged_sentence import TaggedSentence

_PEOPLE = ("Ana", "Rui", "Eva", "Ivo", "Lia", "Noé")
_PLACES = ("Lisboa", "Olinda", "Faro", "Recife")


def write_tagged_file(path: Path, person: str = "PESSOA", place: str = "LOCAL") -> Path:
    """Writes 24 different sentences: somebody lives somewhere."""
    tags = (f"B-{person}", "O", "O", f"B-{place}", "O")
    write_conll(
        [
            TaggedSentence((name, "mora", "em", town, "."), tags)
            for name, town in itertools.product(_PEOPLE, _PLACES)
        ],
        path,
    )
    return path
