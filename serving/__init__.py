"""A local stand-in for TF Serving's REST API, to try exported models out.

It answers as TF Serving does (https://www.tensorflow.org/tfx/serving/api_rest), on one machine, for
one developer. Production is TF Serving: it batches, speaks gRPC, and measures itself. What this
server does not: gRPC, `classify` and `regress`, labels of versions. No package of PyPI serves a
SavedModel by this API.
"""

from seqzoo.core.lazy import lazy_names

__getattr__, __dir__, __all__ = lazy_names(__name__)
