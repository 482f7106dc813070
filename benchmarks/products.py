"""The matrix products of a recurrent layer alone: a lower bound of its time.

Forward: the input projection as one product over all time steps, and one recurrent product per
step. Training: these, their counterparts in the backward pass, and the gradients by both matrices
as one product each over all time steps. Gates, activations and stored residuals are left out.
"""

import functools

import numpy as np
import tensorflow as tf
from timing import fastest


def make_products(kind, size, gates, directions=1):
    """Returns the fastest implementation of the products.

    Args:
        kind: A name in `contestants.KINDS`.
        size: `contestants.Size`.
        gates: The number of gates in the products of a step.
        directions: The number of parallel runs.

    Returns:
        A function without arguments.
    """
    products = _training if kind == "training" else _forward
    arrays = [_arrays(size, gates, kind == "training", seed) for seed in range(directions)]
    functions = {
        name: functools.partial(way, arrays) for name, way in _ways(products, size.batch).items()
    }
    for function in functions.values():
        function()
    return functions[fastest(functions)]


def _ways(products, batch):
    """Returns implementations by name, as functions of a list of arguments of `products`."""
    every = functools.partial(_every, products)
    ways = {
        "graph": tf.function(every, autograph=False),
        "compiled": tf.function(every, jit_compile=True, autograph=False),
    }
    if batch >= 16:
        compiled = tf.function(products, jit_compile=True, autograph=False)
        halves = functools.partial(_every, functools.partial(_in_halves, compiled))
        ways["compiled halves"] = tf.function(halves, autograph=False)
    return ways


def _every(products, arguments):
    return [products(*arrays) for arrays in arguments]


def _in_halves(products, x, kernel, recurrent_kernel, first, *sequences):
    """Runs each half of the batch on a separate core."""
    half = first.shape[0] // 2
    return [
        products(
            x[:, rows], kernel, recurrent_kernel, first[rows], *(s[:, rows] for s in sequences)
        )
        for rows in (slice(None, half), slice(half, None))
    ]


def _arrays(size, gates, training, seed):
    """Returns the arguments of `_forward` or `_training`."""
    batch, time, units = size
    rng = np.random.default_rng(seed)
    width = gates * units
    shapes = [(time, batch, units), (units, width), (units, width), (batch, width)]
    if training:
        shapes += [(time, batch, units), (time, batch, width)]
    arrays = [rng.standard_normal(shape, dtype="float32") for shape in shapes]
    # An orthogonal matrix, so that values neither vanish nor explode in the loops.
    arrays[2][:, :units] = np.linalg.qr(arrays[2][:, :units])[0]
    arrays[2][:, units:] = 0
    return [tf.constant(array) for array in arrays]


def _forward(x, kernel, recurrent_kernel, first):
    """Runs the forward products; `x` is time-major, `first` `(batch, gates * units)`."""
    units = recurrent_kernel.shape[0]

    def step(projected):
        return tf.matmul(projected[:, :units], recurrent_kernel)

    return tf.matmul(_rows(x), kernel), _repeat(step, first, x.shape[0])


def _training(x, kernel, recurrent_kernel, first, states, d_projections):
    """Runs the products of a step; `d_projections` is `(time, batch, gates * units)`."""
    units = recurrent_kernel.shape[0]
    # Transposed once, not in every step.
    transposed = tf.transpose(recurrent_kernel)

    def step(d_projected):
        return tf.concat([tf.matmul(d_projected, transposed), d_projected[:, units:]], axis=1)

    d_rows = _rows(d_projections)
    return (
        *_forward(x, kernel, recurrent_kernel, first),
        _repeat(step, first, x.shape[0]),
        tf.matmul(d_rows, kernel, transpose_b=True),
        tf.matmul(_rows(x), d_rows, transpose_a=True),
        tf.matmul(_rows(states), d_rows, transpose_a=True),
    )


def _repeat(step, state, steps):
    return tf.while_loop(lambda t, _: t < steps, lambda t, s: (t + 1, step(s)), (0, state))[1]


def _rows(sequence):
    return tf.reshape(sequence, [-1, sequence.shape[-1]])
