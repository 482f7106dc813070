"""Says what an image shows, in a sentence (one to many).

The parts that need Keras are loaded when they are first used, so that reading a file does not.
"""

from seqzoo.core.lazy import lazy_names

__getattr__, __dir__, __all__ = lazy_names(__name__)
