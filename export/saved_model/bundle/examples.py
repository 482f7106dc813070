"""The examples of a signature, as a server gets them."""

from collections.abc import Mapping

import numpy as np
import tensorflow as tf

from seqzoo.zoo.base.signature import Signature


def examples_of(signature: Signature) -> list[dict[str, np.ndarray]]:
    """The examples as arrays of the signature's dtypes; text is an object array of `bytes`."""
    return [
        {name: _array(example[name], spec.dtype) for name, spec in signature.inputs.items()}
        for example in signature.examples
    ]


def rows(example: Mapping[str, np.ndarray]) -> int:
    """The size of the batch: of the longest first axis; 1 where all inputs are scalars."""
    return max((len(array) for array in example.values() if array.ndim), default=1)


def _array(values, dtype):
    array = tf.convert_to_tensor(values, dtype).numpy()
    return np.asarray(array, object) if dtype == tf.string else np.asarray(array)
