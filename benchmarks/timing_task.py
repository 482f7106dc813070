"""Ability of layers to learn timing: the task of measuring spike distances.

    python benchmarks/timing_task.py [--quick] [--workers 2] [--updates 10000]

The task is that of Gers & Schmidhuber (2000), Recurrent Nets that Time and Count, and Gers,
Schraudolph & Schmidhuber (2002), Learning Precise Timing with LSTM Recurrent Networks, JMLR 3:
the input is one where there is a spike and zero elsewhere; the n-th spike comes F + I(n) time steps
after the one before, I(n) uniform in 0..R; at each spike the network outputs I(n), here as
I(n) / R. Its outputs between spikes are ignored.

Every result is appended to the results file as soon as it is known, so that an interrupted run can
be resumed. At the end, prints the table in Markdown, and draws
docs/images/timing-task.png.
"""

import argparse
import json
import multiprocessing
import os
import time
from collections import defaultdict
from dataclasses import asdict, dataclass, replace
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from seqzoo import layers
from seqzoo.core.atomic import atomic_file

LAYERS = {
    "PeepholeLSTM": layers.PeepholeLSTM,
    "LSTM": layers.LSTM,
    "GRU": layers.GRU,
    "SimpleRNN": layers.SimpleRNN,
}
PICTURE = Path(__file__).parents[1] / "docs" / "images" / "timing-task.png"


@dataclass(frozen=True)
class Task:
    """A task with spike distances from F (`shortest`) to F + R (R is `spread`)."""

    shortest: int
    spread: int

    def __str__(self):
        return f"{self.shortest} to {self.shortest + self.spread} steps"


@dataclass(frozen=True)
class Settings:
    """Training settings, and the criterion of a solved task."""

    units: int
    batch: int = 64
    intervals: int = 4
    updates: int = 10_000
    # Updates between two validations.
    block: int = 50
    validation_streams: int = 32
    validation_intervals: int = 16
    test_streams: int = 256
    test_intervals: int = 32


# The seed for choosing learning rates, and the reported seeds.
DEVELOPMENT_SEED = 100
FULL = {
    "tasks": [Task(10, 1), Task(10, 10), Task(30, 1)],
    "settings": [Settings(units=1), Settings(units=4)],
    "seeds": [0, 1, 2, 3, 4],
    "learning_rates": [0.003, 0.01, 0.03],
}
QUICK = {
    "tasks": [Task(4, 1)],
    "settings": [Settings(units=4, updates=100, test_streams=16)],
    "seeds": [0],
    "learning_rates": [0.03],
}


def main(command_line=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one easy task and seed, no picture")
    parser.add_argument("--workers", type=int, default=2, help="processes")
    parser.add_argument("--results", type=Path, help="the file of results")
    parser.add_argument("--updates", type=int, help="of a run that does not solve its task")
    arguments = parser.parse_args(command_line)
    plan = QUICK if arguments.quick else FULL
    if arguments.updates:
        longer = [replace(each, updates=arguments.updates) for each in plan["settings"]]
        plan = {**plan, "settings": longer}
    name = "timing-task-quick.jsonl" if arguments.quick else "timing-task.jsonl"
    results = arguments.results or Path(name)
    groups = [
        (plan, settings, task, layer, results)
        for settings in plan["settings"]
        for task in plan["tasks"]
        for layer in LAYERS
    ]
    if arguments.workers == 1:
        runs = [run_group(*group) for group in groups]
    else:
        with multiprocessing.get_context("spawn").Pool(arguments.workers, one_thread) as pool:
            runs = pool.starmap(run_group, groups, chunksize=1)
    rows = [run for results_of_group in runs for run in results_of_group]
    print(markdown_table(rows))
    if not arguments.quick:
        draw(rows, PICTURE)


def one_thread():
    """Limits a worker to one core: the networks are too small for more."""
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)


