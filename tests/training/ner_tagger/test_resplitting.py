import numpy as np
import pytest

from seqzoo.training.ner_tagger.resplitting import SHARE, resplit, resplit_words
from seqzoo.training.ner_tagger.training import NERTaggerTraining
from seqzoo.zoo.text.tagging.tagging_schemes import entity_spans
from tests.training.ner_tagger.reference import sentence_of


def mentions(sentence):
    return [(label, "".join(sentence.words[i:j])) for label, i, j in entity_spans(sentence.tags)]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            sentence_of("Fls . :2018ACO Ana Lima", "O O O B-PER I-PER"),
            sentence_of("Fls . : 2018ACO Ana Lima", "O O O O B-PER I-PER"),
        ),
        (sentence_of("Sr. Ana", "O B-PER"), sentence_of("Sr . Ana", "O O B-PER")),
        (
            sentence_of("a Res.-TSE 22 veio", "O B-LEI I-LEI O"),
            sentence_of("a Res . - TSE 22 veio", "O B-LEI I-LEI I-LEI I-LEI I-LEI O"),
        ),
        (sentence_of("Ana Rui", "B-PER B-PER"), sentence_of("Ana Rui", "B-PER B-PER")),
    ],
)
def test_words_become_those_of_raw_text(before, after):
    assert resplit(before) == after


def test_a_sentence_without_visible_characters_stays():
    sentence = sentence_of("\u200b", "O")
    assert resplit(sentence) == sentence


def test_training_splits_words_again():
    sentences = [sentence_of(f":{i} Ana", "O B-PER") for i in range(20)]
    augmented = NERTaggerTraining().augmented(sentences, np.random.default_rng(0))
    assert {len(sentence.words) for sentence in augmented} == {2, 3}


def test_a_sentence_whose_entity_begins_elsewhere_stays():
    # The model passes over a soft hyphen before a word.
    sentence = sentence_of(":2018 \u00adAna", "O B-PER")
    assert resplit(sentence) == sentence


def test_a_share_of_the_sentences_is_split_again():
    sentences = [sentence_of(f":{i} Ana", "O B-PER") for i in range(4000)]
    again = resplit_words(sentences, np.random.default_rng(0))
    assert all(mentions(sentence) == [("PER", "Ana")] for sentence in again)
    changed = np.mean([len(sentence.words) == 3 for sentence in again])
    # Within five standard deviations.
    assert abs(changed - SHARE) < 5 * np.sqrt(SHARE * (1 - SHARE) / len(sentences))
