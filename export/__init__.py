"""From a model to a server and to a phone, with proof that the answers stay the same."""

import seqzoo.core.backend  # noqa: F401 before Keras is imported
from seqzoo.core.lazy import lazy_names

__getattr__, __dir__, __all__ = lazy_names(__name__)
