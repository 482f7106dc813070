"""Tables of the measurements of layers.py."""

from rich.table import Table
from timing import geometric_mean

NAMES = ("ours", "our LSTM", "keras", "keras jit", "torch")
# Goals: maximum geometric mean, over the sizes of a batch, of the ratio to Keras.
_TRAINING_GOALS = {1: 0.3, 32: 0.8, 64: 0.8}


def show(records, console):
    """Prints all tables of `Records` that have rows."""
    tables = (
        _summary(records),
        _growth(records),
        *(_rows(records, layer, kind) for layer, kind in _groups(records, "layer", "kind")),
        _memory(records),
        _lengths(records),
    )
    for table in tables:
        if table.row_count:
            console.print(table)


def _groups(records, *names, **key):
    """Returns the distinct values of some entries of the rows, in the order of the rows."""
    rows = records.select(part="speed", **key)
    return dict.fromkeys(tuple(row[name] for name in names) for row in rows)


def _table(title, *columns):
    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column, justify="left" if column in _TEXTS else "right")
    return table


_TEXTS = ("layer", "kind", "contestant", "size")


def _summary(records):
    table = _table(
        "Our time over theirs: geometric mean (worst) over sizes",
        *("layer", "kind", "batch", "sizes", "Keras, better form", "goal", "torch", "our LSTM"),
        "matrix products",
    )
    for layer, kind, batch in _groups(records, "layer", "kind", "batch"):
        rows = records.select(part="speed", layer=layer, kind=kind, batch=batch)
        goal = goal_mean(kind, batch)
        keras, torch, lstm, products = (
            _mean_and_worst([row["ratios"][name] for row in rows if name in row["ratios"]], limits)
            for name, limits in {
                "keras": (goal, 1),
                "torch": (1, None),
                "our LSTM": (1.1, None),
                "products": (None, None),
            }.items()
        )
        table.add_row(
            *(layer, kind, str(batch), str(len(rows)), keras, f"{goal:g} (1)"),
            *(torch, lstm, products),
        )
    return table


def goal_mean(kind, batch):
    """Returns the goal: the maximum geometric mean of our time over Keras's."""
    return _TRAINING_GOALS.get(batch, 1.0) if kind == "training" else 1.0


def _mean_and_worst(ratios, limits):
    """Formats the mean and the worst ratio, red where they exceed the limit."""
    if not ratios:
        return ""
    mean, worst = map(_colored, (geometric_mean(ratios), max(ratios)), limits)
    return f"{mean} ({worst})"


def _colored(ratio, limit):
    text = f"{ratio:.2f}"
    return f"[red]{text}[/]" if limit is not None and ratio > limit else text


def _growth(records):
    table = _table(
        "Time of one time step over that in the shortest sequence: geometric mean over units",
        *("layer", "kind", "batch", "time", *NAMES),
    )
    for layer, kind, batch in _groups(records, "layer", "kind", "batch"):
        key = {"layer": layer, "kind": kind, "batch": batch}
        shortest, *longer = sorted(time for (time,) in _groups(records, "time", **key))
        for time in longer:
            growth = (_step_growth(records, name, key, shortest, time) for name in NAMES)
            table.add_row(layer, kind, str(batch), str(time), *growth)
    return table


def _step_growth(records, name, key, shortest, time):
    """Returns the ratio of the step time to that in the shortest sequence."""
    ratios = []
    for row in records.select(part="speed", time=time, **key):
        short = records.find(part="speed", time=shortest, units=row["units"], **key)
        if short and name in row["seconds"]:
            ratios.append(row["seconds"][name] / time / (short["seconds"][name] / shortest))
    return f"{geometric_mean(ratios):.2f}" if ratios else ""


def _rows(records, layer, kind):
    rows = records.select(part="speed", layer=layer, kind=kind)
    names = [name for name in (*NAMES, "products") if name in rows[0]["seconds"]]
    table = _table(
        f"{layer}, {kind}: milliseconds (as a multiple of the matrix products)",
        *("size", *names, "ours / Keras", "ours / torch", "difference"),
    )
    for row in rows:
        difference = max(row["differences"].values())
        table.add_row(
            _size(row),
            *(_milliseconds(row["seconds"], name) for name in names),
            *(_ratio(row, name) for name in ("keras", "torch")),
            f"{difference:.0e}",
        )
    return table


def _milliseconds(seconds, name):
    milliseconds = 1e3 * seconds[name]
    text = f"{milliseconds:.3g}" if milliseconds < 100 else f"{milliseconds:.0f}"
    return text if name == "products" else f"{text} ({seconds[name] / seconds['products']:.2f})"


def _ratio(row, name):
    return _colored(row["ratios"][name], 1) if name in row["ratios"] else ""


def _size(row):
    return f"{row['batch']} x {row['time']} x {row['units']}"


def _memory(records):
    table = _table(
        "Training step in a process of its own",
        *("layer", "size", "contestant", "peak memory, MB", "first call, s"),
    )
    for row in records.select(part="memory"):
        table.add_row(
            *(row["layer"], _size(row), row["contestant"]),
            *(f"{row['peak_bytes'] / 1e6:.0f}", f"{row['first_seconds']:.2f}"),
        )
    return table


def _lengths(records):
    table = _table(
        "`fit` on batches that all differ in length",
        *("layer", "contestant", "lengths", "first epoch, s", "second epoch, s"),
    )
    for row in records.select(part="lengths"):
        table.add_row(
            *(row["layer"], row["contestant"], str(row["lengths"])),
            *(f"{row[name]:.2f}" for name in ("first_seconds", "second_seconds")),
        )
    return table
