"""Comparison of the contestants at one size: checked for equal outputs, then timed in turns."""

import statistics

import numpy as np
from contestants import CASES, contestants, make_contestant
from products import make_products
from timing import interleave, median_ratio

# Reordering float32 sums of thousands of numbers causes smaller differences.
TOLERANCE = 1e-3


def compare_contestants(layer, kind, size, rounds):
    """Returns median seconds of all contestants and the products, and ratios of ours to theirs."""
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
    """Returns the largest difference of each contestant from Keras, relative to the largest number.

    Raises:
        ValueError: If the outputs of a contestant differ.
    """
    expected = ready["keras"].read(ready["keras"].run())
    differences = {}
    for name, contestant in ready.items():
        if name == "keras":
            continue
        actual = contestant.read(contestant.run())
        # An LSTM without peepholes computes another function.
        if name == "our LSTM":
            continue
        differences[name] = difference(actual, expected)
        if not differences[name] < TOLERANCE:
            raise ValueError(f"{name} differs from Keras by {differences[name]:.2g}.")
    return differences


def difference(actual, expected):
    """Returns the largest relative difference over arrays; NaN if there is one."""
    pairs = zip(actual, expected, strict=True)
    return float(np.max([np.max(np.abs(a - e)) / np.max(np.abs(e)) for a, e in pairs]))


def ratios(seconds):
    """Returns ratios of our seconds to those of Keras's faster form and of other contestants."""
    of_keras = [name for name in ("keras", "keras jit") if name in seconds]
    better = min(of_keras, key=lambda name: statistics.median(seconds[name]))
    others = {name: name for name in ("torch", "our LSTM", "products") if name in seconds}
    return {
        name: median_ratio(seconds["ours"], seconds[theirs])
        for name, theirs in {"keras": better, **others}.items()
    }
