"""Random numbers of NumPy that repeat under Keras's seed."""

import keras
import numpy as np


def keras_rng() -> np.random.Generator:
    """A generator that follows the seed that Keras was given."""
    return np.random.default_rng(int(keras.random.randint((), 0, 2**31 - 1)))
