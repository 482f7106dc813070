"""From a model to a server and to a phone, with proof that the answers stay the same."""

from seqzoo.lazy import lazy_names

__getattr__ = lazy_names(
    __name__,
    {
        "ExportError": "exporter",
        "ParityReport": "parity",
        "export": "exporter",
        "write_saved_model": "saved_model",
        "write_tflite": "tflite",
    },
)
