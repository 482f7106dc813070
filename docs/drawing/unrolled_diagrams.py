"""Diagrams of composite layers, unrolled over time."""

import itertools

from diagram import (
    CANDIDATE_FILL,
    GATE_FILL,
    INPUT,
    OUTPUT,
    PLAIN_FILL,
    STATE,
    Diagram,
)

_STEP = 3.0  # from one time step to the next
_BACKWARD_FILL = "#dcefdc"


def bidirectional():
    """Draws a forward layer, a backward copy, and the merging of their outputs."""
    d = Diagram(-2.7, 11.9, -0.7, 6.0)
    low, high, top = 1.6, 3.0, 4.5
    _chain(d, [-0.6 + _STEP * n for n in range(4)], low, OUTPUT, "forwards", half=0.5)
    backwards = [0.6 + _STEP * n for n in range(4)]
    _chain(d, backwards[::-1], high, STATE, "backwards", half=-0.5)
    for n, t in enumerate(("1", "2", "3", "T")):
        x = _STEP * n
        d.text(x, -0.4, f"$x[{t}]$", color=INPUT)
        d.line((x, -0.1), (x, 0.5), color=INPUT, arrow=False)
        d.dot(x, 0.5, INPUT)
        d.line((x, 0.5), (x - 0.6, 0.5), (x - 0.6, low - 0.4), color=INPUT)
        crossed = [(x + 0.6, low)] if n < 3 else []
        right = [(x, 0.5), (x + 0.6, 0.5), (x + 0.6, high - 0.4)]
        d.line(*right, color=INPUT, bridges=crossed, over="white")
        crossed = [(x - 0.6, high)]
        left = [(x - 0.6, low + 0.4), (x - 0.6, top), (x - 0.45, top)]
        d.line(*left, color=OUTPUT, bridges=crossed if n else (), over="white")
        d.line((x + 0.6, high + 0.4), (x + 0.6, top), (x + 0.45, top), color=STATE)
        d.box(x, top, "merge", fill=PLAIN_FILL, width=0.9, height=0.7, size=11)
        d.line((x, top + 0.35), (x, 5.3))
        d.text(x, 5.6, f"$y[{t}]$")
    return d


def _chain(d, places, y, color, name, half):
    """Draws the cell at every time step, and the state between time steps."""
    fill = GATE_FILL if half > 0 else _BACKWARD_FILL
    start = places[0] - (1.3 if half > 0 else -1.3)
    d.line((start, y), (places[0] - half, y), color=color)
    d.text(start, y + 0.35, name, color=color, size=11)
    for before, after in itertools.pairwise(places):
        if max(before, after) == max(places):
            d.text((before + after) / 2, y + 0.3, r"$\cdots$", color=color)
        d.line((before + half, y), (after - half, y), color=color)
    for x in places:
        d.box(x, y, "", fill=fill, width=2 * abs(half), height=0.8)


def stacked_rnn():
    """Draws three levels, each of which takes the outputs of the one below."""
    d = Diagram(-3.0, 11.0, -1.9, 10.0)
    levels, places = (1.0, 4.2, 7.4), [_STEP * n for n in range(4)]
    for n, y in enumerate(levels, start=1):
        d.text(-2.2, y, f"level {n}")
        d.line((-1.5, y), (-0.65, y), color=STATE)
        for before, after in itertools.pairwise(places):
            d.line((before + 0.65, y), (after - 0.65, y), color=STATE)
    d.text(1.5, levels[0] - 0.35, "states", color=STATE, size=11)
    for x, t in zip(places, ("1", "2", "3", "T"), strict=True):
        d.text(x, -0.75, f"$x[{t}]$", color=INPUT)
        d.line((x, -0.4), (x, levels[0] - 0.4), color=INPUT)
        for n, y in enumerate(levels, start=1):
            d.box(x, y, "", width=1.3, height=0.8)
            _output_of_level(d, x, y, n, len(levels))
        d.text(x, 9.65, f"$y_3[{t}]$", color=OUTPUT)
    d.box(-2.4, -1.5, "", fill=PLAIN_FILL, width=0.7, height=0.42)
    d.text(-1.9, -1.5, "normalization and dropout, if asked for", size=11.5, align="left")
    d.line((5.2, -1.5), (6.0, -1.5), dashed=True)
    d.text(6.2, -1.5, "residual, if asked for", size=11.5, align="left")
    return d


