"""NumPy random numbers that follow Keras's global seed."""

import keras
import numpy as np


def keras_rng() -> np.random.Generator:
    """Returns a NumPy generator seeded from Keras's global random state."""
    return np.random.default_rng(int(keras.random.randint((), 0, 2**31 - 1)))
