"""Wiring diagrams of the cells: the computation of one time step, equation by equation."""

from diagram import CANDIDATE_FILL, INPUT, OUTPUT, PLAIN_FILL, STATE, Diagram

SIGMA, TANH = r"$\sigma$", "tanh"

# Positions of the lines of a gated cell, and the distance of a state's loop from the cell.
_C, _H, _X = 5.1, 1.05, 0.5
_GATES = 2.5
_WIDTH = 10.2
_INNER, _OUTER = 1.25, 2.25
_GATE_PLACES = {
    "f": (1.75, SIGMA, "forget"),
    "i": (3.85, SIGMA, "input"),
    "g": (5.75, TANH, "candidate"),
    "o": (7.9, SIGMA, "output"),
}


def simple_rnn():
    """Draws h[t] = tanh(x[t] W + h[t-1] R + b)."""
    d = Diagram(-3.4, 8.6, -2.5, 3.9)
    d.cell(0, 5, 0, 2.6)
    _loop(d, 5, _INNER, 1.3, 3.3, OUTPUT, "h")
    d.line((-_INNER, 1.3), (1.75, 1.3), color=OUTPUT)
    d.text(1.1, 1.62, "$R$", color=OUTPUT)
    _input(d, (2.5, 0.8))
    d.text(2.65, 0.35, "$W$", color=INPUT, align="left")
    d.box(2.5, 1.3, TANH, fill=CANDIDATE_FILL)
    d.line((3.25, 1.3), (5 + _INNER + 0.9, 1.3), color=OUTPUT)
    _legend(d, -2.9, -1.5, box=TANH)
    return d


def lstm():
    """Draws the equations of `LSTMCell`."""
    d = _lstm_frame()
    _lstm_buses(d)
    _lstm_core(d)
    return d


def peephole_lstm():
    """Draws the equations of `PeepholeLSTMCell`."""
    d = _lstm_frame([(6.3, "peephole", "peephole: the state times $p$")])
    _lstm_buses(d)
    # The input and forget gates see c[t-1], the output gate c[t].
    d.dot(0.45, _C, STATE)
    d.line((0.45, _C), (0.45, _GATES), (1.0, _GATES), color=STATE, dashed=True)
    d.dot(0.45, 3.75, STATE)
    d.line((0.45, 3.75), (2.8, 3.75), (2.8, _GATES), (3.1, _GATES), color=STATE, dashed=True)
    d.dot(6.82, _C, STATE)
    d.line((6.82, _C), (6.82, _GATES), (7.15, _GATES), color=STATE, dashed=True)
    d.text(0.55, 3.2, "$p_f$", color=STATE, align="left")
    d.text(2.9, 3.3, "$p_i$", color=STATE, align="left")
    d.text(6.92, 3.3, "$p_o$", color=STATE, align="left")
    _lstm_core(d, bridges=[(1.75, 3.75)])
    return d


def layer_norm_lstm():
    """Draws the equations of `LayerNormLSTMCell`."""
    low = -0.15
    d = Diagram(-2.6, _WIDTH + 3.1, -3.6, 7.8)
    d.cell(0, _WIDTH, -1.1, 6.0)
    _loop(d, _WIDTH, _INNER, _C, 6.5, STATE, "c")
    _loop(d, _WIDTH, _OUTER, low, 7.3, OUTPUT, "h")
    # The two products are normalized, all four gates together, and then summed.
    d.line((-_OUTER, low), (1.5, low), color=OUTPUT)
    d.text(1.0, low + 0.32, "$R$", color=OUTPUT)
    d.box(2.25, low, "LN", r"times $\gamma_h$", fill=PLAIN_FILL)
    d.line((3.0, low), (4.06, low), color=OUTPUT)
    _input(d, (8.1, low), cell_bottom=-1.1, arrow=False)
    d.line((8.1, low), (7.1, low), color=INPUT)
    d.text(7.6, low + 0.32, "$W$", color=INPUT)
    d.box(6.35, low, "LN", r"times $\gamma_x$", fill=PLAIN_FILL)
    d.line((5.6, low), (4.54, low), color=INPUT)
    d.circle(4.3, low, "sum")
    d.line((4.3, low - 0.7), (4.3, low - 0.24))
    d.text(4.45, low - 0.62, "$b$", align="left")
    d.line((4.3, low + 0.24), (4.3, _H), arrow=False)
    d.line((1.75, _H), (7.9, _H), arrow=False)
    d.dot(4.3, _H)
    for name, (x, _, _) in _GATE_PLACES.items():
        d.line((x, _H), (x, 2.0))
        d.text(x + 0.14, 1.5, f"${name}$", align="left")
    _lstm_core(d, normalized=True, exit_at=low)
    _legend(d, -1.9, -2.6, [(6.3, "input", "label: times this matrix")], bias=False)
    return d


