"""From a model to a server and to a phone, with proof that the answers stay the same."""

from seqzoo.lazy import lazy_names

__getattr__ = lazy_names(
    __name__,
    {
        "Export": "report",
        "ExportError": "errors",
        "ParityReport": "report",
        "TFLiteFile": "tflite_file",
        "export_saved_model": "saved_model",
        "export_tflite": "tflite",
        "model_signatures": "signatures",
        "parity": "proof",
        "read_packed": "associated_files",
    },
)
