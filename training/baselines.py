"""N-gram baselines: event statistics without a network.

Unlike `nltk.lm`, which counts n-grams in Python dictionaries and smooths them differently, this
module works on arrays.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

PRIOR_STRENGTH = 10.0
"""Weight of the probability under the shorter context, in events."""


class NGramBaseline:
    """N-gram models of events, smoothed so that every event has a positive probability.

    ```
    p(w)     = (count(w) + 1) / (N + V)
    p(w | c) = (count(c w) + m p(w | c')) / (count(c) + m)        m = PRIOR_STRENGTH
    ```

    where c' is the context c without its oldest event, and count(c) the number of times that c is
    followed by another event. Near the start of a sequence the context is shorter.

    MacKay & Peto (1995), A Hierarchical Dirichlet Language Model.

    Args:
        sequences: Training sequences of token ids, each beginning with its start token.
        vocabulary_size: V, the number of tokens.
        order: n of the longest n-grams that are counted; 2 is a bigram model.
    """

    def __init__(
        self, sequences: Sequence[np.ndarray], vocabulary_size: int, order: int = 2
    ) -> None:
        events = np.concatenate([ids[1:] for ids in sequences])
        counts = np.bincount(events, minlength=vocabulary_size)
        self._unigram = (counts + 1) / (counts.sum() + vocabulary_size)
        self._levels: list[_Level] = []
        tokens, places = _joined(sequences)
        contexts = tokens
        for length in range(1, order):
            follows = places[1:] >= length
            keys = contexts[:-1] * vocabulary_size + tokens[1:]
            level = _counted(keys[follows], vocabulary_size)
            self._levels.append(level)
            contexts = np.append(-1, np.where(follows, level.index_of(keys), -1))

    def log_probabilities(self, sequences: Sequence[np.ndarray], order: int) -> np.ndarray:
        """Returns the log-probabilities of all events but the start tokens, in nats, concatenated.

        Args:
            sequences: Sequences of token ids, each with its start token.
            order: n of the model, at most that of the counts.
        """
        tokens, places = _joined(sequences)
        probabilities = self._unigram[tokens[1:]]
        contexts = tokens
        for length, level in enumerate(self._levels[: order - 1], start=1):
            follows = (places[1:] >= length) & (contexts[:-1] >= 0)
            keys = contexts[:-1] * len(self._unigram) + tokens[1:]
            found = np.where(follows, level.index_of(keys), -1)
            together = np.where(found >= 0, level.counts[found], 0)
            before = np.where(follows, level.count_before(contexts[:-1]), 0)
            probabilities = (together + PRIOR_STRENGTH * probabilities) / (before + PRIOR_STRENGTH)
            contexts = np.append(-1, found)
        return np.log(probabilities[places[1:] > 0])

    def loss(self, sequences: Sequence[np.ndarray], order: int) -> float:
        """Negative log-likelihood in nats per event, the start token not counted.

        Args:
            sequences: Sequences of token ids, each with its start token.
            order: n of the model, at most that of the counts.
        """
        return -float(np.mean(self.log_probabilities(sequences, order)))


def ngram_losses(
    known: Sequence[np.ndarray],
    sequences: Sequence[np.ndarray],
    vocabulary_size: int,
    orders: Mapping[str, int],
) -> dict[str, float]:
    """Negative log-likelihoods of n-gram models, in nats per event.

    Args:
        known: Training sequences of token ids, each beginning with its start token.
        sequences: Sequences to measure, in the same form.
        vocabulary_size: The number of tokens.
        orders: The n of each model, by the model's name.
    """
    baseline = NGramBaseline(known, vocabulary_size, max(orders.values()))
    return {name: baseline.loss(sequences, order) for name, order in orders.items()}


class _Level(NamedTuple):
    """The distinct n-grams of one length.

    The key of an n-gram is the index of its context among the n-grams that are one event shorter,
    times V, plus its last event. The index of an n-gram is the position of its key in the sorted
    keys.
    """

    keys: np.ndarray
    counts: np.ndarray
    contexts: np.ndarray
    context_counts: np.ndarray

    def index_of(self, keys: np.ndarray) -> np.ndarray:
        """Returns the indices of n-grams, -1 for those that never occur."""
        return _places_in(self.keys, keys)

    def count_before(self, contexts: np.ndarray) -> np.ndarray:
        """Returns how often each context is followed by another event."""
        found = _places_in(self.contexts, contexts)
        return np.where(found >= 0, self.context_counts[found], 0)


def _counted(keys: np.ndarray, vocabulary_size: int) -> _Level:
    keys, counts = np.unique(keys, return_counts=True)
    contexts, firsts = np.unique(keys // vocabulary_size, return_index=True)
    return _Level(keys, counts, contexts, np.add.reduceat(counts, firsts))


def _places_in(sorted_values: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Returns the positions of values in a sorted array, -1 for those that are missing."""
    places = np.minimum(np.searchsorted(sorted_values, values), len(sorted_values) - 1)
    return np.where(sorted_values[places] == values, places, -1)


def _joined(sequences: Iterable[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Concatenates sequences; also returns each token's position in its own sequence."""
    tokens = np.concatenate([np.asarray(ids, "int64") for ids in sequences])
    return tokens, np.concatenate([np.arange(len(ids)) for ids in sequences])
