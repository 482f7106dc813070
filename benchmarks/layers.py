"""Time of our layers as a share of Keras's, both in one process, interleaved, same weights.

    python benchmarks/layers.py [--out layers.json]

A share below 1 is faster than Keras. PeepholeLSTM, which Keras lacks, is compared with
keras.layers.LSTM.
"""

import argparse
import json
import os
import platform
import statistics
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf
from rich.console import Console
from rich.table import Table

from seqzoo import layers

PAIRS = {
    "SimpleRNN": (layers.SimpleRNN, keras.layers.SimpleRNN),
    "LSTM": (layers.LSTM, keras.layers.LSTM),
    "GRU": (layers.GRU, keras.layers.GRU),
    "PeepholeLSTM": (layers.PeepholeLSTM, keras.layers.LSTM),
}
SIZES = [(1, 50, 64), (32, 100, 128), (64, 100, 256)]
REPEATS = 15


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, help="write the figures as JSON")
    arguments = parser.parse_args()
    rows = [compare(name, *size) for name in PAIRS for size in SIZES]
    show(rows)
    if arguments.out:
        environment = {
            "tensorflow": tf.__version__,
            "keras": keras.__version__,
            "processor": platform.processor() or platform.machine(),
            "cores": os.cpu_count(),
        }
        report = {"environment": environment, "rows": rows}
        arguments.out.write_text(json.dumps(report, indent=2) + "\n")


def compare(name, batch, time_steps, units):
    """The medians of our time over Keras's, forward and for a training step."""
    x = keras.random.normal((batch, time_steps, units))
    ours, theirs = (layer(units, return_sequences=True) for layer in PAIRS[name])
    difference = np.max(np.abs(same_weights(ours, theirs, x)))
    row = {"layer": name, "batch": batch, "time": time_steps, "units": units}
    row["difference"] = float(difference)
    for kind, make in {"forward": forward, "training": training_step}.items():
        row[kind] = share(make(ours, x), make(theirs, x))
    return row


def same_weights(ours, theirs, x):
    """Gives both layers the same weights; returns the difference of what they say."""
    ours(x), theirs(x)
    # Peepholes are the last weight, and zero until they are trained.
    ours.set_weights([*theirs.get_weights(), *ours.get_weights()[len(theirs.weights) :]])
    return np.asarray(ours(x)) - np.asarray(theirs(x))


def forward(layer, x):
    return tf.function(lambda: layer(x))


def training_step(layer, x):
    @tf.function
    def step():
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(layer(x, training=True) ** 2)
        return tape.gradient(loss, [w.value for w in layer.trainable_weights])

    return step


def share(ours, theirs):
    """The median of our seconds over the median of theirs."""
    ours(), theirs()
    seconds = {ours: [], theirs: []}
    for _ in range(REPEATS):
        for function in (ours, theirs):
            start = time.perf_counter()
            function()
            seconds[function].append(time.perf_counter() - start)
    return statistics.median(seconds[ours]) / statistics.median(seconds[theirs])


def show(rows):
    table = Table(*rows[0], title="Time as a share of Keras's")
    for row in rows:
        table.add_row(*(f"{v:.2g}" if isinstance(v, float) else str(v) for v in row.values()))
    Console().print(table)


if __name__ == "__main__":
    main()
