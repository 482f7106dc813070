import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from seqzoo.training.ner_tagger.mention_replacement import SHARE, replace_mentions
from seqzoo.zoo.text.tagging.tagging_schemes import entity_spans
from tests.training.ner_tagger.reference import sentence_of

SENTENCES = [
    sentence_of("Ana mora em Lisboa .", "B-PER O O B-LOC O"),
    sentence_of("João da Silva foi a Belém com Rui", "B-PER I-PER I-PER O O B-LOC O B-PER"),
    sentence_of("Sim .", "O O"),
]


def mentions(sentence):
    return [(label, sentence.words[i:j]) for label, i, j in entity_spans(sentence.tags)]


def outside(sentence):
    return [w for w, tag in zip(sentence.words, sentence.tags, strict=True) if tag == "O"]


@given(st.integers(0, 2**32 - 1))
def test_only_entities_change_and_keep_their_labels(seed):
    known = {mention for sentence in SENTENCES for mention in mentions(sentence)}
    replaced = replace_mentions(SENTENCES, np.random.default_rng(seed))
    for before, after in zip(SENTENCES, replaced, strict=True):
        assert outside(after) == outside(before)
        assert [label for label, _ in mentions(after)] == [label for label, _ in mentions(before)]
        assert set(mentions(after)) <= known
        assert len(after.words) == len(after.tags)


def test_the_share_that_is_replaced():
    names = [sentence_of(f"name{i} fala .", "B-PER O O") for i in range(4000)]
    replaced = replace_mentions(names, np.random.default_rng(0))
    changed = np.mean([a.words != b.words for a, b in zip(names, replaced, strict=True)])
    # Within five standard deviations.
    assert abs(changed - SHARE) < 5 * np.sqrt(SHARE * (1 - SHARE) / len(names))
