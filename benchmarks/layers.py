"""Our layers beside Keras's and PyTorch's: time, memory, and what a first call costs.

    python benchmarks/layers.py [--quick | --full] [--resume] [--layers LSTM GRU ...]

Forward pass and training step on batches of 1, 32 and 64 sequences, 50 to 1000 time steps and 64 to
512 units: LSTM on all sizes, the other layers on some. The contestants, described in
contestants.py, have the same weights, are compared before they are measured, and take turns in one
process; every figure is a median. Peak memory and first calls are measured in processes of their
own. Ratios below 1 are in our favour. Writes benchmarks/results/layers.json and
docs/images/layer-speed.png; PyTorch takes part if it is installed:
pip install torch==2.13.0
"""

import argparse
import gc
import importlib.metadata
import itertools
import os
import platform
import statistics
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf
from alone import measure
from contestants import CASES, KINDS, Size, contestants, make_contestant
from picture import draw
from products import make_products
from records import Records
from report import show
from rich.console import Console
from timing import Rounds, interleave, median_ratio

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "layers.json"
PICTURE = ROOT / "docs" / "images" / "layer-speed.png"

# The largest would need more than 24 GB for all contestants in one process.
GRID = [
    Size(*size)
    for size in itertools.product((1, 32, 64), (50, 200, 1000), (64, 128, 256, 512))
    if size != (64, 1000, 512)
]
SUB_GRID = [Size(1, 200, 128), Size(32, 200, 128), Size(64, 200, 256)]
MEMORY_GRID = [Size(1, 1000, 128), Size(32, 200, 256), Size(64, 1000, 256)]
# Batch, units, number of lengths.
LENGTHS_SIZE = (32, 128, 20)

PARTS = ["speed", "memory", "lengths"]
COMPLETE = {
    "layers": list(CASES),
    "parts": PARTS,
    "rounds": 30,
    "seconds": 9.0,
    "out": RESULTS,
    "picture": PICTURE,
}
QUICK = {
    "layers": ["LSTM"],
    "parts": ["speed"],
    "sizes": [Size(16, 4, 8)],
    "rounds": 2,
    "seconds": 1.0,
}

# Float32 sums of thousands of numbers in another order differ by less.
TOLERANCE = 1e-3

# A file has no width of its own.
console = Console(width=None if sys.stdout.isatty() else 140)


def main():
    arguments = parse_arguments()
    # Of every layer a new function is traced; that is no mistake.
    tf.get_logger().setLevel("ERROR")
    records = Records(arguments.out, environment(), arguments.resume)
    for part in arguments.parts:
        {"speed": speed, "memory": memory, "lengths": lengths}[part](records, arguments)
    show(records, console)
    if arguments.picture:
        draw(records, arguments.picture)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--layers", nargs="+", choices=CASES)
    parser.add_argument("--parts", nargs="+", choices=PARTS)
    parser.add_argument("--sizes", nargs="+", type=parse_size, help="BATCHxTIMExUNITS instead")
    parser.add_argument("--full", action="store_true", help="all sizes for all layers")
    parser.add_argument("--quick", action="store_true", help="a try of seconds; writes no files")
    parser.add_argument("--rounds", type=int, help="at most so many of a size")
    parser.add_argument("--seconds", type=float, help="to spend on the rounds of a size")
    parser.add_argument("--resume", action="store_true", help="go on with the rows in --out")
    parser.add_argument("--out", type=Path, help="the figures as JSON")
    parser.add_argument("--picture", type=Path, help="the figures as PNG")
    parser.set_defaults(**(QUICK if parser.parse_args().quick else COMPLETE))
    return parser.parse_args()


def parse_size(text):
    """`BATCHxTIMExUNITS` as a `Size`."""
    try:
        size = Size(*map(int, text.split("x")))
    except (TypeError, ValueError) as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not like 32x200x128") from error
    return size


def environment():
    """What the figures depend on."""
    packages = ["tensorflow", "keras", "numpy", "torch"]
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "python": platform.python_version(),
        **{name: _version(name) for name in packages},
    }


def _processor():
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _version(package):
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def speed(records, arguments):
    rounds = Rounds(most=arguments.rounds, seconds=arguments.seconds / len(KINDS))
    for layer in arguments.layers:
        grid = GRID if layer == "LSTM" or arguments.full else SUB_GRID
        for size, kind in itertools.product(arguments.sizes or grid, KINDS):
            key = {"part": "speed", "layer": layer, "kind": kind, **size._asdict()}
            if not records.find(**key):
                console.print(f"{layer} {kind} {'x'.join(map(str, size))}", style="dim")
                records.add({**key, **compare(layer, kind, size, rounds)})


def compare(layer, kind, size, rounds):
    """Median seconds of every contestant and of the products, and ratios of ours to theirs."""
    ready = {name: make_contestant(name, layer, kind, size) for name in contestants(layer, kind)}
    differences = check(ready)
    case = CASES[layer]
    functions = {name: contestant.run for name, contestant in ready.items()}
    functions["products"] = make_products(kind, size, case.gates, case.directions)
    seconds = interleave(functions, rounds)
    del ready, functions
    keras.backend.clear_session()
    gc.collect()
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


def memory(records, arguments):
    """Peak memory and the first call of a training step."""
    layer = arguments.layers[0]
    for size in arguments.sizes or MEMORY_GRID:
        for name in contestants(layer, "training"):
            key = {"part": "memory", "layer": layer, "contestant": name, **size._asdict()}
            if not records.find(**key):
                console.print(f"{layer} memory {name} {'x'.join(map(str, size))}", style="dim")
                records.add({**key, **measure("step", layer, name, *size)})


def lengths(records, arguments):
    """A fit on batches of many lengths."""
    layer = arguments.layers[0]
    for name in ("ours", "keras", "keras jit"):
        key = {"part": "lengths", "layer": layer, "contestant": name}
        key |= dict(zip(("batch", "units", "lengths"), LENGTHS_SIZE, strict=True))
        if not records.find(**key):
            console.print(f"{layer} lengths {name}", style="dim")
            records.add({**key, **measure("lengths", layer, name, *LENGTHS_SIZE)})


if __name__ == "__main__":
    main()
