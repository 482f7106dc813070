"""Ablation of the ideas for faster kernels: the LSTM's loops with one change at a time.

    python benchmarks/kernel_ideas.py [--sizes 1x200x256 32x200x128 ...]

The ideas are variants of one small LSTM, written out here. Each is measured beside the plain form
that it changes, in turns, in one process; the table shows the ratio of its time to that form's.
The two kernels in `seqzoo.layers.kernels` use the ideas that helped.
"""

import argparse
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf
from rich.console import Console
from rich.table import Table
from timing import Rounds, interleave, median_ratio

from layers import parse_size

SIZES = ["1x200x256", "4x200x256", "32x50x64", "32x200x128", "64x100x512"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", nargs="+", type=parse_size, help="BATCHxTIMExUNITS")
    sizes = parser.parse_args().sizes or [parse_size(size) for size in SIZES]
    table = Table("idea", "beside", *("x".join(map(str, size)) for size in sizes))
    columns = [measure(size) for size in sizes]
    for idea, (beside, _) in columns[0].items():
        shares = (column.get(idea, ("", None))[1] for column in columns)
        table.add_row(idea, beside, *("" if s is None else f"{s:.2f}" for s in shares))
    Console(width=140).print(table)


def measure(size):
    """Returns for every idea the form that it changes, and the ratio of its time to that form's."""
    ideas = {**forward_ideas(size), **training_ideas(size)}
    shares = {}
    for idea, (beside, function) in ideas.items():
        if beside is None:
            continue
        pair = {"idea": function, "plain": ideas[beside][1]}
        for run in pair.values():
            run()
        seconds = interleave(pair, Rounds(seconds=2.0))
        shares[idea] = beside, median_ratio(seconds["idea"], seconds["plain"])
    return shares


def random(*shape):
    values = np.random.default_rng(0).normal(scale=shape[-2] ** -0.5, size=shape)
    return tf.constant(values, tf.float32)


def forward_ideas(size):
    """Returns variants of the forward pass: `(the form it changes, function)` by name."""
    x = random(size.batch, size.time, size.units)
    W, R = random(size.units, 4 * size.units), random(size.units, 4 * size.units)

    def make(compiled=True, shards=1, **variant):
        def run(part):
            return forward(part, W, R, **variant)

        part_run = tf.function(run, jit_compile=compiled)
        return tf.function(lambda: [part_run(part) for part in tf.split(x, shards)])

    ideas = {
        "forward, compiled": (None, make()),
        "not compiled": ("forward, compiled", make(compiled=False)),
        "inputs projected first": ("forward, compiled", make(project_first=True)),
        "inputs and state in one product": ("forward, compiled", make(one_product=True)),
        "batch-major slices": ("forward, compiled", make(time_major=False)),
        "sigmoid by tanh": ("forward, compiled", make(sigmoid=sigmoid_by_tanh)),
        "gates kept": ("forward, compiled", make(keep_gates=True)),
    }
    for shards in (2, 4):
        if size.batch >= 8 * shards:
            ideas[f"{shards} shards"] = ("forward, compiled", make(shards=shards))
    return ideas


def sigmoid_by_tanh(values):
    return 0.5 + 0.5 * tf.tanh(0.5 * values)


def forward(
    x,
    W,
    R,
    project_first=False,
    one_product=False,
    time_major=True,
    sigmoid=tf.sigmoid,
    keep_gates=False,
):
    """Returns the outputs `(time, batch, units)`, and the residuals if gates are kept."""
    batch, time, units = x.shape
    frames = tf.transpose(x, [1, 0, 2]) if time_major else None
    if project_first:
        projected = tf.matmul(tf.reshape(frames, [time * batch, units]), W)
        projected = tf.reshape(projected, [time, batch, 4 * units])
    both = tf.concat([W, R], axis=0)

    def gates(t, h):
        if project_first:
            return projected[t] + tf.matmul(h, R)
        frame = frames[t] if time_major else x[:, t]
        if one_product:
            return tf.matmul(tf.concat([frame, h], axis=1), both)
        return tf.matmul(frame, W) + tf.matmul(h, R)

    def step(t, h, c, arrays):
        i, f, g, o = tf.split(gates(t, h), 4, axis=1)
        i, f, g, o = sigmoid(i), sigmoid(f), tf.tanh(g), sigmoid(o)
        c = f * c + i * g
        h = o * tf.tanh(c)
        kept = [h, c, tf.concat([i, f, g, o], axis=1)][: len(arrays)]
        return t + 1, h, c, [array.write(t, k) for array, k in zip(arrays, kept, strict=True)]

    sizes = [units, units, 4 * units] if keep_gates else [units]
    arrays = [tf.TensorArray(tf.float32, time, element_shape=[batch, size]) for size in sizes]
    zeros = tf.zeros([batch, units])
    *_, arrays = tf.while_loop(
        lambda t, *_: t < time, step, (0, zeros, zeros, arrays), maximum_iterations=time
    )
    return [array.stack() for array in arrays]


def training_ideas(size):
    """Returns variants of the training step: `(the form it changes, function)` by name."""
    x, d_h = random(size.batch, size.time, size.units), random(*size)
    W, R = random(size.units, 4 * size.units), random(size.units, 4 * size.units)

    def by_hand(shards=1, recompute=False):
        ahead = tf.function(
            lambda part: forward(part, W, R, keep_gates=True)[: 2 if recompute else 3],
            jit_compile=True,
        )
        back = tf.function(lambda *arguments: backward(*arguments, W, R), jit_compile=True)
        parts = list(zip(tf.split(x, shards), tf.split(d_h, shards), strict=True))

        @tf.function
        def run():
            return [back(part, d, *ahead(part)) for part, d in parts]

        return run

    def differentiated(compiled):
        @tf.function(jit_compile=compiled)
        def run():
            with tf.GradientTape() as tape:
                tape.watch([x, W, R])
                h = tf.transpose(forward(x, W, R)[0], [1, 0, 2])
            return tape.gradient(h, [x, W, R], output_gradients=d_h)

        return run

    plain = "training, derived by TensorFlow"
    ideas = {
        plain: (None, differentiated(False)),
        "derived by TensorFlow, compiled": (plain, differentiated(True)),
        "backward pass by hand": (plain, by_hand()),
        "gates computed again": ("backward pass by hand", by_hand(recompute=True)),
    }
    for shards in (2, 4):
        if size.batch >= 8 * shards:
            ideas[f"by hand, {shards} shards"] = ("backward pass by hand", by_hand(shards))
    return ideas


def backward(x, d_outputs, hs, cs, *kept):
    """Returns the gradients by x, W and R."""
    *kept, W, R = kept
    batch, time, units = x.shape
    frames, d_outputs = tf.transpose(x, [1, 0, 2]), tf.transpose(d_outputs, [1, 0, 2])
    h_before = tf.concat([tf.zeros([1, batch, units]), hs[:-1]], axis=0)
    c_before = tf.concat([tf.zeros([1, batch, units]), cs[:-1]], axis=0)
    gates = kept[0] if kept else gates_again(frames, h_before, W, R)

    def step(t, d_h, d_c, d_gates):
        i, f, g, o = tf.split(gates[t], 4, axis=1)
        tanh_c = tf.tanh(cs[t])
        d_h = d_h + d_outputs[t]
        d_c = d_c + d_h * o * (1 - tanh_c**2)
        d = [d_c * g * i * (1 - i), d_c * c_before[t] * f * (1 - f)]
        d += [d_c * i * (1 - g**2), d_h * tanh_c * o * (1 - o)]
        d = tf.concat(d, axis=1)
        return t - 1, tf.matmul(d, R, transpose_b=True), d_c * f, d_gates.write(t, d)

    d_gates = tf.TensorArray(tf.float32, time, element_shape=[batch, 4 * units])
    zeros = tf.zeros([batch, units])
    *_, d_gates = tf.while_loop(lambda t, *_: t >= 0, step, (time - 1, zeros, zeros, d_gates))
    d_gates = tf.reshape(d_gates.stack(), [time * batch, 4 * units])
    d_x = tf.reshape(tf.matmul(d_gates, W, transpose_b=True), [time, batch, units])
    return (
        tf.transpose(d_x, [1, 0, 2]),
        tf.matmul(tf.reshape(frames, [time * batch, units]), d_gates, transpose_a=True),
        tf.matmul(tf.reshape(h_before, [time * batch, units]), d_gates, transpose_a=True),
    )


def gates_again(frames, h_before, W, R):
    """Recomputes the gates of all time steps at once from the stored outputs."""
    time, batch, units = frames.shape
    rows = [tf.reshape(values, [time * batch, units]) for values in (frames, h_before)]
    i, f, g, o = tf.split(tf.matmul(rows[0], W) + tf.matmul(rows[1], R), 4, axis=1)
    gates = tf.concat([tf.sigmoid(i), tf.sigmoid(f), tf.tanh(g), tf.sigmoid(o)], axis=1)
    return tf.reshape(gates, [time, batch, 4 * units])


if __name__ == "__main__":
    main()