def run_group(plan, settings, task, layer, results):
    """Runs one layer: first with all learning rates, then with all seeds at the best rate.

    Returns:
        The results of the seeds.
    """
    trainer = None

    def run(learning_rate, seed):
        nonlocal trainer
        key = {
            "layer": layer,
            "task": asdict(task),
            "settings": asdict(settings),
            "learning_rate": learning_rate,
            "seed": seed,
        }
        for result in read(results):
            if key.items() <= result.items():
                return result
        # Compiled once for all seeds, since compiling takes longer than training an easy task.
        trainer = trainer or Trainer(layer, task, settings)
        result = {**key, **trainer.run(learning_rate, seed)}
        append(results, result)
        return result

    rates = plan["learning_rates"]
    development = [run(rate, DEVELOPMENT_SEED) for rate in rates] if len(rates) > 1 else []
    best = min(development, key=rank)["learning_rate"] if development else rates[0]
    return [run(best, seed) for seed in plan["seeds"]]


def rank(result):
    """Returns a sort key: solved before unsolved, then early before late, then by error."""
    solved = result["sequences_to_solve"]
    return (solved is None, solved or 0, result["validation_error"])


def append(results, result):
    """Appends a line to the results file, on a new line after a truncated one."""
    cut_off = results.exists() and not results.read_text().endswith("\n")
    with results.open("a") as file:
        file.write(("\n" if cut_off else "") + json.dumps(result) + "\n")


def read(results):
    """Reads the results file, without a truncated line."""
    if not results.exists():
        return []
    lines = []
    for line in results.read_text().splitlines():
        try:
            lines.append(json.loads(line))
        except json.JSONDecodeError:
            continue
    return lines


def make_streams(rng, task, count, intervals):
    """Makes streams of spikes, each with a spike at its first time step.

    Returns:
        The spikes, the targets and the weights, float32 `(count, time, 1)`: time fits `intervals`
        of the longest distance, and the weight is one where an output is expected.
    """
    extra = rng.integers(0, task.spread + 1, (count, intervals))
    at = np.cumsum(task.shortest + extra, axis=1)
    shape = (count, intervals * (task.shortest + task.spread) + 1, 1)
    spikes, targets, weights = (np.zeros(shape, "float32") for _ in range(3))
    stream = np.arange(count)[:, None]
    spikes[:, 0] = 1
    spikes[stream, at, 0] = 1
    targets[stream, at, 0] = extra / task.spread
    weights[stream, at, 0] = 1
    return spikes, targets, weights


class Trainer:
    """A network that is compiled once and trained from new weights in each run."""

    def __init__(self, layer, task, settings):
        self.layer, self.task, self.settings = layer, task, settings
        self.network = self.make_network()
        self.optimizer = keras.optimizers.Adam(clipnorm=1.0)
        self.optimizer.build(self.network.trainable_variables)
        self.update = tf.function(self._update, jit_compile=True)
        self.answer = tf.function(lambda spikes: self.network(spikes, training=False))
        # The same for all layers, learning rates and seeds.
        self.validation = make_streams(
            np.random.default_rng([1, task.shortest, task.spread]),
            task,
            settings.validation_streams,
            settings.validation_intervals,
        )
        self.test = make_streams(
            np.random.default_rng([2, task.shortest, task.spread]),
            task,
            settings.test_streams,
            settings.test_intervals,
        )

    def make_network(self):
        """Makes a network of the layer and a linear output unit, with new weights."""
        layer = LAYERS[self.layer](self.settings.units, return_sequences=True)
        return keras.Sequential([keras.Input((None, 1)), layer, keras.layers.Dense(1)])

    def run(self, learning_rate, seed):
        """Trains until the task is solved, or the updates are used up."""
        keras.utils.set_random_seed(seed)
        self.network.set_weights(self.make_network().get_weights())
        for variable in self.optimizer.variables:
            variable.assign(np.zeros(variable.shape))
        self.optimizer.learning_rate = learning_rate
        # Different from the seeds of the validation and test streams.
        rng = np.random.default_rng([0, seed])
        start = time.perf_counter()
        solved = None
        for updates in range(self.settings.block, self.settings.updates + 1, self.settings.block):
            self.update(*self.make_block(rng))
            error = np.abs(self.errors(self.validation))
            if error.max() < 0.5:
                solved = updates * self.settings.batch
                break
        return {
            "sequences_to_solve": solved,
            "validation_error": float(np.mean(error)),
            "test_right": float(np.mean(np.abs(self.errors(self.test)) < 0.5)),
            "seconds": round(time.perf_counter() - start, 1),
        }

    def make_block(self, rng):
        """Makes the batches between two validations, `(block, batch, time, 1)` each."""
        block, batch = self.settings.block, self.settings.batch
        streams = make_streams(rng, self.task, block * batch, self.settings.intervals)
        return [array.reshape(block, batch, *array.shape[1:]) for array in streams]

    def _update(self, spikes, targets, weights):
        trainable = self.network.trainable_variables
        for n in tf.range(len(spikes)):
            with tf.GradientTape() as tape:
                error = weights[n] * (self.network(spikes[n], training=True) - targets[n])
                loss = tf.reduce_sum(error**2) / tf.reduce_sum(weights[n])
            gradients = tape.gradient(loss, [variable.value for variable in trainable])
            self.optimizer.apply(gradients, trainable)

    def errors(self, streams):
        """Returns the errors of all outputs, in time steps."""
        spikes, targets, weights = streams
        answers = self.answer(spikes).numpy()
        return self.task.spread * (answers - targets)[weights > 0]


