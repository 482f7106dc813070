"""Plot of the measurements of layers.py for one layer."""

from matplotlib import colormaps
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullFormatter, NullLocator, ScalarFormatter
from report import goal_mean

from seqzoo.core.atomic import atomic_file

# The contestants in the plot of step time against length.
_CONTESTANTS = {
    "ours": ("ours", "C3", "-"),
    "Keras, better form": ("keras", "C0", "-"),
    "torch": ("torch", "C1", "-"),
    "matrix products": ("products", "0.5", ":"),
}


def draw(records, path, layer="LSTM"):
    """Draws the ratios of a layer over its sizes, and the time of its steps over the length.

    Args:
        records: `Records`; nothing is drawn if they have no row of the layer.
        path: The PNG file.
        layer: A name in `contestants.CASES`.
    """
    rows = records.select(part="speed", layer=layer)
    if not rows:
        return
    batches = sorted({row["batch"] for row in rows})
    figure = Figure(figsize=(3.6 * len(batches), 8.6), dpi=100, layout="constrained")
    axes = figure.subplots(3, len(batches), sharey="row", squeeze=False)
    times = sorted({row["time"] for row in rows})
    colors = dict(zip(times, colormaps["viridis"]([0.05, 0.45, 0.8, 0.95]), strict=False))
    for column, batch in zip(axes.T, batches, strict=True):
        of_batch = [row for row in rows if row["batch"] == batch]
        for ax, kind in zip(column, ("training", "forward"), strict=False):
            _draw_ratios(ax, [row for row in of_batch if row["kind"] == kind], colors)
            goal = goal_mean(kind, batch)
            if goal != 1:
                ax.axhline(goal, color="C0", linewidth=0.8, linestyle=":")
        _draw_growth(column[2], [row for row in of_batch if row["kind"] == "training"])
        column[0].set_title(f"batch of {batch}")
    _label(axes, layer)
    axes[0, -1].legend(handles=_ratio_legend(rows, colors), **_BESIDE)
    axes[2, -1].legend(handles=_growth_legend(rows), **_BESIDE)
    with atomic_file(path) as aside:
        FigureCanvasAgg(figure).print_png(aside)


_BESIDE = {"loc": "upper left", "bbox_to_anchor": (1.02, 1), "frameon": False}


def _draw_ratios(ax, rows, colors):
    """Plots our time over Keras's (solid) and over torch's (dashed), one line for every length."""
    ax.axhline(1, color="0.3", linewidth=0.8)
    for time, color in colors.items():
        for name, style in {"keras": "-o", "torch": "--s"}.items():
            points = sorted(
                (row["units"], row["ratios"][name])
                for row in rows
                if row["time"] == time and name in row["ratios"]
            )
            if points:
                ax.plot(*zip(*points, strict=True), style, color=color, markersize=4)
    _logarithmic(ax, sorted({row["units"] for row in rows}), (0.1, 0.2, 0.5, 1, 2, 5))
    ax.set_xlabel("units")


def _draw_growth(ax, rows):
    """Plots microseconds per training time step against the length, for a middle size."""
    units = _middle_units(rows)
    rows = sorted((row for row in rows if row["units"] == units), key=lambda row: row["time"])
    for name, color, style in _CONTESTANTS.values():
        points = [
            (row["time"], 1e6 * seconds / row["time"])
            for row in rows
            if (seconds := _seconds(row, name)) is not None
        ]
        if points:
            ax.plot(*zip(*points, strict=True), style, marker="o", color=color, markersize=4)
    _logarithmic(ax, [row["time"] for row in rows])
    ax.set_xlabel(f"time steps ({units} units)")


def _middle_units(rows):
    units = sorted({row["units"] for row in rows})
    return units[len(units) // 2]


def _seconds(row, name):
    """Returns the seconds of a contestant; for Keras, those of its faster form."""
    if name == "keras":
        return min(row["seconds"]["keras"], row["seconds"]["keras jit"])
    return row["seconds"].get(name)


def _logarithmic(ax, x_ticks, y_ticks=None):
    """Sets logarithmic axes with plain numbers at the ticks."""
    ax.set_xscale("log")
    ax.set_yscale("log")
    for axis, ticks in ((ax.xaxis, x_ticks), (ax.yaxis, y_ticks)):
        axis.set_major_formatter(ScalarFormatter())
        axis.set_minor_formatter(NullFormatter())
        if ticks:
            axis.set_ticks(ticks)
            axis.set_minor_locator(NullLocator())
    ax.grid(alpha=0.3)
    ax.spines[["top", "right"]].set_visible(False)


def _label(axes, layer):
    axes[0, 0].set_ylabel(f"{layer} training step:\nour time / theirs")
    axes[1, 0].set_ylabel("forward pass:\nour time / theirs")
    axes[2, 0].set_ylabel("training step:\nmicroseconds a time step")


def _ratio_legend(rows, colors):
    lines = [Line2D([], [], color="0.3", linestyle="-", marker="o", label="ours / Keras")]
    if any("torch" in row["ratios"] for row in rows):
        lines.append(Line2D([], [], color="0.3", linestyle="--", marker="s", label="ours / torch"))
    return [
        *lines,
        *(Line2D([], [], color=color, label=f"{time} steps") for time, color in colors.items()),
        Line2D([], [], color="C0", linestyle=":", label="goal for the mean"),
    ]


def _growth_legend(rows):
    return [
        Line2D([], [], color=color, linestyle=style, label=label)
        for label, (name, color, style) in _CONTESTANTS.items()
        if any(_seconds(row, name) is not None for row in rows)
    ]
