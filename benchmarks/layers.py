"""Our layers compared with Keras's and PyTorch's: time, memory, and the cost of first calls.

    python benchmarks/layers.py [--quick | --full] [--resume] [--layers LSTM GRU ...]

Forward pass and training step on batches of 1, 32 and 64 sequences, 50 to 1000 time steps and 64 to
512 units: LSTM on all sizes, the other layers on some. The contestants, described in
contestants.py, have the same weights, are compared before they are measured, and take turns in one
process, a new one for each size; every figure is a median. Peak memory and first calls are measured
in processes of their own. Ratios below 1 are in our favour. Writes
benchmarks/results/layers.json and docs/images/layer-speed.png; PyTorch is included if installed:
pip install torch==2.13.0
"""

import argparse
import itertools
import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from alone import measure
from contestants import CASES, KINDS, Size, contestants
from environment import environment
from picture import draw
from records import Records
from report import show
from rich.console import Console

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "layers.json"
PICTURE = ROOT / "docs" / "images" / "layer-speed.png"

# The largest size alone would take a quarter of an hour.
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

# A file has no width.
console = Console(width=None if sys.stdout.isatty() else 140)


def main():
    arguments = parse_arguments()
    records = Records(arguments.out, environment("torch"), arguments.resume)
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
    """Parses `BATCHxTIMExUNITS` as a `Size`."""
    try:
        size = Size(*map(int, text.split("x")))
    except (TypeError, ValueError) as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not like 32x200x128") from error
    return size


def speed(records, arguments):
    rounds = arguments.rounds, arguments.seconds / len(KINDS)
    for layer in arguments.layers:
        grid = GRID if layer == "LSTM" or arguments.full else SUB_GRID
        for size, kind in itertools.product(arguments.sizes or grid, KINDS):
            key = {"part": "speed", "layer": layer, "kind": kind, **size._asdict()}
            if not records.find(**key):
                console.print(f"{layer} {kind} {'x'.join(map(str, size))}", style="dim")
                records.add({**key, **measure("compare", layer, kind, *size, *rounds)})


def memory(records, arguments):
    """Measures peak memory and the first call of a training step."""
    layer = arguments.layers[0]
    for size in arguments.sizes or MEMORY_GRID:
        for name in contestants(layer, "training"):
            key = {"part": "memory", "layer": layer, "contestant": name, **size._asdict()}
            if not records.find(**key):
                console.print(f"{layer} memory {name} {'x'.join(map(str, size))}", style="dim")
                records.add({**key, **measure("step", layer, name, *size)})


def lengths(records, arguments):
    """Measures `fit` on batches of many lengths."""
    layer = arguments.layers[0]
    for name in ("ours", "keras", "keras jit"):
        key = {"part": "lengths", "layer": layer, "contestant": name}
        key |= dict(zip(("batch", "units", "lengths"), LENGTHS_SIZE, strict=True))
        if not records.find(**key):
            console.print(f"{layer} lengths {name}", style="dim")
            records.add({**key, **measure("lengths", layer, name, *LENGTHS_SIZE)})


if __name__ == "__main__":
    main()
