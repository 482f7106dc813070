"""SavedModels loaded for serving."""

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import tensorflow as tf
from google.protobuf.json_format import MessageToDict

from seqzoo.export.errors import reason_of
from seqzoo.export.formats.saved_model import SavedModelError, signatures_of
from seqzoo.export.formats.saved_model_checks import check_saved_model
from seqzoo.serving.cancellation import Cancellation
from seqzoo.serving.extra_files import read_languages, read_vocabulary
from seqzoo.serving.rest_errors import RestError, graph_message, status_code


@dataclasses.dataclass(frozen=True)
class ServedSignature:
    """A signature of a model.

    Attributes:
        inputs: The dtype and shape of every input.
        method_name: The method in TF Serving, such as `tensorflow/serving/predict`.
        function: Computes the outputs by name from tensors by name.
    """

    inputs: Mapping[str, tf.TensorSpec]
    method_name: str
    function: Callable[..., Mapping[str, tf.Tensor]]

    def run(
        self, inputs: Mapping[str, np.ndarray], cancellation: Cancellation | None = None
    ) -> dict[str, np.ndarray]:
        """Runs the signature and returns the outputs by name.

        Args:
            inputs: The inputs by name.
            cancellation: Cancels the computation, between two operations of the graph.

        Raises:
            RestError: If the graph refuses the inputs, memory is short, or the run was cancelled.
        """
        tensors = {
            name: tf.constant(inputs[name], spec.dtype) for name, spec in self.inputs.items()
        }
        try:
            with (cancellation or Cancellation()).covering():
                outputs = self.function(**tensors)
        except tf.errors.OpError as error:
            raise RestError(status_code(error), graph_message(error)) from error
        return {name: np.asarray(tensor.numpy()) for name, tensor in outputs.items()}


class ServedModel:
    """A version of a model.

    A graph is a program that runs with the rights of the server, here as in TF Serving: load only
    models from sources that you trust.

    Args:
        folder: The folder of the SavedModel.
        name: The name of the model on the server.
        version: The version number.

    Attributes:
        name: The name of the model on the server.
        version: The version number.
        signatures: The signatures by name.
        metadata: The signature definitions of the SavedModel as JSON, including its initialization.
        vocabulary: The names of the tokens in the order of their ids, if the export wrote them.
        languages: The languages of a captioner, the default first, if the export wrote them.

    Raises:
        SavedModelError: If the SavedModel is damaged, has no signature, holds operations that
            TensorFlow lacks or that are not allowed, cannot be read, or does not fit into memory.
    """

    def __init__(self, folder: Path, name: str, version: int) -> None:
        self.name = name
        self.version = version
        try:
            self._load(folder)
        except SavedModelError:
            raise
        # TensorFlow and protobuf raise errors of any kind for a damaged file.
        except Exception as error:
            raise _not_loaded(folder, error) from error

    def _load(self, folder):
        meta_graph = check_saved_model(folder)
        # Stored, as the variables are freed with it.
        self._loaded = tf.saved_model.load(str(folder))
        self.signatures = {
            name: ServedSignature(
                _specs(signature.inputs), signature.method_name, self._loaded.signatures[name]
            )
            for name, signature in signatures_of(meta_graph).items()
        }
        if not self.signatures:
            raise SavedModelError(f"{folder} has no signature: export it again, with signatures.")
        self.metadata = {
            name: MessageToDict(
                signature,
                preserving_proto_field_name=True,
                always_print_fields_with_no_presence=True,
            )
            for name, signature in meta_graph.signature_def.items()
        }
        self.vocabulary = read_vocabulary(folder)
        self.languages = read_languages(folder)


def _not_loaded(folder, error):
    if isinstance(error, MemoryError | tf.errors.ResourceExhaustedError):
        return SavedModelError(f"{folder} does not fit into the free memory: free some.")
    if isinstance(error, OSError):
        return SavedModelError(f"{folder} cannot be read ({error.strerror}): check its files.")
    reason = f"{type(error).__name__}: {reason_of(error)}"
    return SavedModelError(f"{folder} cannot be loaded ({reason}): export it again.")


def _specs(infos):
    return {
        name: tf.TensorSpec(tf.TensorShape(info.tensor_shape), tf.as_dtype(info.dtype))
        for name, info in sorted(infos.items())
    }


Models = Mapping[str, Mapping[int, ServedModel]]
"""Models by name and version."""
