"""Cells compared on the published measure of polyphonic music, nats per frame.

    python benchmarks/frames.py [--data jsb-chorales] [--seeds 0 1 2] [--runs runs/frames]

Every cell is trained with every seed on every data set, under the same recipe: the same epochs,
batches, units and schedule. Weights are chosen on the validation split, figures are those of both
splits. An interrupted run is resumed, and a finished one is not repeated.
Writes benchmarks/results/frames.json.
"""

import argparse
import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from environment import environment
from records import Records
from rich.console import Console
from rich.table import Table

from seqzoo.training.model_training import training_of
from seqzoo.training.recipe import Recipe
from seqzoo.training.runs.train import train
from seqzoo.zoo import FrameGenerator

RESULTS = Path(__file__).parent / "results" / "frames.json"
CELLS = ("peephole_lstm", "lstm", "gru", "simple_rnn")
RECIPES = {
    "jsb-chorales": {
        "network": {"units": 256, "dropout": 0.5, "sequence_length": 700},
        **{"epochs": 50, "batch_size": 4, "learning_rate": 4e-3, "augment": False},
    },
    "nottingham": {
        "network": {"units": 320, "dropout": 0.2, "sequence_length": 1200},
        **{"epochs": 25, "batch_size": 4, "learning_rate": 3e-3, "augment": False},
    },
}

console = Console(width=None if sys.stdout.isatty() else 120)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", nargs="+", default=list(RECIPES), choices=RECIPES)
    parser.add_argument("--cells", nargs="+", default=CELLS, choices=CELLS)
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--runs", type=Path, default=Path("runs/frames"), help="run folders")
    parser.add_argument("--out", type=Path, default=RESULTS, help="the figures as JSON")
    arguments = parser.parse_args()
    records = Records(arguments.out, environment(), resume=True)
    # The outer loop is over seeds: every cell has one run before any has two.
    for data in arguments.data:
        for seed in arguments.seeds:
            for cell in arguments.cells:
                key = {"data": data, "cell": cell, "seed": seed}
                if records.find(**key) is None:
                    records.add({**key, **measure(**key, runs=arguments.runs)})
    show(records)


def measure(data, cell, seed, runs):
    """Trains one model, and returns its figures on the held-out splits."""
    recipe = recipe_of(data, cell, seed)
    preset = train(recipe, runs / f"{data}-{cell}-{seed}")
    task = FrameGenerator.from_preset(preset)
    training = training_of(recipe.model)
    splits = training.load(recipe.data)
    evaluations = {
        split: training.evaluate(task, splits, split) for split in ("validation", "test")
    }
    return {
        "weights": task.count_params(),
        **{split: evaluation.nats_per_frame for split, evaluation in evaluations.items()},
    }


def recipe_of(data, cell, seed):
    """Returns the recipe of a run: within a data set, only the cell and the seed differ."""
    shared = RECIPES[data]
    return Recipe(
        "frame-generator",
        (data,),
        seed=seed,
        # Disables early stopping, so that all runs have equal lengths.
        patience=shared["epochs"],
        **{**shared, "network": {**shared["network"], "cell": cell}},
    )


def show(records):
    """Prints the mean over seeds, and the range."""
    table = Table(title="Negative log-likelihood in nats per frame: mean over seeds (least, most)")
    for column in ("data", "cell", "weights", "seeds", "validation", "test"):
        table.add_column(column, justify="left" if column in ("data", "cell") else "right")
    for data in RECIPES:
        for cell in CELLS:
            rows = records.select(data=data, cell=cell)
            if rows:
                figures = [spread([row[split] for row in rows]) for split in ("validation", "test")]
                table.add_row(data, cell, f"{rows[0]['weights']:,}", str(len(rows)), *figures)
    console.print(table)


def spread(values):
    """Formats the mean and the range of values."""
    return f"{np.mean(values):.3f} ({min(values):.3f}, {max(values):.3f})"


if __name__ == "__main__":
    main()
