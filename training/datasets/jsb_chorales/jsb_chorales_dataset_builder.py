"""Bach's chorales as piano rolls."""

import tensorflow_datasets as tfds

from seqzoo.training.datasets.roll_builder import RollBuilder


class Builder(RollBuilder):
    """382 chorales by J. S. Bach, a frame for every quarter note; see `RollBuilder`."""

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "First version."}

    file = "JSB_Chorales.mat"
