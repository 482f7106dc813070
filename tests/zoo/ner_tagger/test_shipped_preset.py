"""The tagger that ships with the package."""

import os
import unicodedata

import pytest

from seqzoo.training import training_of
from seqzoo.zoo import NERTagger, shipped_presets
from seqzoo.zoo.text.splitting.python_splitter import normalized

NAMES = "O ministro José da Conceição falou no Supremo Tribunal Federal, em Brasília."


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


def test_full_stops_of_abbreviations_cut_no_entity(shipped):
    texts = {
        "25 ago. 2014": "O fato ocorreu em 25 ago. 2014 na cidade.",
        "J.J. Costa Carvalho": "O relator J.J. Costa Carvalho votou.",
        "M.P.S. Lima": "A ministra M.P.S. Lima votou.",
        "REsp. 1.234.567/SP": "Julgou-se o REsp. 1.234.567/SP ontem.",
        "Súm. 7 do STJ": "Aplica-se a Súm. 7 do STJ ao caso.",
    }
    found = shipped.predict(list(texts.values()))
    assert [[entity.text for entity in each] for each in found] == [[name] for name in texts]
    assert all(entity.score < 0.9999 for each in found for entity in each)


@pytest.mark.parametrize(
    "written",
    [
        unicodedata.normalize("NFD", NAMES),
        "\ufeff" + NAMES.replace("ção", "\u00adção").replace("Bra", "Bra\u200b"),
        NAMES.replace("Concei", "Concei-\n"),
    ],
    ids=["NFD", "format characters", "divided"],
)
def test_finds_the_same_however_it_is_written(shipped, written):
    plain, found = shipped.predict([NAMES, written])
    assert [entity.label for entity in plain] == ["PESSOA", "ORGANIZACAO", "LOCAL"]
    for one, other in zip(plain, found, strict=True):
        assert (normalized(other.text), other.label) == (one.text, one.label)
        assert other.text == written[other.start : other.end]
        assert other.score == pytest.approx(one.score, abs=1e-5)


def test_is_small_and_has_a_card():
    folder = shipped_presets()["ner-lener-br"]
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) < 7e6
    card = (folder / "README.md").read_text("utf-8")
    for word in ("MIT", "MPL 2.0", "dev split", "Intended use", "Limits"):
        assert word in card


@pytest.mark.slow
@pytest.mark.skipif("SEQZOO_DATA" not in os.environ, reason="needs the files of SEQZOO_DATA")
def test_has_the_score_that_its_card_says(shipped):
    training = training_of("ner-tagger")
    scores = training.evaluate(shipped, training.load(["lener-br"]), "validation").measured
    assert round(100 * scores.f1, 2) == 85.78
