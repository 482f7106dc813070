"""Exported models compared with Keras's own conversions to TFLite: time, size, and success.

    python benchmarks/export.py [--models LSTM GRU ...] [--times 50 100 1000]

Layers of 128 units on 64 features that return their sequences, one sequence at a time, one thread,
in TensorFlow's interpreter: ours in float32 and int8, and the file of
`tf.lite.TFLiteConverter.from_keras_model` with a batch of one, the only one of Keras 3 that runs
without Flex; and for an LSTM that of tf_keras, Keras 2, whose converter makes one operation of it,
if that is installed: pip install --no-deps tf_keras. The files are compared with the model before
they are measured, and take turns; every figure is a median of ratios. Keras's own
`model.export(format="litert")` is tried too. Writes benchmarks/results/export.json.
"""

import argparse
import importlib.util
import itertools
import os
import sys
import tempfile
import warnings
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf
from contestants import PeepholeCell
from environment import environment
from records import Records
from rich.console import Console
from rich.table import Table
from timing import Rounds, interleave, median_ratio

from seqzoo import layers
from seqzoo.export import export_tflite

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "export.json"
FEATURES, UNITS = 64, 128
TIMES = [50, 100, 1000]

# For reordered float32 sums; int8 files are not checked, since their weights differ.
TOLERANCE = 1e-4

console = Console(width=None if sys.stdout.isatty() else 140)


def _twice(layer):
    return lambda: [layer(), layer()]


def _sequences(layer, *arguments):
    return lambda: layer(*arguments, return_sequences=True)


def _both_ways(library):
    return lambda: library.Bidirectional(library.LSTM(UNITS, return_sequences=True))


# Ours, and how a user of Keras would write it.
MODELS = {
    "SimpleRNN": (
        _sequences(layers.SimpleRNN, UNITS),
        _sequences(keras.layers.SimpleRNN, UNITS),
    ),
    "LSTM": (_sequences(layers.LSTM, UNITS), _sequences(keras.layers.LSTM, UNITS)),
    "PeepholeLSTM": (
        _sequences(layers.PeepholeLSTM, UNITS),
        lambda: keras.layers.RNN(PeepholeCell(UNITS), return_sequences=True),
    ),
    "GRU": (_sequences(layers.GRU, UNITS), _sequences(keras.layers.GRU, UNITS)),
    "BiLSTM": (_both_ways(layers), _both_ways(keras.layers)),
    "two LSTMs": (
        _twice(_sequences(layers.LSTM, UNITS)),
        _twice(_sequences(keras.layers.LSTM, UNITS)),
    ),
}


def main():
    arguments = parse_arguments()
    records = Records(arguments.out, environment("ai-edge-litert"), arguments.resume)
    rounds = Rounds(most=arguments.rounds, seconds=arguments.seconds)
    for name, time in itertools.product(arguments.models, arguments.times):
        key = {"model": name, "time": time}
        if not records.find(**key):
            console.print(f"{name}, {time} time steps", style="dim")
            records.add({**key, **measure(name, time, rounds)})
    show(records)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", nargs="+", choices=MODELS, default=list(MODELS))
    parser.add_argument("--times", nargs="+", type=int, default=TIMES)
    parser.add_argument("--rounds", type=int, default=50, help="at most so many of a model")
    parser.add_argument("--seconds", type=float, default=5.0, help="to spend on a model's rounds")
    parser.add_argument("--resume", action="store_true", help="go on with the rows in --out")
    parser.add_argument("--out", type=Path, default=RESULTS, help="the figures as JSON")
    return parser.parse_args()


def measure(name, time, rounds):
    """Returns median seconds and bytes of every file, and ratios of ours to Keras's."""
    ours, theirs = (
        _model(make, size) for make, size in zip(MODELS[name], (None, time), strict=True)
    )
    theirs.set_weights(ours.get_weights())
    x = np.random.default_rng(0).standard_normal((1, time, FEATURES), dtype="float32")
    with tempfile.TemporaryDirectory() as folder:
        files = _files(Path(folder), ours, theirs)
        functions = {contestant: _runner(path, x) for contestant, path in files.items()}
        differences = _check(functions, np.asarray(ours(x)))
        seconds = interleave(functions, rounds)
        sizes = {contestant: path.stat().st_size for contestant, path in files.items()}
        litert = _tries_litert(theirs, Path(folder))
    rivals = {"ours": "keras", "ours int8": "keras"}
    if "tf_keras" in seconds:
        rivals["tf_keras"] = "ours"
    return {
        "rounds": len(seconds["ours"]),
        "seconds": {contestant: float(np.median(times)) for contestant, times in seconds.items()},
        "ratios": {a: median_ratio(seconds[a], seconds[b]) for a, b in rivals.items()},
        "bytes": sizes,
        "differences": differences,
        "litert": litert,
    }


