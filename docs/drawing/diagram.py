"""Drawing primitives for diagrams of recurrent layers: boxes, circles, lines and a legend."""

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyBboxPatch
from PIL import Image

INK = "#222222"
# Colours of lines: the input, the output, the inner state.
INPUT, OUTPUT, STATE = "#1f6fb2", "#b3401f", "#2e7d32"
CELL_FILL, GATE_FILL, CANDIDATE_FILL, PLAIN_FILL = "#f6f4ee", "#ffe9b8", "#d9e8f6", "#ffffff"

_INCHES = 0.6  # the size of one unit of a diagram
_DPI = 130
# Stacking order; later lines cover earlier ones.
_LINES, _SHAPES, _TEXTS = 10, 500, 900

DELAY = "$z^{-1}$"
_LEGEND_BOXES = {
    "gate": (r"$\sigma$", GATE_FILL),
    "candidate": ("tanh", CANDIDATE_FILL),
    "delay": (DELAY, PLAIN_FILL),
}


class Diagram:
    """A diagram in abstract units; y grows upwards.

    Args:
        left: The left edge.
        right: The right edge.
        bottom: The lower edge.
        top: The upper edge.
    """

    def __init__(self, left, right, bottom, top):
        size = ((right - left) * _INCHES, (top - bottom) * _INCHES)
        self.figure = Figure(figsize=size, dpi=_DPI, facecolor="white")
        self.axes = self.figure.add_axes((0, 0, 1, 1))
        self.axes.set_xlim(left, right)
        self.axes.set_ylim(bottom, top)
        self.axes.axis("off")
        self._lines = 0

    def cell(self, left, right, bottom, top):
        """Draws the outline of a cell."""
        self._box(left, right, bottom, top, CELL_FILL, "#8a8578", 0.25).set_zorder(0)

    def box(self, x, y, label, note="", fill=GATE_FILL, width=1.5, height=1.0, size=14):
        """Draws a box around (x, y) with a label and a smaller note below it."""
        half, tall = width / 2, height / 2
        self._box(x - half, x + half, y - tall, y + tall, fill, INK, 0.1)
        self.text(x, y + (0.16 if note else 0), label, size=size)
        if note:
            self.text(x, y - 0.25, note, size=10.5)

    def circle(self, x, y, kind):
        """Draws an element-wise operation: `"product"`, `"sum"`, or a sign or short label."""
        sign = {"product": r"$\odot$", "sum": "+", "minus": "\N{MINUS SIGN}"}.get(kind, kind)
        self._add(Circle((x, y), 0.24, facecolor=PLAIN_FILL, edgecolor=INK, linewidth=1.4))
        self.text(x, y, sign, size=14 if len(kind) > 2 else 11)

    def square(self, x, y, label, color, right=False):
        """Draws an element-wise operation: `"product"`, `"sum"`, or a short label."""
        self._box(x - 0.16, x + 0.16, y - 0.16, y + 0.16, color, color, 0.01)
        place = (x + 0.32, y) if right else (x, y + 0.45)
        self.text(*place, label, color=color, align="left" if right else "center", size=14)

    def ring(self, x, y, label):
        """Draws a variable of a graphical model: a circle with its value inside."""
        self._add(Circle((x, y), 0.62, facecolor=GATE_FILL, edgecolor=INK, linewidth=1.4))
        self.text(x, y, label, size=11.5)

    def step_function(self, x, y):
        """Draws a step function from zero to one."""
        xs, ys = (x - 0.35, x, x, x + 0.35), (y - 0.16, y - 0.16, y + 0.16, y + 0.16)
        self.axes.plot(xs, ys, color=INK, linewidth=1.9, zorder=_TEXTS)

    def dot(self, x, y, color=INK):
        """Draws a point where a line branches."""
        self._add(Circle((x, y), 0.07, facecolor=color, edgecolor=color))

    def line(self, *points, color=INK, dashed=False, arrow=True, bridges=(), over=CELL_FILL):
        """Draws a line through points, with an arrow head at its end.

        Args:
            *points: Pairs (x, y).
            color: The colour of the line.
            dashed: Whether the line is dashed, as for peepholes.
            arrow: Whether there is an arrow head.
            bridges: Points where the line crosses earlier ones, which get a gap there.
            over: The colour of the gaps.
        """
        self._lines += 1
        order = _LINES + self._lines
        for x, y in bridges:
            gap = Circle((x, y), 0.13, facecolor=over, edgecolor=over, zorder=order)
            self.axes.add_patch(gap)
        xs, ys = zip(*points, strict=True)
        style = (0, (3.2, 2.2)) if dashed else "-"
        self.axes.plot(
            xs,
            ys,
            color=color,
            linewidth=1.9,
            linestyle=style,
            zorder=order,
            solid_joinstyle="round",
        )
        if arrow:
            self.axes.annotate(
                "",
                xy=points[-1],
                xytext=_towards(points[-1], points[-2], 0.2),
                arrowprops={
                    "arrowstyle": "-|>,head_width=0.26,head_length=0.5",
                    "color": color,
                    "shrinkA": 0,
                    "shrinkB": 0,
                },
                zorder=order,
            )

    def text(self, x, y, text, size=13, color=INK, align="center", vertical="center_baseline"):
        """Draws text at (x, y)."""
        self.axes.text(x, y, text, fontsize=size, color=color, ha=align, va=vertical, zorder=_TEXTS)

    def delay_loop(self, start, end, height, color, at):
        """Draws the loop of a state that returns one time step later.

        Args:
            start: Where the state leaves the cell, (x, y).
            end: Where it comes back, (x, y).
            height: How high the loop goes.
            color: The colour of the line.
            at: The x coordinate of the delay box.
        """
        self.dot(*start, color)
        up, down = (start[0], height), (end[0], height)
        self.line(start, up, down, end, color=color, arrow=False)
        self.box(at, height, DELAY, fill=PLAIN_FILL, width=0.62, height=0.46, size=11)
        middle = (at + 0.25 + up[0]) / 2
        self.line((middle, height), (middle - 0.1, height), color=color)

    def legend(self, y, *entries):
        """Draws a row of signs and their meanings.

        Args:
            y: The y coordinate of the row.
            *entries: x, a kind (`"gate"`, `"product"`, `"sum"`, `"minus"`, `"delay"`,
                `"candidate"`, `"peephole"`, `"input"`) and a text.
        """
        for x, kind, text in entries:
            self._legend_sign(x, y, kind)
            self.text(x + 0.42, y, text, size=11.5, align="left")

    def _legend_sign(self, x, y, kind):
        if kind in _LEGEND_BOXES:
            label, fill = _LEGEND_BOXES[kind]
            self.box(x, y, label, fill=fill, width=0.62, height=0.46, size=10.5)
        elif kind in ("peephole", "input"):
            dashed = kind == "peephole"
            color = STATE if dashed else INPUT
            self.line((x - 0.3, y), (x + 0.28, y), color=color, dashed=dashed)
        else:
            self.circle(x, y, kind)

    def save(self, path):
        """Writes the diagram as a PNG, with a palette, which reduces the size to a third."""
        canvas = FigureCanvasAgg(self.figure)
        canvas.draw()
        picture = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
        picture.quantize(128, dither=Image.Dither.NONE).save(path, optimize=True)

    def _box(self, left, right, bottom, top, fill, edge, rounding):
        style = f"round,pad=0,rounding_size={rounding}"
        size = (right - left, top - bottom)
        return self._add(
            FancyBboxPatch(
                (left, bottom), *size, boxstyle=style, facecolor=fill, edgecolor=edge, linewidth=1.4
            )
        )

    def _add(self, patch):
        patch.set_zorder(_SHAPES)
        return self.axes.add_patch(patch)


def _towards(point, other, distance):
    """Returns the point at a distance from one point towards another."""
    dx, dy = other[0] - point[0], other[1] - point[1]
    length = (dx * dx + dy * dy) ** 0.5
    return point[0] + dx / length * distance, point[1] + dy / length * distance
