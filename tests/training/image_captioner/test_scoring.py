import math
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqzoo.training.image_captioner.scoring import caption_words, score_captions
from tests.training.image_captioner import reference

CAPTIONS = ["um gato preto dorme na cama", "two red boats on a blue lake", "a dog runs"]
# One reference, three and two: sacrebleu wants as many for every image.
REFERENCES = [
    ["um gato preto dorme em cima da cama"],
    ["two red boats on a lake", "boats on a blue lake", "some boats"],
    ["a dog runs on grass", "the dog runs fast"],
]


def test_bleu_by_hand():
    scores = score_captions(["the the cat sat"], [["the cat sat down", "a cat"]])
    # 1-grams 3 of 4 (`the` counts once), 2-grams 2 of 3, 3-grams 1 of 2; 4 words against 4.
    expected = [3 / 4, math.sqrt(3 / 4 * 2 / 3), math.cbrt(3 / 4 * 2 / 3 * 1 / 2)]
    np.testing.assert_allclose(scores.bleu[:3], np.multiply(expected, 100), rtol=1e-9)


def test_brevity_penalty_takes_the_closest_reference():
    scores = score_captions(["a b c d"], [["a b c d e f", "a b c d e", "a"]])
    assert scores.bleu == pytest.approx([100 * math.exp(1 - 5 / 4)] * 4, rel=1e-9)


def test_unlike_numbers_of_references():
    scores = score_captions(CAPTIONS, REFERENCES)
    expected = [reference.bleu(CAPTIONS, REFERENCES, n) for n in (1, 2, 3, 4)]
    assert scores.bleu == pytest.approx(expected, rel=1e-9)
    assert scores.cider == pytest.approx(reference.cider_d(CAPTIONS, REFERENCES), rel=1e-9)
    assert scores.bleu_signature.startswith("nrefs:var|case:lc|")
    assert scores.chrf_signature.startswith("nrefs:var|case:lc|")


words = st.lists(st.sampled_from(["um", "gato", "à", "dorme"]), min_size=1, max_size=8)
texts = words.map(" ".join)
corpora = st.lists(
    st.tuples(texts, st.lists(texts, min_size=1, max_size=4)), min_size=2, max_size=6
)


@settings(max_examples=40, deadline=None)
@given(corpora)
def test_any_corpus(corpus):
    captions, references = zip(*corpus, strict=True)
    scores = score_captions(captions, references)
    assert scores.cider == pytest.approx(reference.cider_d(captions, references), abs=1e-9)
    assert scores.exact_match == np.mean([c in choices for c, choices in corpus])
    if any(word in " ".join(choices).split() for c, choices in corpus for word in c.split()):
        assert scores.bleu[0] == pytest.approx(reference.bleu(captions, references, 1), rel=1e-9)


@settings(max_examples=40, deadline=None)
@given(corpora)
def test_a_reference_more_never_harms(corpus):
    captions, references = zip(*corpus, strict=True)
    fewer = score_captions(captions, references)
    more = score_captions(captions, [[*choices, "ß"] for choices in references])
    assert more.chrf == pytest.approx(fewer.chrf, rel=1e-9)
    assert more.exact_match == fewer.exact_match


def test_chrf_by_hand():
    # Characters 2 of 3, pairs 1 of 2, triples 0 of 1; precision and recall are the same.
    scores = score_captions(["abc"], [["abd", "xyz"]])
    assert scores.chrf == pytest.approx(100 * (2 / 3 + 1 / 2) / 3, rel=1e-9)


def test_references_score_full():
    captions = ["um barco azul no lago", "a red cross above a moon"]
    scores = score_captions(captions, [[caption] for caption in captions])
    assert scores.bleu == pytest.approx([100.0] * 4)
    assert (scores.chrf, scores.exact_match) == (pytest.approx(100.0), 1.0)
    assert scores.cider == pytest.approx(10.0)


def test_nothing_said_scores_nothing():
    scores = score_captions(["", ""], [["um gato"], ["a dog", "the dog"]])
    assert (scores.bleu, scores.chrf, scores.exact_match) == ((0.0,) * 4, 0.0, 0.0)
    assert scores.cider == 0.0


def test_exact_match_asks_for_the_words_in_their_order():
    said = ["Um GATO, à porta.", "a dog runs", "runs a dog", "a dog", "a dog runs fast"]
    references = [["um gato , à porta ."], *[["the dog", "a dog runs"]] * 4]
    assert score_captions(said, references).exact_match == 2 / 5


def test_words_have_no_capitals():
    assert caption_words("ÁRVORES e um Guarda-chuva!") == [
        "árvores",
        "e",
        "um",
        "guarda-chuva",
    ]
    assert caption_words("Sim, é ½!", punctuation=True) == ["sim", ",", "é", "½", "!"]


def test_punctuation_counts_only_if_asked_for():
    """The period in common would make half of the words right."""
    said, references = ["a dog ."], [["the cat."]]
    assert score_captions(said, references).bleu[0] == 0
    counted = score_captions(said, references, punctuation=True)
    assert counted.bleu[0] == pytest.approx(100 / 3)
    dotted = score_captions([f"{caption}." for caption in CAPTIONS], REFERENCES)
    assert dotted == score_captions(CAPTIONS, REFERENCES)


def test_case_counts_nowhere():
    lower = score_captions(CAPTIONS, REFERENCES)
    upper = score_captions([caption.upper() for caption in CAPTIONS], REFERENCES)
    assert upper == lower


def test_cider_is_left_out_without_its_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "pycocoevalcap.cider.cider_scorer", None)
    without = score_captions(CAPTIONS, REFERENCES)
    assert without.cider is None
    monkeypatch.undo()
    assert without.bleu == score_captions(CAPTIONS, REFERENCES).bleu


@pytest.mark.parametrize(
    ("captions", "references"), [([], []), (["a"], []), (["a", "b"], [["a"], []])]
)
def test_captions_without_references(captions, references):
    with pytest.raises(ValueError, match=f"^There are {len(captions)} captions and .* one refer"):
        score_captions(captions, references)