def _model(make, time):
    """Makes a model of the layers; Keras's conversion needs a fixed number of time steps."""
    keras.utils.set_random_seed(0)
    made = make()
    return keras.Sequential(
        [keras.Input((time, FEATURES)), *(made if isinstance(made, list) else [made])]
    )


def _files(folder, ours, theirs):
    paths = {name: folder / f"{name}.tflite" for name in ("ours", "ours int8", "keras")}
    export_tflite(ours, paths["ours"], signatures=["sequence"])
    export_tflite(ours, paths["ours int8"], signatures=["sequence"], quantize="int8")
    one = keras.Input(batch_shape=(1, *theirs.inputs[0].shape[1:]))
    with_batch = keras.Model(one, theirs(one))
    paths["keras"].write_bytes(tf.lite.TFLiteConverter.from_keras_model(with_batch).convert())
    if len(theirs.layers) == 1 and type(theirs.layers[0]) is keras.layers.LSTM:
        _write_fused_by_keras_2(theirs, folder / "tf_keras.tflite", paths)
    return paths


def _write_fused_by_keras_2(model, path, paths):
    if importlib.util.find_spec("tf_keras") is None:
        return
    import tf_keras

    layer = tf_keras.layers.LSTM(UNITS, return_sequences=True)
    keras_2 = tf_keras.Sequential([tf_keras.Input(model.inputs[0].shape[1:], batch_size=1), layer])
    keras_2.set_weights(model.get_weights())
    path.write_bytes(tf.lite.TFLiteConverter.from_keras_model(keras_2).convert())
    paths["tf_keras"] = path


def _runner(path, x):
    """Returns a function that runs a file on a sequence, without the overhead of signatures."""
    interpreter = _interpreter(path)
    (given,) = interpreter.get_input_details()
    interpreter.resize_tensor_input(given["index"], x.shape)
    interpreter.allocate_tensors()
    (made,) = interpreter.get_output_details()

    def run():
        interpreter.set_tensor(given["index"], x)
        interpreter.invoke()
        return interpreter.get_tensor(made["index"])

    return run


def _interpreter(path):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*tf.lite.Interpreter is deprecated", UserWarning)
        return tf.lite.Interpreter(model_path=str(path), num_threads=1)


def _check(functions, expected):
    """Returns the largest difference of each file from the model.

    Raises:
        ValueError: If the outputs of a float32 file differ.
    """
    differences = {name: float(np.max(np.abs(run() - expected))) for name, run in functions.items()}
    for name in ("ours", "keras"):
        if not differences[name] < TOLERANCE:
            raise ValueError(f"{name} differs from the model by {differences[name]:.2g}.")
    return differences


def _tries_litert(model, folder):
    """Returns the outcome of Keras's own `export(format="litert")`: success, or the error."""
    path = folder / "litert.tflite"
    try:
        model.export(str(path), format="litert", verbose=False)
        _interpreter(path).allocate_tensors()
    except (RuntimeError, ValueError, ImportError) as error:
        return str(error).strip().splitlines()[0][:200]
    return "runs"


def show(records):
    """Prints the table of all rows."""
    table = Table(title="TFLite: milliseconds, share of from_keras_model's time, size")
    columns = ("model", "time steps", "ours", "int8", "Keras", "ours / Keras", "int8 / Keras")
    columns += ("ours / Keras 2", "kB", "int8 kB", "Keras kB", "export(format='litert')")
    for column in columns:
        table.add_column(column, justify="left" if column in ("model",) else "right")
    for row in records.rows:
        milliseconds = [f"{1000 * row['seconds'][n]:.3g}" for n in ("ours", "ours int8", "keras")]
        ratios = [f"{row['ratios'][n]:.2f}" for n in ("ours", "ours int8")]
        sizes = [f"{row['bytes'][n] / 1000:.0f}" for n in ("ours", "ours int8", "keras")]
        fused = row["ratios"].get("tf_keras")
        ratios.append("" if fused is None else f"{1 / fused:.2f}")
        cells = (*milliseconds, *ratios, *sizes, row["litert"][:24])
        table.add_row(row["model"], str(row["time"]), *cells)
    console.print(table)


if __name__ == "__main__":
    main()
