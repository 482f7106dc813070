import dataclasses
import json

import numpy as np
import pytest
from matplotlib.image import imread

from seqzoo.training.ner_tagger.outcomes import count_kinds, sort_entities
from seqzoo.training.ner_tagger.report import report_text, write_report
from seqzoo.training.ner_tagger.scoring import score_tags
from tests.training.ner_tagger.reference import sentence_of

SENTENCES = [
    sentence_of("Lucas Ferreira é professor de IA .", "B-PESSOA I-PESSOA O O O B-AREA O"),
    sentence_of(
        "O curso de redes do Instituto de Física começa hoje , disse ontem a sala Ana Sá .",
        "O O O B-AREA O B-LOCAL I-LOCAL I-LOCAL O O O O O O O B-PESSOA I-PESSOA O",
    ),
]
PREDICTED = [
    ["B-PESSOA", "I-PESSOA", "O", "O", "O", "B-LOCAL", "O"],
    ["O", "O", "O", "O", "O", *["B-LOCAL", "O", "O"], *["O"] * 6, "B-LOCAL", "B-PESSOA", "O", "O"],
]
TEXT = """\
professor, validation split
===========================
2 sentences, 25 words, 5 entities; scores in percent

Entities (strict: first word, last word and label)
               precision  recall      F1  entities
  AREA              0.00    0.00    0.00         2
  LOCAL             0.00    0.00    0.00         1
  PESSOA           50.00   50.00   50.00         2
  all (micro)      20.00   20.00   20.00         5
  all (macro)                      16.67

Words
  F1 of labels, without B- and I-   53.33
  F1 of tags, with B- and I-        53.33
  accuracy, O included              76.00

What became of the entities
  right                          1
  wrong label                    1
  wrong boundary                 2
  wrong label and boundary       0
  missed                         1
  invented                       1

Examples: wrong label
  AREA taken for LOCAL, sentence 1
    gold       [Lucas Ferreira]PESSOA é professor de [IA]AREA .
    predicted  [Lucas Ferreira]PESSOA é professor de [IA]LOCAL .

Examples: wrong boundary
  LOCAL, sentence 2
    gold       O curso de [redes]AREA do [Instituto de Física]LOCAL começa hoje , disse ontem a ...
    predicted  O curso de redes do [Instituto]LOCAL de Física começa hoje , disse ontem a ...
  PESSOA, sentence 2
    gold       ... hoje , disse ontem a sala [Ana Sá]PESSOA .
    predicted  ... hoje , disse ontem a [sala]LOCAL [Ana]PESSOA Sá .

Examples: missed
  AREA, sentence 2
    gold       O curso de [redes]AREA do [Instituto de Física]LOCAL começa hoje ...
    predicted  O curso de redes do [Instituto]LOCAL de Física começa hoje ...

Examples: invented
  LOCAL, sentence 2
    gold       ... começa hoje , disse ontem a sala [Ana Sá]PESSOA .
    predicted  ... começa hoje , disse ontem a [sala]LOCAL [Ana]PESSOA Sá .
"""


@pytest.fixture
def judged():
    return score_tags(SENTENCES, PREDICTED), sort_entities(SENTENCES, PREDICTED), SENTENCES


def test_text(judged):
    assert report_text(*judged, "professor, validation split") == TEXT


def test_remarks_stand_below_the_title(judged):
    lines = report_text(*judged, "x", ["The model has no label AREA."]).splitlines()
    assert lines[2:5] == [TEXT.splitlines()[2], "The model has no label AREA.", ""]


def test_how_often_an_error_occurs(judged):
    sentences = SENTENCES[:1] * 3
    predicted = PREDICTED[:1] * 3
    text = report_text(
        score_tags(sentences, predicted), sort_entities(sentences, predicted), sentences, "x"
    )
    assert "  AREA taken for LOCAL, sentence 1, 3 times\n" in text


def test_nothing_to_report():
    sentences = [sentence_of("Bom dia !", "O O O")]
    predicted = [["O", "O", "O"]]
    text = report_text(
        score_tags(sentences, predicted), sort_entities(sentences, predicted), sentences, "x"
    )
    assert "  all (micro)       0.00    0.00    0.00         0\n" in text
    assert "Examples" not in text


def test_files(judged, tmp_path):
    folder = tmp_path / "new" / "report"
    scores, outcomes, sentences = judged
    for title in ("professor, training split", "professor, validation split"):
        write_report(folder, scores, outcomes, sentences, title)
    # Older ones are replaced, and nothing is left beside them.
    assert sorted(path.name for path in folder.iterdir()) == [
        "confusion.png",
        "report.txt",
        "scores.json",
    ]
    assert (folder / "report.txt").read_text("utf-8") == TEXT
    assert json.loads((folder / "scores.json").read_text("utf-8")) == {
        "title": "professor, validation split",
        **dataclasses.asdict(scores),
        "outcomes": {str(kind): count for kind, count in count_kinds(outcomes).items()},
    }
    picture = imread(folder / "confusion.png")
    assert len(np.unique(picture.reshape(-1, picture.shape[-1]), axis=0)) > 10
