"""Vanishing gradients: gradient norms over time of the last output of untrained layers.

    python benchmarks/vanishing_gradient.py [--seeds 9] [--out vanishing-gradient.json]

Prints a table and draws docs/images/vanishing-gradient.png: the norm of the gradient that reaches
each of 200 time steps, as defined in `seqzoo.training.gradient_flow`, relative to the norm at the
last one. The inputs are normal numbers; weights and inputs are drawn again for every seed.
"""

import argparse
import json
import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator

from seqzoo.core.atomic import atomic_file
from seqzoo.layers import GRU, LSTM, SimpleRNN
from seqzoo.layers.initializers import chrono_gru, chrono_lstm, irnn, orthogonal
from seqzoo.training.gradient_flow import gradient_norms

TIME, FEATURES, UNITS, BATCH = 200, 8, 64, 16
PICTURE = Path(__file__).parents[1] / "docs" / "images" / "vanishing-gradient.png"
SMALLEST_FLOAT32 = float(np.finfo("float32").tiny)

# Made again for every seed.
LAYERS = {
    "SimpleRNN, orthogonal(2)": lambda **a: SimpleRNN(UNITS, **orthogonal(2.0), **a),
    "SimpleRNN, irnn()": lambda **a: SimpleRNN(UNITS, **irnn(), **a),
    "LSTM, chrono_lstm(200)": lambda **a: LSTM(UNITS, **chrono_lstm(TIME), **a),
    "GRU, chrono_gru(200)": lambda **a: GRU(UNITS, **chrono_gru(TIME), **a),
    "LSTM": lambda **a: LSTM(UNITS, **a),
    "GRU": lambda **a: GRU(UNITS, **a),
    "SimpleRNN": lambda **a: SimpleRNN(UNITS, **a),
    "SimpleRNN, glorot_uniform": lambda **a: SimpleRNN(
        UNITS, recurrent_initializer="glorot_uniform", **a
    ),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=9, help="how many draws of each layer")
    parser.add_argument("--out", type=Path, help="write the figures as JSON")
    arguments = parser.parse_args()
    norms = {name: measure(name, arguments.seeds) for name in LAYERS}
    print(markdown_table(norms))
    draw(norms, PICTURE)
    if arguments.out:
        figures = {name: values.tolist() for name, values in norms.items()}
        arguments.out.write_text(json.dumps(figures) + "\n")


def measure(name, seeds):
    """Returns norms relative to the last, `(seeds, TIME)`; float64, as float32 ends at 1e-38."""
    rows = []
    for seed in range(seeds):
        keras.utils.set_random_seed(seed)
        x = np.random.default_rng(seed).normal(size=(BATCH, TIME, FEATURES))
        layer = LAYERS[name](dtype="float64")
        (norms,) = gradient_norms(layer, x).values()
        rows.append(norms / norms[-1])
    return np.stack(rows)


def markdown_table(norms):
    """Tabulates medians at some distances from the loss, and the range at the first step."""
    back = [1, 10, 50, 100, TIME - 1]
    header = [f"{steps} back" for steps in back]
    lines = [
        "| layer | " + " | ".join(header) + " | range at 199 back |",
        "|---|" + "---|" * (len(back) + 1),
    ]
    for name, values in norms.items():
        medians = [f"{np.median(values[:, -1 - steps]):.2g}" for steps in back]
        first = values[:, 0]
        spread = f"{first.min():.2g} to {first.max():.2g}"
        lines.append(f"| `{name}` | " + " | ".join([*medians, spread]) + " |")
    return "\n".join(lines)


# A colour for each kind of layer, a dash for each way to start it.
STYLES = {
    "SimpleRNN, orthogonal(2)": {"color": "tab:orange", "linestyle": "-."},
    "SimpleRNN, irnn()": {"color": "tab:orange"},
    "LSTM, chrono_lstm(200)": {"color": "tab:blue"},
    "GRU, chrono_gru(200)": {"color": "tab:green"},
    "LSTM": {"color": "tab:blue", "linestyle": "--"},
    "GRU": {"color": "tab:green", "linestyle": "--"},
    "SimpleRNN": {"color": "tab:orange", "linestyle": "--"},
    "SimpleRNN, glorot_uniform": {"color": "tab:orange", "linestyle": ":"},
}


def draw(norms, path):
    """Plots a curve for each layer: the median over the seeds, in a band from lowest to highest."""
    figure = Figure(figsize=(8.5, 4.6), dpi=130, layout="constrained")
    axes = figure.add_subplot()
    steps = np.arange(1, TIME + 1)
    # Sorts the legend by the left ends of the curves.
    for name in sorted(norms, key=lambda name: -np.median(norms[name][:, 0])):
        values, style = norms[name], STYLES[name]
        lowest, highest = values.min(axis=0), values.max(axis=0)
        axes.fill_between(steps, lowest, highest, color=style["color"], alpha=0.15, linewidth=0)
        axes.plot(steps, np.median(values, axis=0), label=name, linewidth=1.8, **style)
    axes.axhline(SMALLEST_FLOAT32, color="0.4", linewidth=0.8)
    axes.annotate(
        "smallest normal float32",
        (TIME, SMALLEST_FLOAT32),
        xytext=(-4, 3),
        textcoords="offset points",
        horizontalalignment="right",
        fontsize="small",
        color="0.4",
    )
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(base=1e10, numticks=10))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_xlim(1, TIME)
    axes.set_xticks([1, 50, 100, 150, 200])
    axes.set_xlabel("time step t; the loss reads the output of time step 200")
    axes.set_ylabel("gradient norm at t / norm at 200")
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside right upper", frameon=False, handlelength=3)
    with atomic_file(path) as aside:
        FigureCanvasAgg(figure).print_png(aside)


if __name__ == "__main__":
    main()
