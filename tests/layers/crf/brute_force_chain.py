"""A linear chain by its definition, in float64 NumPy: every path, one after the other."""

import itertools

import numpy as np


def random_chain(batch, time, tags, seed=0):
    """Distinct random emissions, transitions, start and end."""
    numbers = np.random.default_rng(seed)
    shapes = [(batch, time, tags), (tags, tags), (tags,), (tags,)]
    return [numbers.normal(scale=1.3, size=shape) for shape in shapes]


def every_mask(time):
    """All masks of a length, `(2 ** time, time)`, the one without any step too."""
    return np.array(list(itertools.product([False, True], repeat=time)))


class BruteForceChain:
    """One sequence: the scores of all its paths.

    Attributes:
        steps: The time steps that are not masked.
        scores: From every path, a tuple of tags for `steps`, to its score.
        log_partition: log Z.
    """

    def __init__(self, emissions, transitions, start, end, mask):
        self.shape = emissions.shape
        self.steps = np.flatnonzero(mask)
        emissions = emissions[self.steps]
        self.scores = {
            path: self._score(path, emissions, transitions, start, end)
            for path in itertools.product(range(self.shape[1]), repeat=len(self.steps))
        }
        self.log_partition = np.log(np.sum(np.exp(list(self.scores.values()))))

    @staticmethod
    def _score(path, emissions, transitions, start, end):
        if not path:
            return 0.0
        score = start[path[0]] + end[path[-1]]
        score += sum(transitions[pair] for pair in itertools.pairwise(path))
        return score + sum(emissions[n, tag] for n, tag in enumerate(path))

    def best_path(self):
        return max(self.scores, key=self.scores.get)

    def probabilities(self):
        return {path: np.exp(s - self.log_partition) for path, s in self.scores.items()}

    def marginals(self):
        expected = np.zeros(self.shape)
        for path, probability in self.probabilities().items():
            for step, tag in zip(self.steps, path, strict=True):
                expected[step, tag] += probability
        return expected

    def pairwise_marginals(self):
        expected = np.zeros((*self.shape, self.shape[1]))
        for path, probability in self.probabilities().items():
            for step, pair in zip(self.steps, itertools.pairwise((0, *path)), strict=True):
                expected[step][pair] += probability
        return expected


def brute_force(chain, mask):
    """One `BruteForceChain` for every row of a batch."""
    emissions, *weights = chain
    return [BruteForceChain(e, *weights, m) for e, m in zip(emissions, mask, strict=True)]
