"""The contestants at one size: checked to compute the same, then timed in turns."""

import statistics

import numpy as np
from contestants import CASES, contestants, make_contestant
from products import make_products
from timing import interleave, median_ratio

# Float32 sums of thousands of numbers in another order differ by less.
TOLERANCE = 1e-3


def compare_contestants(layer, kind, size, rounds):
    """Median seconds of every contestant and of the products, and ratios of ours to theirs."""
    ready = {name: make_contestant(name, layer, kind, size) for name in contestants(layer, kind)}
    differences = check(ready)
    case = CASES[layer]
    functions = {name: contestant.run for name, contestant in ready.items()}
    functions["products"] = make_products(kind, size, case.gates, case.directions)
    seconds = interleave(functions, rounds)
    return {
        "rounds": len(seconds["ours"]),
        "seconds": {name: statistics.median(times) for name, times in seconds.items()},
        "ratios": ratios(seconds),
        "differences": differences,
    }


def check(ready):
    """The largest difference of each contestant from Keras, as a share of the largest number.

    Raises:
        ValueError: If a contestant computes something else.
    """
    expected = ready["keras"].read(ready["keras"].run())
    differences = {}
    for name, contestant in ready.items():
        if name == "keras":
            continue
        actual = contestant.read(contestant.run())
        # An LSTM without peepholes is another layer.
        if name == "our LSTM":
            continue
        differences[name] = difference(actual, expected)
        if not differences[name] < TOLERANCE:
            raise ValueError(f"{name} differs from Keras by {differences[name]:.2g}.")
    return differences


def difference(actual, expected):
    """The largest over arrays; NaN if there is one."""
    pairs = zip(actual, expected, strict=True)
    return float(np.max([np.max(np.abs(a - e)) / np.max(np.abs(e)) for a, e in pairs]))


def ratios(seconds):
    """Our seconds over those of Keras's better form, and of every other contestant."""
    of_keras = [name for name in ("keras", "keras jit") if name in seconds]
    better = min(of_keras, key=lambda name: statistics.median(seconds[name]))
    others = {name: name for name in ("torch", "our LSTM", "products") if name in seconds}
    return {
        name: median_ratio(seconds["ours"], seconds[theirs])
        for name, theirs in {"keras": better, **others}.items()
    }