def group(rows):
    """Groups the results of the seeds by units and task, then by layer."""
    grouped = defaultdict(lambda: defaultdict(list))
    for row in rows:
        difficulty = row["settings"]["units"], str(Task(**row["task"]))
        grouped[difficulty][row["layer"]].append(row)
    return grouped


def markdown_table(rows):
    """Returns a table with a row for each size, task and layer."""
    lines = [
        "| units | distances | layer | weights | learning rate | solved "
        "| sequences until solved, median (range) | test intervals right, median (lowest) |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for (units, task), by_layer in group(rows).items():
        for layer, results in by_layer.items():
            solved = [r["sequences_to_solve"] for r in results if r["sequences_to_solve"]]
            sequences = (
                f"{np.median(solved):,.0f} ({min(solved):,} to {max(solved):,})" if solved else "-"
            )
            right = [result["test_right"] for result in results]
            lines.append(
                f"| {units} | {task} | `{layer}` | {count_weights(layer, units)} "
                f"| {results[0]['learning_rate']} | {len(solved)} of {len(results)} "
                f"| {sequences} | {np.median(right):.1%} ({min(right):.1%}) |"
            )
    return "\n".join(lines)


def count_weights(layer, units):
    """Returns the number of weights of a network, including the output unit."""
    recurrent = LAYERS[layer](units)
    recurrent.build((None, None, 1))
    return recurrent.count_params() + units + 1


def draw(rows, path):
    """Plots the sequences until solved: a panel for each size and task, a mark for each seed."""
    grouped = group(rows)
    sizes = sorted({units for units, _ in grouped})
    tasks = list(dict.fromkeys(task for _, task in grouped))
    limit = rows[0]["settings"]["updates"] * rows[0]["settings"]["batch"]
    figure = Figure(
        figsize=(1 + 2.4 * len(tasks), 0.9 + 2.4 * len(sizes)), dpi=120, layout="constrained"
    )
    panels = figure.subplots(len(sizes), len(tasks), sharex=True, sharey=True, squeeze=False)
    for row, units in zip(panels, sizes, strict=True):
        for axes, task in zip(row, tasks, strict=True):
            draw_panel(axes, grouped[units, task], limit)
        row[0].set_ylabel(f"{units} unit{'s' if units > 1 else ''}\nsequences until solved")
    for axes, task in zip(panels[0], tasks, strict=True):
        axes.set_title(task, fontsize="medium")
    with atomic_file(path) as aside:
        FigureCanvasAgg(figure).print_png(aside)


def draw_panel(axes, by_layer, limit):
    for column, results in enumerate(by_layer.values()):
        places = column + np.linspace(-0.25, 0.25, len(results))
        for place, result in zip(places, results, strict=True):
            solved = result["sequences_to_solve"]
            # Above the line: not solved when the sequences were used up.
            height, marker = (solved, "o") if solved else (1.6 * limit, "x")
            axes.plot(place, height, marker=marker, color=f"C{column}")
    axes.axhline(limit, color="0.4", linewidth=0.8)
    axes.set_yscale("log")
    axes.set_xlim(-0.6, len(by_layer) - 0.4)
    axes.set_xticks(range(len(by_layer)), by_layer, rotation=40, ha="right")
    axes.grid(axis="y", alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)


if __name__ == "__main__":
    main()
