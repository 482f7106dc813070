"""Exports of models to servers and phones, with parity reports that compare their outputs."""

import seqzoo.core.backend  # noqa: F401 before Keras is imported
from seqzoo.core.lazy import lazy_names

__getattr__, __dir__, __all__ = lazy_names(__name__)
