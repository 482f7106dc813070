"""Ready-made recurrent models: keras-hub tasks with their backbones and preprocessors.

Models are imported on first use, so that reading a score needs no TensorFlow.
"""

import seqzoo.core.backend  # noqa: F401 before Keras is imported
from seqzoo.core.lazy import lazy_names

__getattr__, __dir__, __all__ = lazy_names(__name__)
