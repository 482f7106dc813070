import itertools

import numpy as np
import pytest

from seqzoo.training.baselines import PRIOR_STRENGTH, NGramBaseline

SEQUENCES = [np.array([1, 3, 4, 3, 3, 4, 3, 2]), np.array([1, 4, 4, 3, 4, 2]), np.array([1, 3, 2])]
VOCABULARY = 5
ORDER = 4


@pytest.fixture(scope="module")
def baseline():
    return NGramBaseline(SEQUENCES, VOCABULARY, ORDER)


def count(*events):
    """How often events stand in this order in the training sequences, an event after them."""
    return sum(
        tuple(sequence[start : start + len(events)]) == events
        for sequence in SEQUENCES
        for start in range(len(sequence) - len(events) + 1)
    )


def probability(event, context):
    """The formula, word for word."""
    if not context:
        total = sum(len(sequence) - 1 for sequence in SEQUENCES)
        return (count(event) * (event != 1) + 1) / (total + VOCABULARY)
    before = sum(count(*context, other) for other in range(VOCABULARY))
    return (count(*context, event) + PRIOR_STRENGTH * probability(event, context[1:])) / (
        before + PRIOR_STRENGTH
    )


@pytest.mark.parametrize("order", range(1, ORDER + 1))
def test_probabilities_are_those_of_the_formula(baseline, order):
    held_out = [np.array([1, 3, 4, 3, 3, 0, 4, 3, 4, 2]), np.array([1, 2]), np.array([1, 4, 4, 3])]
    expected = [
        np.log(probability(s[i], tuple(s[max(0, i - order + 1) : i])))
        for s in held_out
        for i in range(1, len(s))
    ]
    np.testing.assert_allclose(baseline.log_probabilities(held_out, order), expected)
    np.testing.assert_allclose(baseline.loss(held_out, order), -np.mean(expected))


@pytest.mark.parametrize("length", range(1, ORDER + 2))
def test_probabilities_sum_to_one_in_every_context(baseline, length):
    for context in itertools.product(range(VOCABULARY), repeat=length):
        continued = [np.array([*context, event]) for event in range(VOCABULARY)]
        for order in range(1, ORDER + 1):
            logs = [baseline.log_probabilities([ids], order)[-1] for ids in continued]
            np.testing.assert_allclose(np.sum(np.exp(logs)), 1)


def test_a_longer_context_fits_the_training_sequences_better(baseline):
    losses = [baseline.loss(SEQUENCES, order) for order in range(1, ORDER + 1)]
    assert losses == sorted(losses, reverse=True)
