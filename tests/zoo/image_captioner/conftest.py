"""A small captioner that has learnt its pictures."""

import keras
import pytest

from tests.zoo.images.squares import CAPTIONS, IMAGES, untrained_captioner


@pytest.fixture(scope="package")
def captioner():
    """A captioner that names the colours of `IMAGES`. Not to be changed.

    Its encoder is as it was made, which tells colours apart, and learning is fast.
    """
    keras.utils.set_random_seed(4)
    captioner = untrained_captioner(freeze_encoder=True)
    part = captioner.on_features()
    part.compile(keras.optimizers.Adam(0.01), jit_compile=False)
    features = captioner.features(IMAGES)
    batches = captioner.batches(IMAGES, CAPTIONS, features=features)
    part.fit(batches, epochs=150, shuffle=False, verbose=0)
    return captioner
