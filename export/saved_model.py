"""SavedModels for TF Serving."""

import os

import keras
import tensorflow as tf

from seqzoo.layers.kernels.selection import portable
from seqzoo.zoo.base.signature import Signature


def write_saved_model(model, signatures: dict[str, Signature], folder: str | os.PathLike) -> None:
    """Writes a SavedModel with named signatures; the first is also `serving_default`.

    Args:
        model: The Keras model whose weights the signatures use.
        signatures: What the SavedModel answers to.
        folder: Where to.
    """
    archive = keras.export.ExportArchive()
    archive.track(model)
    with portable():
        for name, signature in signatures.items():
            specs = [
                tf.TensorSpec(spec.shape, spec.dtype, name=key)
                for key, spec in signature.inputs.items()
            ]
            archive.add_endpoint(name, signature.function, input_signature=specs)
    archive.write_out(str(folder), verbose=False)