def _output_of_level(d, x, y, level, count):
    """Draws the connection from a level to the next one, and the residual connection."""
    if level == 1:
        d.line((x, y + 0.4), (x, y + 1.75), color=OUTPUT)
    else:
        below, beside = y - 1.85, x + 1.0
        d.line((x, y + 0.4), (x, y + 0.74), color=OUTPUT)
        past = [(x, below), (beside, below), (beside, y + 0.98), (x + 0.24, y + 0.98)]
        crossed = [(beside, y)] if x < 3 * _STEP else []
        d.line(*past, dashed=True, bridges=crossed, over="white")
        d.dot(x, below, OUTPUT)
        d.circle(x, y + 0.98, "sum")
        d.line((x, y + 1.22), (x, y + (1.9 if level == count else 1.75)), color=OUTPUT)
    if level < count:
        d.box(x, y + 1.96, "", fill=PLAIN_FILL, width=0.7, height=0.42)
        d.line((x, y + 2.17), (x, y + 2.8), color=OUTPUT)


def encoder_decoder():
    """Draws an encoder that reads the source, and a decoder that writes the target."""
    d = Diagram(-1.7, 14.6, -2.3, 4.4)
    source, target = ("twenty", "three"), ("<start>", "vinte", "e", "três")
    sources, targets = [0.0, 2.3], [7.0 + 2.2 * n for n in range(4)]
    y = 1.6
    d.line((-1.4, y), (-0.7, y), color=STATE, arrow=True)
    for x, word in zip(sources, source, strict=True):
        _column(d, x, y, word, "", CANDIDATE_FILL)
    d.line((0.7, y), (1.6, y), color=STATE)
    d.line((3.0, y), (3.9, y), color=STATE)
    d.text(1.15, 3.9, "encoder", size=14)
    d.box(4.65, y, "bridge", fill=PLAIN_FILL, width=1.5, height=0.8)
    d.text(4.65, 0.75, "context", color=STATE, size=12)
    d.line((5.4, y), (6.4, y), color=STATE)
    for x, word, answer in zip(targets, target, (*target[1:], "<end>"), strict=True):
        _column(d, x, y, word, answer, GATE_FILL, width=1.2)
    for before, after in itertools.pairwise(targets):
        d.line((before + 0.6, y), (after - 0.6, y), color=STATE)
        middle = (before + after) / 2
        d.line(
            (before + 0.55, 2.95),
            (middle + 0.05, 2.95),
            (middle + 0.05, -0.85),
            (after - 0.68, -0.85),
            dashed=True,
            bridges=[(middle + 0.05, y)],
            over="white",
        )
    d.text(10.3, 3.9, "decoder", size=14)
    d.line((-1.4, -1.9), (-0.6, -1.9), dashed=True)
    d.text(-0.4, -1.9, "what it writes, it reads next", size=13, align="left")
    return d


def _column(d, x, y, below, above, fill, width=1.4):
    """Draws one time step with its input and, if any, its output."""
    d.text(x, -0.85, below, color=INPUT)
    d.line((x, -0.5), (x, y - 0.4), color=INPUT)
    d.box(x, y, "", fill=fill, width=width, height=0.8)
    if above:
        d.line((x, y + 0.4), (x, 2.65), color=OUTPUT)
        d.text(x, 2.95, above, color=OUTPUT)


