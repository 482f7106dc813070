"""Events per second of a note generator in its runtimes.

    python benchmarks/composing.py schubert [--events 512] [--rounds 5]

One piece without a prompt, sampled at temperature 1, that does not end early: by
`NoteGenerator.stream` and `generate` in Keras; by the signature `generate` of the SavedModel in
TensorFlow's C runtime, whose loader TF Serving uses; and by `generate` and event by event by `step`
of the TFLite file, in float32 and int8, on one thread. The exported `generate` may end a piece, so
the first seed is used with which it does not. The runtimes take turns; a figure is the median over
rounds. Writes benchmarks/results/composing.json.
"""

import argparse
import itertools
import os
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from environment import environment
from records import Records
from rich.console import Console
from rich.table import Table

from seqzoo.export import TFLiteFile, export_saved_model, export_tflite
from seqzoo.export.parity.c_runtime import Call, measure_signatures
from seqzoo.zoo import NoteGenerator

RESULTS = Path(__file__).parent / "results" / "composing.json"
NOTHING = np.zeros((1, 0), "int32")
PREPARING = 2

console = Console(width=None if sys.stdout.isatty() else 120)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("preset")
    parser.add_argument("--events", type=int, default=512)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path, default=RESULTS, help="the figures as JSON")
    arguments = parser.parse_args()
    task = NoteGenerator.from_preset(arguments.preset)
    task.compile(sampler="random")
    records = Records(arguments.out, environment())
    with tempfile.TemporaryDirectory() as folder:
        for row in measure(task, arguments.events, Path(folder), arguments.rounds):
            records.add(row)
    show(records)


def measure(task, events, folder, rounds):
    """Returns a row for every runtime."""
    contestants = {
        "NoteGenerator.stream": lambda: by_stream(task, events),
        "NoteGenerator.generate": lambda: by_generate(task, events),
        "SavedModel generate, C runtime": in_c_runtime(task, events, folder),
    }
    for quantize, name in ((None, "float32"), ("int8", "int8")):
        path = export_tflite(task, folder / f"composer-{name}.tflite", quantize=quantize).path
        contestants[f"TFLite generate, {name}"] = in_tflite(TFLiteFile(path), events)
        contestants[f"TFLite step, {name}"] = step_by_step(task, TFLiteFile(path), events)
    seconds = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, run in contestants.items():
            seconds[name].append(run())
    for name, times in seconds.items():
        yield {"runtime": name, "events": events, "events_per_second": events / np.median(times)}


def by_stream(task, events):
    """Returns the seconds for the events after a first one that prepared the graph."""
    stream = task.stream(endless=True)
    next(stream)
    return timed(lambda: list(itertools.islice(stream, events)))


def by_generate(task, events):
    """Returns the seconds for a piece, after a first one that prepared the graph."""
    prompt = task.preprocessor.generate_preprocess([b""], sequence_length=events + 1)
    compose = task.make_generate_function()
    compose(prompt, stop_token_ids=None)
    return timed(lambda: compose(prompt, stop_token_ids=None))


def in_c_runtime(task, events, folder):
    """Returns a function that returns the seconds, measured in a separate process."""
    served = export_saved_model(task, folder / "composer").path

    def measured(seed, repeats):
        inputs = {"length": np.int32(events), "temperature": np.float32(1), "seed": np.int32(seed)}
        calls = [Call("generate", {"token_ids": NOTHING, **inputs})]
        return measure_signatures(served, calls, repeats=repeats)

    seed = whole_piece(lambda seed: measured(seed, 1).outputs[0], events)
    return lambda: measured(seed, PREPARING + 1).seconds[0][-1]


def in_tflite(file, events):
    """Returns a function that returns the seconds for a piece."""

    def compose(seed):
        noise = np.random.default_rng(seed).random((1, events), "float32")
        return file.run("generate", token_ids=NOTHING, temperature=np.float32(1), noise=noise)

    seed = whole_piece(compose, events)

    def run():
        compose(seed)
        return timed(lambda: compose(seed))

    return run


def whole_piece(compose, events):
    """Returns the first seed with which a piece has the given number of events."""
    return next(seed for seed in itertools.count() if compose(seed)["length"][0] == events)


def step_by_step(task, file, events):
    """Returns a function that returns the seconds for a piece sampled outside of the file."""
    rng = np.random.default_rng(0)
    start = np.array([task.preprocessor.tokenizer.start_token_id], "int32")
    never = [task.preprocessor.tokenizer.end_token_id]

    def compose():
        token, states = start, np.zeros((1, *task.backbone.state_shape), "float32")
        for _ in range(events):
            answer = file.run("step", token_ids=token, states=states)
            states, logits = answer["states"], answer["logits"][0].astype(float)
            logits[never] = -np.inf
            probabilities = np.exp(logits - logits.max())
            drawn = rng.choice(len(logits), p=probabilities / probabilities.sum())
            token = np.array([drawn], "int32")

    return lambda: timed(compose)


def timed(run):
    """Returns the run time of a function in seconds."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def show(records):
    """Prints the table of all rows."""
    table = Table(title="One piece: events a second")
    table.add_column("runtime")
    table.add_column("events a second", justify="right")
    for row in records.rows:
        table.add_row(row["runtime"], f"{row['events_per_second']:,.0f}")
    console.print(table)


if __name__ == "__main__":
    main()
