"""What a model must beat: event statistics without a network."""

import numpy as np

PRIOR_STRENGTH = 10.0
"""Weight of the unigram prior of the bigram model, in events."""


class NGramBaseline:
    """A unigram and a bigram model of events, smoothed so that no event is impossible.

    ```
    p(w)     = (count(w) + 1) / (N + V)
    p(w | v) = (count(v w) + m p(w)) / (count(v) + m)        m = PRIOR_STRENGTH
    ```

    MacKay & Peto (1995), A Hierarchical Dirichlet Language Model.

    Args:
        sequences: Training sequences of token ids, each with its start token.
        vocabulary_size: V, the number of tokens.
    """

    def __init__(self, sequences: list[np.ndarray], vocabulary_size: int):
        pairs = np.zeros((vocabulary_size, vocabulary_size))
        for ids in sequences:
            np.add.at(pairs, (ids[:-1], ids[1:]), 1)
        counts = pairs.sum(axis=0)
        self._unigram = (counts + 1) / (counts.sum() + vocabulary_size)
        self._bigram = (pairs + PRIOR_STRENGTH * self._unigram) / (
            pairs.sum(axis=1, keepdims=True) + PRIOR_STRENGTH
        )

    def unigram_loss(self, sequences: list[np.ndarray]) -> float:
        """Negative log-likelihood in nats per event, the start token not counted."""
        return -float(np.mean(np.log(self._unigram[np.concatenate([s[1:] for s in sequences])])))

    def bigram_loss(self, sequences: list[np.ndarray]) -> float:
        """Negative log-likelihood in nats per event, the start token not counted."""
        previous = np.concatenate([ids[:-1] for ids in sequences])
        following = np.concatenate([ids[1:] for ids in sequences])
        return -float(np.mean(np.log(self._bigram[previous, following])))
