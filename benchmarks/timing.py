"""Interleaved timing of several functions, and statistics of the times."""

import math
import statistics
import time
from dataclasses import dataclass

# Minimum duration of a block of calls, so that the clock resolution and the aftereffects of the
# previous function (busy threads, a cold cache) do not matter.
_BLOCK_SECONDS = 0.02
_SLOW_SECONDS = 2.0


@dataclass(frozen=True)
class Rounds:
    """Number of rounds of measurements.

    Attributes:
        fewest: Minimum number of rounds.
        fewest_slow: Minimum number of rounds if a call takes more than two seconds.
        most: Maximum number of rounds.
        seconds: Time after which no round beyond the minimum starts.
    """

    fewest: int = 5
    fewest_slow: int = 3
    most: int = 30
    seconds: float = 8.0

    def go_on(self, done, spent, slowest):
        """Returns whether to run one more round.

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
        functions: Functions without arguments by name, already warmed up.
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
    """Returns the name of the fastest function by the best of a few calls, or of one if slow."""
    best = dict.fromkeys(functions, math.inf)
    for _ in range(calls):
        for name, function in functions.items():
            best[name] = min(best[name], _block(function, best[name]))
        if max(best.values()) > _SLOW_SECONDS / calls:
            break
    return min(best, key=best.get)


def _block(function, estimate):
    """Returns the mean seconds per call in a block, after a warm-up call."""
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
    """Returns the median over rounds of the ratio of our seconds to theirs in the same round."""
    return statistics.median(our / their for our, their in zip(ours, theirs, strict=True))


def geometric_mean(ratios):
    """Returns the geometric mean of ratios; NaN if there are none."""
    ratios = list(ratios)
    return statistics.geometric_mean(ratios) if ratios else math.nan
