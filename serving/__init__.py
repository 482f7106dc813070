"""A local server with TF Serving's REST API, to try exported models.

It gives the same answers as TF Serving (https://www.tensorflow.org/tfx/serving/api_rest), on one
machine, for one developer. For production use TF Serving, which has batching, gRPC and metrics.
This server does not support gRPC, `classify` and `regress`, or version labels. No package on PyPI
serves a SavedModel with this API.
"""

from seqzoo.core.lazy import lazy_names

__getattr__, __dir__, __all__ = lazy_names(__name__)
