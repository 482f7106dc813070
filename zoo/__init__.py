"""Ready recurrent models: a keras-hub task each, with its network and its preprocessor.

The models are loaded when they are first used, so that reading a score needs no TensorFlow.
"""

import seqzoo.core.backend  # noqa: F401 before Keras is imported
from seqzoo.core.lazy import lazy_names

__getattr__, __dir__, __all__ = lazy_names(__name__)
