"""Probabilities of tags and entities, against every sequence of tags counted one by one."""

import numpy as np
import pytest
import tensorflow as tf

from seqzoo.layers.crf.potentials import FORBIDDEN, chain_potentials
from seqzoo.zoo.ner_tagger.chain_answers import chain_answers
from seqzoo.zoo.ner_tagger.tag_ids import forbidden_starts, forbidden_transitions
from tests.layers.crf.brute_force_chain import brute_force, random_chain

LENGTHS = [4, 4, 3, 2, 1, 0]
TIME, LABELS = 4, 2
TAGS = 1 + 2 * LABELS
INSIDE_OF = {1: 2, 3: 4}
MASK = np.arange(TIME) < np.array(LENGTHS)[:, None]


def iob2_chain(seed):
    """A random chain in which the inside of an entity follows its own label alone."""
    emissions, transitions, start, end = random_chain(len(LENGTHS), TIME, TAGS, seed)
    # Entities often: the best sequence of most rows has one.
    emissions[..., 0] -= 1
    for pair in forbidden_transitions(LABELS):
        transitions[pair] = FORBIDDEN
    start[forbidden_starts(LABELS)] = FORBIDDEN
    return emissions, transitions, start, end


def answers_of(chain):
    potentials = chain_potentials(*map(tf.constant, chain), mask=MASK)
    return [np.asarray(part) for part in chain_answers(potentials)]


def entity_at(tags, first):
    """The words and the label of the entity that begins at a word; `None` if none does."""
    if tags[first] not in INSIDE_OF:
        return None
    last = first + 1
    while last < len(tags) and tags[last] == INSIDE_OF[tags[first]]:
        last += 1
    return first, last, tags[first]


def first_of_entity(tags, place):
    """The first word of the entity that a word is of; `None` if it is of none."""
    for first in range(place, -1, -1):
        entity = entity_at(tags, first)
        if entity:
            return first if entity[1] > place else None
    return None


@pytest.mark.parametrize("seed", range(4))
def test_every_probability(seed):
    chain = iob2_chain(seed)
    tags, scores, entity_scores, begun_scores = answers_of(chain)
    found = 0
    for row, expected in enumerate(brute_force(chain, MASK)):
        length, best = LENGTHS[row], expected.best_path()
        assert tuple(tags[row, :length]) == best
        assert (tags[row, length:] == -1).all()
        assert (scores[row, length:] == 0).all()
        assert (entity_scores[row, length:] == 0).all()
        assert (begun_scores[row, length:] == 0).all()
        probabilities = expected.probabilities()
        for place, tag in enumerate(best):
            of_tag = sum(p for path, p in probabilities.items() if path[place] == tag)
            np.testing.assert_allclose(scores[row, place], of_tag, atol=1e-9)
            entity = entity_at(best, place)
            of_entity = entity and sum(
                p for path, p in probabilities.items() if entity_at(path, place) == entity
            )
            np.testing.assert_allclose(entity_scores[row, place], of_entity or 0, atol=1e-9)
            first = first_of_entity(best, place)
            up_to_here = first is not None and sum(
                p
                for path, p in probabilities.items()
                if path[first : place + 1] == best[first : place + 1]
            )
            np.testing.assert_allclose(begun_scores[row, place], up_to_here or 0, atol=1e-9)
            found += bool(entity)
    assert found >= 3


def test_entities_side_by_side_and_up_to_the_end():
    emissions, *weights = iob2_chain(0)
    best = [1, 2, 1, 2]
    emissions[0] += 5 * np.eye(TAGS)[best]
    tags, _, entity_scores, _ = answers_of((emissions, *weights))
    assert tags[0].tolist() == best
    (expected, *_) = brute_force((emissions, *weights), MASK)
    for place in (0, 2):
        of_entity = sum(
            p
            for path, p in expected.probabilities().items()
            if entity_at(path, place) == entity_at(best, place)
        )
        np.testing.assert_allclose(entity_scores[0, place], of_entity, atol=1e-9)


def test_sure_entities_and_sure_words_outside():
    """Probabilities of nearly one and zero, in float32: numbers, from 0 to 1."""
    emissions, *weights = iob2_chain(1)
    emissions[:, :, :] = 60 * np.eye(TAGS)[[0, 3, 4, 0]]
    chain = [np.asarray(part, "float32") for part in (emissions, *weights)]
    tags, scores, entity_scores, begun_scores = answers_of(chain)
    assert tags[0].tolist() == [0, 3, 4, 0]
    np.testing.assert_allclose(scores[0], 1, atol=1e-5)
    np.testing.assert_allclose(entity_scores[0], [0, 1, 0, 0], atol=1e-5)
    np.testing.assert_allclose(begun_scores[0], [0, 1, 1, 0], atol=1e-5)
    assert np.isfinite(entity_scores).all()


def test_no_probability_is_above_one():
    """In float32, where sums of probabilities come out above it."""
    rng = np.random.default_rng(0)
    emissions = (100 * rng.normal(size=(16, 60, TAGS))).astype("float32")
    _, *weights = iob2_chain(0)
    weights = [np.asarray(weight, "float32") for weight in weights]
    potentials = chain_potentials(emissions, *weights, mask=np.full((16, 60), True))
    _, scores, entity_scores, begun_scores = map(np.asarray, chain_answers(potentials))
    assert (entity_scores > 0.99).sum() > 100
    for probabilities in (scores, entity_scores, begun_scores):
        assert probabilities.min() >= 0
        assert probabilities.max() <= 1
