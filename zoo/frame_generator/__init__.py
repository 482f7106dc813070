"""The frame generator: continues piano rolls, with a joint distribution of each frame.

Modules that need Keras are imported on first use, so that reading rolls does not load it.
"""

from seqzoo.core.lazy import lazy_names

__getattr__, __dir__, __all__ = lazy_names(__name__)
