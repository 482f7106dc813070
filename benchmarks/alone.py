"""Measurements that need a separate process; run by layers.py.

    python benchmarks/alone.py step LSTM ours 64 1000 256
    python benchmarks/alone.py lengths LSTM ours 32 64 20
    python benchmarks/alone.py compare LSTM training 64 1000 256 30 3.0

`step` prints the seconds of the first training step, with tracing and compiling, and the bytes
that the process grew by at its peak. `lengths` fits 20 batches of different lengths twice, and
prints the seconds of both epochs. `compare` times all contestants at one size, for at most 30
rounds and about 3 seconds; a process that continued with the next size would keep their memory.
"""

import argparse
import contextlib
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

STEPS = 3
SHORTEST = 20


def measure(*arguments):
    """Runs this file in a new process.

    Args:
        *arguments: As on its command line.

    Returns:
        The JSON object that it prints, as a dict.

    Raises:
            subprocess.CalledProcessError: If it fails.
    """
    command = [sys.executable, __file__, *map(str, arguments)]
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(answer.stdout.splitlines()[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["step", "lengths", "compare"])
    parser.add_argument("layer")
    parser.add_argument("who", help="a contestant, or a kind of run")
    parser.add_argument("numbers", type=json.loads, nargs="+")
    arguments = parser.parse_args()
    measurement = {"step": training_step, "lengths": fit_lengths, "compare": compare}
    answer = measurement[arguments.what](arguments.layer, arguments.who, *arguments.numbers)
    print(json.dumps(answer))


def training_step(layer, name, *size):
    """Returns the seconds of the first training step, and its peak memory in bytes."""
    from contestants import Size, make_contestant

    contestant = make_contestant(name, layer, "training", Size(*size))
    _forget_peak()
    before, start = _memory("VmRSS"), time.perf_counter()
    contestant.run()
    first = time.perf_counter() - start
    for _ in range(STEPS - 1):
        contestant.run()
    return {"first_seconds": first, "peak_bytes": _memory("VmHWM") - before}


def compare(layer, kind, batch, time, units, rounds, seconds):
    """Returns median seconds of all contestants and the products, and ratios of ours to theirs."""
    import tensorflow as tf
    from comparison import compare_contestants
    from contestants import Size
    from timing import Rounds

    # Tracing a new function for every layer is intended: silences the warning.
    tf.get_logger().setLevel("ERROR")
    rounds = Rounds(most=rounds, seconds=seconds)
    return compare_contestants(layer, kind, Size(batch, time, units), rounds)


def fit_lengths(layer, name, batch, units, lengths):
    """Returns the seconds of the first and second epoch over batches of many lengths."""
    import keras
    from contestants import CASES, set_weights

    case = CASES[layer]
    recurrent = (case.keras if name.startswith("keras") else case.ours)(units)
    model = keras.Sequential([keras.Input((None, units)), recurrent])
    set_weights(recurrent)
    model.compile("sgd", "mse", jit_compile=True if name.endswith("jit") else "auto")
    batches = _batches(batch, units, lengths, case.directions)
    seconds = []
    for _ in range(2):
        start = time.perf_counter()
        model.fit(batches, shuffle=False, verbose=0)
        seconds.append(time.perf_counter() - start)
    return {"first_seconds": seconds[0], "second_seconds": seconds[1]}


def _batches(batch, units, lengths, directions):
    """Makes a data set with one batch of every length, in an unsorted order."""
    import tensorflow as tf
    from contestants import Size, inputs, output_gradients

    order = [*range(0, lengths, 2), *range(1, lengths, 2)]
    sizes = [Size(batch, SHORTEST + 5 * n, units) for n in order]
    arrays = [(inputs(size), output_gradients(size, directions)) for size in sizes]
    signature = tuple(tf.TensorSpec([batch, None, a.shape[2]]) for a in arrays[0])
    batches = tf.data.Dataset.from_generator(lambda: arrays, output_signature=signature)
    return batches.apply(tf.data.experimental.assert_cardinality(lengths))


def _forget_peak():
    """Resets the peak memory of this process to its current memory, if permitted."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def _memory(name):
    """Returns an entry of this process's status on Linux, in bytes."""
    status = Path("/proc/self/status").read_text()
    return int(re.search(rf"{name}:\s+(\d+) kB", status)[1]) * 1024


if __name__ == "__main__":
    main()
