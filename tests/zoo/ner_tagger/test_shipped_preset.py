"""The tagger that ships with the package."""

import os

import pytest

from seqzoo.training import training_of
from seqzoo.zoo import NERTagger, shipped_presets


@pytest.fixture(scope="module")
def shipped():
    return NERTagger.from_preset("ner-lener-br")


def test_finds_what_stands_in_a_sentence(shipped):
    text = (
        "O ministro Luiz Fux relatou a ADI 4.277 no Supremo Tribunal Federal em 5 de maio de 2011."
    )
    (entities,) = shipped.predict([text])
    assert [(entity.text, entity.label) for entity in entities] == [
        ("Luiz Fux", "PESSOA"),
        ("ADI 4.277", "JURISPRUDENCIA"),
        ("Supremo Tribunal Federal", "ORGANIZACAO"),
        ("5 de maio de 2011", "TEMPO"),
    ]


def test_is_small_and_has_a_card():
    folder = shipped_presets()["ner-lener-br"]
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) < 10e6
    card = (folder / "README.md").read_text("utf-8")
    for word in ("MIT", "dev part", "Intended use", "Limits"):
        assert word in card


@pytest.mark.slow
@pytest.mark.skipif("SEQZOO_DATA" not in os.environ, reason="needs the files of SEQZOO_DATA")
def test_has_the_score_that_its_card_says(shipped):
    training = training_of("ner")
    scores = training.evaluate(shipped, training.load(["lener-br"]), "validation").measured
    assert round(100 * scores.f1, 2) == 84.80
