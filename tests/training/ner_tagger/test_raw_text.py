"""Scores on raw text."""

import types

import pytest

from seqzoo.training.ner_tagger.raw_text import SPELLINGS, score_texts, write_texts
from seqzoo.zoo import Entity
from seqzoo.zoo.text.tagging.tagged_sentence import TaggedSentence

SENTENCE = TaggedSentence(
    ("Conceição", "(", "de", "Faro", ")", "falou", "."),
    ("B-PER", "O", "O", "B-LOC", "O", "O", "O"),
)


@pytest.mark.parametrize(
    ("spelling", "written"),
    [
        ("plain", "Conceição (de Faro) falou."),
        ("NFD", "Conceic\u0327a\u0303o (de Faro) falou."),
        ("soft hyphens", "Conc\u00adeição (de Faro) falou."),
        ("divided at line ends", "Conc-\neição (de Faro) falou."),
    ],
)
def test_places_are_those_of_the_written_text(spelling, written):
    (text,) = write_texts([SENTENCE], SPELLINGS[spelling])
    assert text.text == written
    assert {(label, written[start:end]) for label, start, end in text.entities} == {
        ("PER", written.split(" ")[0]),
        ("LOC", "Faro"),
    }


def test_texts_have_thirty_sentences():
    assert [t.text.count("falou") for t in write_texts([SENTENCE] * 70)] == [30, 30, 10]


def test_label_and_place_must_be_right():
    found = [
        Entity("Conceição", "PER", 0, 9, 0.95),
        Entity("Faro", "PER", 14, 18, 0.9),
        Entity("falou", "LOC", 20, 25, 0.2),
    ]
    scores = score_texts(
        types.SimpleNamespace(predict=lambda texts: [found]), write_texts([SENTENCE])
    )
    assert (scores.precision, scores.recall, scores.f1) == (1 / 3, 1 / 2, 2 / 5)
    assert scores.right_of_sure == 1 / 2
