"""Seconds of several functions measured side by side, and the statistics of them."""

import math
import statistics
import time
from dataclasses import dataclass

# A block of calls lasts at least so long, so that the clock and what the function before left
# running (threads that wait for work, a cold cache) don't matter.
_BLOCK_SECONDS = 0.02
_SLOW_SECONDS = 2.0


@dataclass(frozen=True)
class Rounds:
    """How often functions are measured.

    Attributes:
        fewest: Rounds that are run in any case.
        fewest_slow: The same where a call takes more than two seconds.
        most: Rounds after which it is enough.
        seconds: Beyond the fewest, no round starts later than this.
    """

    fewest: int = 5
    fewest_slow: int = 3
    most: int = 30
    seconds: float = 8.0

    def go_on(self, done, spent, slowest):
        """Whether to run one more round.

        Args:
            done: The number of rounds so far.
            spent: Seconds since the first began.
            slowest: Seconds of the slowest call.
        """
        fewest = self.fewest_slow if slowest > _SLOW_SECONDS else self.fewest
        return done < min(fewest, self.most) or (done < self.most and spent < self.seconds)


def interleave(functions, rounds):
    """Measures functions in turns; every round starts with another one.

    Args:
        functions: Functions without arguments by name. They have been called before.
        rounds: `Rounds`.

    Returns:
        For every name a list with the seconds of a call, one entry for each round.
    """
    estimates = {name: _seconds(function, 1) for name, function in functions.items()}
    names, seconds = list(functions), {name: [] for name in functions}
    start, done = time.perf_counter(), 0
    while rounds.go_on(done, time.perf_counter() - start, max(estimates.values())):
        first = done % len(names)
        for name in [*names[first:], *names[:first]]:
            seconds[name].append(_block(functions[name], estimates[name]))
        done += 1
    return seconds


def fastest(functions, calls=3):
    """The name of the function whose best of a few calls, or of one if it is slow, is shortest."""
    best = dict.fromkeys(functions, math.inf)
    for _ in range(calls):
        for name, function in functions.items():
            best[name] = min(best[name], _block(function, best[name]))
        if max(best.values()) > _SLOW_SECONDS / calls:
            break
    return min(best, key=best.get)


def _block(function, estimate):
    """Seconds of a call: the mean of as many as fill a block, after one that is not counted."""
    calls = math.ceil(_BLOCK_SECONDS / estimate) if estimate < _BLOCK_SECONDS else 1
    if estimate < 5 * _BLOCK_SECONDS:
        function()
    return _seconds(function, calls)


def _seconds(function, calls):
    start = time.perf_counter()
    for _ in range(calls):
        function()
    return (time.perf_counter() - start) / calls


def median_ratio(ours, theirs):
    """The median over the rounds of our seconds over theirs in the same round."""
    return statistics.median(our / their for our, their in zip(ours, theirs, strict=True))


def geometric_mean(ratios):
    """The mean of ratios, in which twice and half cancel out; NaN of none."""
    ratios = list(ratios)
    return statistics.geometric_mean(ratios) if ratios else math.nan
