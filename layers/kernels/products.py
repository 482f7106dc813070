"""Products of values and a weight matrix under dropout, and their gradients.

The dropout mask is `None`, or a tensor `(batch, gates, features)` that scales the values
differently for every gate; the gates are side by side in the last axis of the matrix.
"""

from __future__ import annotations

import tensorflow as tf

from seqzoo.core.types import Tensor


def product(values: Tensor, matrix: Tensor, mask: Tensor | None) -> Tensor:
    """Returns `values` `(batch, features)` times `matrix` `(features, gates * units)`."""
    if mask is None:
        return tf.matmul(values, matrix)
    masked = tf.unstack(values[:, None] * mask, axis=1)
    matrices = tf.split(matrix, len(masked), axis=1)
    return tf.concat([tf.matmul(v, m) for v, m in zip(masked, matrices, strict=True)], axis=1)


def values_gradient(d_product: Tensor, matrix: Tensor, mask: Tensor | None) -> Tensor:
    """Returns the gradient of `product` with respect to the values, `(batch, features)`."""
    if mask is None:
        return tf.matmul(d_product, matrix, transpose_b=True)
    gates = mask.shape[1]
    parts = zip(
        tf.split(d_product, gates, axis=1),
        tf.split(matrix, gates, axis=1),
        tf.unstack(mask, axis=1),
        strict=True,
    )
    return tf.add_n([m * tf.matmul(d, part, transpose_b=True) for d, part, m in parts])


def matrix_gradient(values: Tensor, d_products: Tensor, mask: Tensor | None) -> Tensor:
    """Returns the gradient with respect to the matrix, summed over time in one large product.

    Args:
        values: `(time, batch, features)`.
        d_products: The gradients with respect to the products, `(time, batch, gates * units)`.
        mask: The dropout mask.

    Returns:
        The gradient `(features, gates * units)`.
    """
    if mask is None:
        return tf.matmul(rows(values), rows(d_products), transpose_a=True)
    parts = zip(tf.unstack(mask, axis=1), tf.split(d_products, mask.shape[1], axis=2), strict=True)
    return tf.concat(
        [tf.matmul(rows(values * m), rows(d), transpose_a=True) for m, d in parts], axis=1
    )


def rows(sequence: Tensor) -> Tensor:
    """Reshapes `(time, batch, size)` to `(time * batch, size)`."""
    return tf.reshape(sequence, [-1, sequence.shape[-1]])
