"""Examples of a signature, as inputs of a server."""

from collections.abc import Mapping

import numpy as np
import tensorflow as tf

from seqzoo.zoo.base.signature import Signature


def examples_of(signature: Signature) -> list[dict[str, np.ndarray]]:
    """Returns the examples as arrays of the signature's dtypes; text as object array of `bytes`."""
    return [
        {name: _array(example[name], spec.dtype) for name, spec in signature.inputs.items()}
        for example in signature.examples
    ]


def rows(example: Mapping[str, np.ndarray]) -> int:
    """Returns the batch size: that of the longest first axis; 1 if all inputs are scalars."""
    return max((len(array) for array in example.values() if array.ndim), default=1)


def _array(values, dtype):
    array = tf.convert_to_tensor(values, dtype).numpy()
    return np.asarray(array, object) if dtype == tf.string else np.asarray(array)