def gru(form="reset_after"):
    """Draws the equations of `GRUCell`, in the form `"reset_after"` or `"cho"`."""
    d = Diagram(-2.6, _WIDTH + 2.6, -2.5, 7.1)
    d.cell(0, _WIDTH, 0, 5.8)
    _loop(d, _WIDTH, _INNER, _C, 6.5, OUTPUT, "h")
    d.line((0.5, _C), (0.5, _H), (7.4, _H), color=OUTPUT, arrow=False)
    d.dot(0.5, _C, OUTPUT)
    _input(d, (0.85, _X), arrow=False)
    d.line((0.85, _X), (6.6, _X), color=INPUT, arrow=False)
    for x, name, note in ((1.75, "r", "reset"), (7.0, "z", "update")):
        _feed(d, x, name)
        d.box(x, _GATES, SIGMA, note)
    _gru_candidate(d, form)
    _gru_output(d)
    _legend(d, -1.9, -1.5, [(6.3, "input", "label: times this matrix")])
    return d


def _gru_candidate(d, form):
    """Draws the candidate g; the reset gate is applied after the product with R_g, or before it."""
    d.line((1.75, 3.0), (1.75, 3.85), (3.41, 3.85))
    d.text(1.9, 3.35, "$r$", align="left")
    d.dot(3.65, _H, OUTPUT)
    if form == "reset_after":
        d.line((3.65, _H), (3.65, 2.26), color=OUTPUT)
        d.text(3.77, 1.52, "$R_g$", color=OUTPUT, align="left", size=12)
        d.line((3.0, _GATES), (3.41, _GATES))
        d.text(2.94, _GATES, "$q_g$", align="right", size=12)
        d.circle(3.65, _GATES, "sum")
        d.line((3.65, 2.74), (3.65, 3.61))
    else:
        d.line((3.65, _H), (3.65, 3.61), color=OUTPUT)
        d.text(4.2, 4.17, "$R_g$")
    d.line((5.25, _X), (5.25, 3.35), color=INPUT, bridges=[(5.25, _H)])
    d.dot(5.25, _X, INPUT)
    d.text(5.37, 1.52, "$W_g$", color=INPUT, align="left", size=12)
    d.line((3.89, 3.85), (4.5, 3.85))
    d.circle(3.65, 3.85, "product")
    d.box(5.25, 3.85, TANH, "candidate", fill=CANDIDATE_FILL)


def _gru_output(d):
    """Draws the interpolation between the previous output and the candidate."""
    d.line((-_INNER, _C), (6.76, _C), color=OUTPUT)
    d.line((6.0, 3.85), (8.61, 3.85))
    d.text(6.3, 4.15, "$g$")
    d.line((7.0, 3.0), (7.0, _C - 0.24), bridges=[(7.0, 3.85)])
    d.text(7.12, 3.35, "$z$", align="left")
    d.line((7.75, _GATES), (8.61, _GATES))
    d.circle(8.85, _GATES, "1\N{MINUS SIGN}")
    d.line((8.85, _GATES + 0.24), (8.85, 3.61))
    d.text(8.97, 3.15, "$1-z$", align="left", size=12)
    d.line((8.85, 4.09), (8.85, _C - 0.24))
    d.line((7.24, _C), (8.61, _C), color=OUTPUT)
    d.line((9.09, _C), (_WIDTH + _INNER + 0.9, _C), color=OUTPUT)
    d.circle(7.0, _C, "product")
    d.circle(8.85, 3.85, "product")
    d.circle(8.85, _C, "sum")


