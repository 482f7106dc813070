"""A local stand-in for TF Serving's REST API, to try exported models out.

It answers as TF Serving does (https://www.tensorflow.org/tfx/serving/api_rest), on one machine, for
one developer. Production is TF Serving: it batches, watches for new versions, speaks gRPC, and
measures itself. What this server does not: gRPC, `classify` and `regress`, labels of versions.
"""

from seqzoo.lazy import lazy_names

__getattr__ = lazy_names(
    __name__,
    {
        "Limits": "limits",
        "create_app": "app",
        "load_models": "model",
        "serve": "server",
    },
)