def one_to_many():
    """Draws both ways to start a sequence from a vector."""
    d = Diagram(-2.2, 11.4, -1.0, 8.2)
    _one_to_many(d, 5.0, "initial_state", r"$\tanh(x V_n + b_n)$", places=[4.4, 7.0, 9.6])
    _one_to_many(d, 0.4, "first_input", "$x V + b$", places=[4.4, 7.0, 9.6])
    return d


def _one_to_many(d, low, inject, projection, places):
    y = low + 1.3
    d.text(-1.9, low + 2.5, f'inject="{inject}"', align="left", size=12)
    if inject == "initial_state":
        d.box(1.2, y, projection, fill=PLAIN_FILL, width=3.0, height=0.8, size=12)
        d.line((-1.2, y), (-0.3, y), color=INPUT)
        d.text(-1.5, y, "$x$", color=INPUT)
        d.line((2.7, y), (places[0] - 0.6, y), color=STATE)
        d.text(3.2, y + 0.35, "$d[0]$", color=STATE)
    else:
        d.text(-1.5, low - 0.4, "$x$", color=INPUT)
        d.line((-1.2, low - 0.4), (-0.3, low - 0.4), color=INPUT)
        d.box(0.6, low - 0.4, projection, fill=PLAIN_FILL, width=1.8, height=0.8, size=12)
        d.line((1.5, low - 0.4), (1.9, low - 0.4), (1.9, y - 0.4), color=INPUT)
        d.line((0.4, y), (1.3, y), color=STATE)
        d.text(0.1, y, "0", color=STATE)
        d.box(1.9, y, "", width=1.2, height=0.8)
        d.line((2.5, y), (places[0] - 0.6, y), color=STATE)
        d.text(3.2, y + 0.35, "$d[0]$", color=STATE)
        d.line((1.9, y + 0.4), (1.9, low + 2.3), color=OUTPUT, dashed=True)
        d.text(1.9, low + 2.6, "dropped", color=OUTPUT, size=11)
    for n, x in enumerate(places, start=1):
        d.line((x, low), (x, y - 0.4), color=INPUT)
        d.text(x, low - 0.3, f"$z[{n}]$", color=INPUT)
        d.box(x, y, "", width=1.2, height=0.8)
        d.line((x, y + 0.4), (x, low + 2.3), color=OUTPUT)
        d.text(x, low + 2.6, f"$y[{n}]$", color=OUTPUT)
        if x < places[-1]:
            d.line((x + 0.6, y), (x + 2.0, y), color=STATE)


def crf():
    """Draws the factors of a linear chain of tags."""
    d = Diagram(-2.6, 10.6, -1.4, 4.5)
    words = ("Ana", "mora", "em", "Lisboa")
    tags = ("B-PER", "O", "O", "B-LOC")
    places, y = [2.6 * n for n in range(4)], 3.0
    d.line((-1.7, y), (-0.62, y), color=STATE, arrow=False)
    d.line((places[-1] + 0.62, y), (places[-1] + 1.7, y), color=STATE, arrow=False)
    for before, after in itertools.pairwise(places):
        d.line((before + 0.62, y), (after - 0.62, y), color=STATE, arrow=False)
        d.square((before + after) / 2, y, "$A$", STATE)
    d.square(-1.7, y, "$a$", STATE)
    d.square(places[-1] + 1.7, y, "$b$", STATE)
    for n, (x, word, tag) in enumerate(zip(places, words, tags, strict=True), start=1):
        d.line((x, y - 0.62), (x, 0.5), color=INPUT, arrow=False)
        d.square(x, 1.55, f"$e[{n}]$", INPUT, right=True)
        d.ring(x, y, tag)
        d.text(x, y + 1.0, f"$y[{n}]$")
        d.text(x, -0.9, word, size=14)
    d.cell(places[0] - 1.0, places[-1] + 1.0, -0.45, 0.5)
    d.text(sum(places) / 4, 0.03, "network that reads the whole sentence")
    return d
