"""Continues a piano roll, frame by frame: the notes of a frame together.

The parts that need Keras are loaded when they are first used, so that reading rolls does not.
"""

from seqzoo.core.lazy import lazy_names

__getattr__, __dir__, __all__ = lazy_names(__name__)