def lif():
    """Draws the equations of `LIFCell`, with `reset="subtract"`."""
    d = Diagram(-2.6, 11.5, -1.9, 7.1)
    d.cell(0, 8.4, 0, 5.4)
    _loop(d, 8.4, _INNER, 4.6, 5.9, STATE, "v")
    _loop(d, 8.4, _OUTER, 1.4, 6.6, OUTPUT, "s")
    _lif_potential(d)
    # The reset, and the input current.
    d.line((-_OUTER, 1.4), (4.96, 1.4), color=OUTPUT)
    d.dot(0.7, 1.4, OUTPUT)
    d.line((0.7, 1.4), (0.7, 3.0), (2.45, 3.0), color=OUTPUT)
    d.box(3.6, 3.0, r"$\times$ threshold", "reset", fill=PLAIN_FILL, width=2.3)
    d.line((3.6, 3.5), (3.6, 4.36))
    _input(d, (5.2, 1.16))
    d.text(5.35, 0.5, "$W$", color=INPUT, align="left")
    d.text(3.9, 1.72, "$R$", color=OUTPUT)
    d.line((6.0, 1.4), (5.44, 1.4))
    d.text(6.08, 1.4, "$b$", align="left")
    d.line((5.2, 1.64), (5.2, 4.36))
    d.text(5.35, 3.0, "$I$", align="left")
    d.circle(5.2, 1.4, "sum")
    d.legend(
        -1.5,
        (-1.9, "sum", "sum"),
        (-0.2, "minus", "difference"),
        (2.6, "delay", "one time step later"),
        (6.7, "input", "label: times this matrix"),
    )
    return d


def _lif_potential(d):
    """Draws the membrane potential and the spikes."""
    d.line((-_INNER, 4.6), (0.95, 4.6), color=STATE)
    d.box(1.8, 4.6, r"$\times$ decay", fill=PLAIN_FILL, height=0.8, width=1.7)
    d.line((2.65, 4.6), (3.36, 4.6), color=STATE)
    d.line((3.84, 4.6), (4.96, 4.6), color=STATE)
    d.line((5.44, 4.6), (8.4 + _INNER, 4.6), color=STATE, arrow=False)
    d.circle(3.6, 4.6, "minus")
    d.circle(5.2, 4.6, "sum")
    d.dot(7.1, 4.6, STATE)
    d.line((7.1, 4.6), (7.1, 3.5), color=STATE)
    d.box(7.1, 3.0, "", "threshold", width=1.7)
    d.step_function(7.1, 3.18)
    d.line((7.1, 2.5), (7.1, 1.4), (8.4 + _OUTER + 0.6, 1.4), color=OUTPUT)


def _lstm_frame(more=((6.3, "input", "label: times this matrix"),)):
    d = Diagram(-2.6, _WIDTH + 3.1, -2.5, 7.8)
    d.cell(0, _WIDTH, 0, 6.0)
    _loop(d, _WIDTH, _INNER, _C, 6.5, STATE, "c")
    _loop(d, _WIDTH, _OUTER, _H, 7.3, OUTPUT, "h")
    _legend(d, -1.9, -1.5, more)
    return d


def _lstm_buses(d):
    """Draws the lines of the input and the previous output to every gate."""
    _input(d, (0.65, _X), arrow=False)
    d.line((0.65, _X), (7.5, _X), color=INPUT, arrow=False)
    d.line((-_OUTER, _H), (8.3, _H), color=OUTPUT, arrow=False)
    for name, (x, _, _) in _GATE_PLACES.items():
        _feed(d, x, name)


