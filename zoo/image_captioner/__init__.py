"""Image captioning: describes an image in a sentence (one to many).

Modules that need Keras are loaded on first use, so that reading a file does not load it.
"""

from seqzoo.core.lazy import lazy_names

__getattr__, __dir__, __all__ = lazy_names(__name__)
