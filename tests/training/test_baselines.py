import itertools

import numpy as np

from seqzoo.training.baselines import PRIOR_STRENGTH, NGramBaseline

SEQUENCES = [np.array([1, 3, 4, 3, 2]), np.array([1, 4, 4, 2])]
VOCABULARY = 6


def counted(sequences):
    pairs = [pair for s in sequences for pair in itertools.pairwise(s)]
    events = [second for _, second in pairs]
    return pairs, events


def unigram(event):
    _, events = counted(SEQUENCES)
    return (events.count(event) + 1) / (len(events) + VOCABULARY)


def bigram(first, second):
    pairs, _ = counted(SEQUENCES)
    of_first = sum(pair[0] == first for pair in pairs)
    together = sum(pair == (first, second) for pair in pairs)
    return (together + PRIOR_STRENGTH * unigram(second)) / (of_first + PRIOR_STRENGTH)


def test_losses_are_those_of_the_formulas():
    baseline = NGramBaseline(SEQUENCES, VOCABULARY)
    held_out = [np.array([1, 4, 3, 5, 2])]
    pairs, events = counted(held_out)
    np.testing.assert_allclose(
        baseline.unigram_loss(held_out), -np.mean([np.log(unigram(e)) for e in events])
    )
    np.testing.assert_allclose(
        baseline.bigram_loss(held_out), -np.mean([np.log(bigram(*pair)) for pair in pairs])
    )


def test_probabilities_sum_to_one():
    baseline = NGramBaseline(SEQUENCES, VOCABULARY)
    for previous in range(VOCABULARY):
        likelihoods = [
            np.exp(-baseline.bigram_loss([np.array([previous, event])]))
            for event in range(VOCABULARY)
        ]
        np.testing.assert_allclose(sum(likelihoods), 1)
