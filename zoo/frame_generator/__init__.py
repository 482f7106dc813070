"""Continues a piano roll, frame by frame: the notes of a frame together.

The parts that need Keras are loaded when they are first used, so that reading rolls does not.
"""

from seqzoo.lazy import lazy_names

__getattr__ = lazy_names(
    __name__,
    {
        "FrameGenerator": "task",
        "FrameGeneratorBackbone": "backbone",
        "FrameGeneratorPreprocessor": "preprocessor",
        "FrameTokenizer": "tokenizer",
        "RollError": "roll",
    },
)
