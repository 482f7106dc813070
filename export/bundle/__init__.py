"""What TF Serving wants beside a SavedModel, and a client to ask it."""

from seqzoo.lazy import lazy_names

__getattr__ = lazy_names(
    __name__,
    {
        "ServingClient": "client",
        "ServingError": "client",
        "write_bundle": "writer",
    },
)
