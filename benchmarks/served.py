"""Requests per second of an exported SavedModel in TensorFlow's C runtime and of Keras's export.

    python benchmarks/served.py [--layers LSTM GRU] [--rounds 5]

An embedding, two recurrent layers of 128 units and a classifier, on 50 tokens, one and 32
sequences a request. Ours through `export_saved_model`, the same network of `keras.layers` with the
same weights through Keras's `model.export`, both in the C runtime, whose loader TF Serving uses,
one request at a time; and `model.predict`. The processes take turns; every figure is a median over
rounds. Writes benchmarks/results/served.json.
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from environment import environment
from records import Records
from rich.console import Console
from rich.table import Table

from seqzoo import layers
from seqzoo.export import export_saved_model
from seqzoo.export.parity.c_runtime import Call, measure_signatures

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "served.json"
BATCHES = (1, 32)
TIME, TOKENS, UNITS = 50, 1000, 128
REPEATS, PREPARING = 60, 5

console = Console(width=None if sys.stdout.isatty() else 120)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--layers", nargs="+", default=["LSTM", "GRU"], choices=["LSTM", "GRU"])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path, default=RESULTS, help="the figures as JSON")
    arguments = parser.parse_args()
    records = Records(arguments.out, environment())
    for layer in arguments.layers:
        for row in measure(layer, arguments.rounds):
            records.add({"layer": layer, **row})
    show(records)


def make_model(library, layer):
    """Makes the network from a library's layers."""
    keras.utils.set_random_seed(0)
    recurrent = getattr(library, layer)
    return keras.Sequential(
        [
            keras.Input((None,), dtype="int32", name="tokens"),
            keras.layers.Embedding(TOKENS, 64, mask_zero=True),
            recurrent(UNITS, return_sequences=True),
            recurrent(UNITS),
            keras.layers.Dense(10),
        ]
    )


def measure(layer, rounds):
    """Returns a row for every batch: requests per second and milliseconds of each contestant."""
    ours, theirs = make_model(layers, layer), make_model(keras.layers, layer)
    theirs.set_weights(ours.get_weights())
    with tempfile.TemporaryDirectory() as folder:
        served = export_saved_model(ours, Path(folder) / "ours").path
        theirs.export(f"{folder}/theirs", verbose=False)
        for batch in BATCHES:
            tokens = np.random.default_rng(0).integers(1, TOKENS, (batch, TIME)).astype("int32")
            contestants = {
                "ours": lambda t=tokens: _in_c_runtime(served, "sequence", t),
                "keras": lambda t=tokens: _in_c_runtime(f"{folder}/theirs", "serve", t),
                "predict": lambda t=tokens: _by_predict(ours, t),
            }
            answers, seconds = {}, {name: [] for name in contestants}
            for _ in range(rounds):
                for name, run in contestants.items():
                    answers[name], times = run()
                    seconds[name].append(times)
            for name in ("ours", "predict"):
                np.testing.assert_allclose(answers[name], answers["keras"], atol=1e-5)
            yield {"batch": batch, **{name: _figures(s) for name, s in seconds.items()}}


def _in_c_runtime(folder, signature, tokens):
    calls = [Call(signature, {"tokens": tokens})]
    measured = measure_signatures(folder, calls, repeats=REPEATS + PREPARING)
    (answer,) = measured.outputs[0].values()
    return answer, measured.seconds[0][PREPARING:]


def _by_predict(model, tokens):
    seconds = []
    for _ in range(REPEATS + PREPARING):
        start = time.perf_counter()
        answer = model.predict(tokens, verbose=0, batch_size=len(tokens))
        seconds.append(time.perf_counter() - start)
    return answer, seconds[PREPARING:]


def _figures(rounds):
    """Returns the median over rounds of medians and 99th percentiles, in milliseconds."""
    p50, p99 = (1000 * float(np.median(np.percentile(rounds, q, axis=1))) for q in (50, 99))
    return {"p50": p50, "p99": p99, "requests_per_second": 1000 / p50}


def show(records):
    """Prints the table of all rows."""
    table = Table(title="One request at a time, 50 tokens: requests a second (p99 in ms)")
    columns = ("layer", "batch", "ours", "Keras's export", "model.predict", "ours / Keras's")
    for column in columns:
        table.add_column(column, justify="left" if column == "layer" else "right")
    for row in records.rows:
        figures = [row[name] for name in ("ours", "keras", "predict")]
        cells = [f"{f['requests_per_second']:.0f} ({f['p99']:.2f})" for f in figures]
        ratio = row["ours"]["p50"] / row["keras"]["p50"]
        table.add_row(row["layer"], str(row["batch"]), *cells, f"{ratio:.2f}")
    console.print(table)


if __name__ == "__main__":
    main()
