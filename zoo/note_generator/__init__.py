"""The note generator: continues polyphonic scores as sequences of events.

Modules that need Keras are imported on first use, so that reading a score does not load it.
"""

from seqzoo.core.lazy import lazy_names

__getattr__, __dir__, __all__ = lazy_names(__name__)