def _feed(d, x, name):
    """Draws the lines of the input and the previous output to a gate at x."""
    for shift, height, color, matrix in ((-0.4, _X, INPUT, "W"), (0.4, _H, OUTPUT, "R")):
        crossed = [(x + shift, _H)] if height < _H else []
        d.line((x + shift, height), (x + shift, 2.0), color=color, bridges=crossed)
        d.dot(x + shift, height, color)
        d.text(x + shift + 0.1, 1.52, f"${matrix}_{name}$", color=color, align="left", size=12)


def _lstm_core(d, normalized=False, exit_at=_H, bridges=()):
    """Draws the gates, and their effects on the cell state and the output."""
    for name, (x, activation, note) in _GATE_PLACES.items():
        fill = {"fill": CANDIDATE_FILL} if activation == TANH else {}
        d.box(x, _GATES, activation, note, **fill)
        if not normalized:
            place = (x + 0.14, 3.3) if name != "o" else (8.74, _GATES + 0.28)
            d.text(*place, f"${name}$", align="left")
    f, i, g = (_GATE_PLACES[name][0] for name in "fig")
    d.line((-_INNER, _C), (f - 0.24, _C), color=STATE)
    d.line((f + 0.24, _C), (g - 0.24, _C), color=STATE)
    d.line((g + 0.24, _C), (_WIDTH + _INNER, _C), color=STATE, arrow=False)
    d.line((f, 3.0), (f, _C - 0.24), bridges=bridges)
    d.line((i, 3.0), (i, 3.95), (g - 0.24, 3.95))
    d.line((g, 3.0), (g, 3.71))
    d.line((g, 4.19), (g, _C - 0.24))
    d.circle(f, _C, "product")
    d.circle(g, 3.95, "product")
    d.circle(g, _C, "sum")
    _lstm_output(d, normalized, exit_at)


def _lstm_output(d, normalized, exit_at):
    x = 9.35
    d.dot(x, _C, STATE)
    if normalized:
        d.line((x, _C), (x, 4.65), color=STATE)
        d.box(x, 4.3, "LN", fill=PLAIN_FILL, width=1.3, height=0.7)
        d.text(x - 0.78, 4.3, r"$\gamma_c,\,\beta_c$", align="right")
        d.line((x, 3.95), (x, 3.7))
        d.box(x, 3.4, TANH, fill=CANDIDATE_FILL, width=1.3, height=0.6)
        d.line((x, 3.1), (x, _GATES + 0.24))
    else:
        d.line((x, _C), (x, 4.2), color=STATE)
        d.box(x, 3.85, TANH, fill=CANDIDATE_FILL, width=1.3, height=0.7)
        d.line((x, 3.5), (x, _GATES + 0.24))
    d.line((8.65, _GATES), (x - 0.24, _GATES))
    d.line((x, _GATES - 0.24), (x, exit_at), (_WIDTH + _OUTER + 0.6, exit_at), color=OUTPUT)
    d.circle(x, _GATES, "product")


def _legend(d, left, y, more=(), box=SIGMA, bias=True):
    """Draws the legend, in two rows."""
    activation = (
        "activation of the sum of what comes in, and of the bias"
        if bias
        else "activation; LN: normalization"
    )
    kind = "gate" if box == SIGMA else "candidate"
    first = [(left, kind, activation)]
    second = [(left, "delay", "one time step later")]
    if box == SIGMA:
        second += [(2.6, "product", "product"), (4.6, "sum", "sum"), *more]
    d.legend(y, *first)
    d.legend(y - 0.65, *second)


def _loop(d, width, standoff, y, height, color, name):
    """Draws a state that leaves the cell, is delayed by one time step, and returns."""
    left, right = -standoff, width + standoff
    d.delay_loop((right, y), (left, y), height, color, at=width / 2)
    d.text(left + 0.08, y + 0.32, f"${name}[t-1]$", color=color, align="left", size=12)
    d.text(right - 0.12, y + 0.32, f"${name}[t]$", color=color, align="right", size=12)


def _input(d, end, cell_bottom=0.0, arrow=True):
    """Draws the input, from below."""
    d.line((end[0], cell_bottom - 0.8), end, color=INPUT, arrow=arrow)
    d.text(end[0] + 0.15, cell_bottom - 0.5, "$x[t]$", color=INPUT, align="left")
