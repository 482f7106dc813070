"""Folk tunes as piano rolls."""

import tensorflow_datasets as tfds

from seqzoo.training.datasets.roll_builder import RollBuilder


class Builder(RollBuilder):
    """1,037 folk tunes with chords, a frame for every eighth note; see `RollBuilder`."""

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "First version."}

    file = "Nottingham.mat"
