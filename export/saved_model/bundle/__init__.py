"""TF Serving bundles: the files beside a SavedModel, and a gRPC client."""

from seqzoo.core.lazy import lazy_names

__getattr__, __dir__, __all__ = lazy_names(__name__)
