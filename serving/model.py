"""SavedModels that are loaded to be served."""

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
from seqzoo.serving.rest_errors import RestError, graph_message, status_code


@dataclasses.dataclass(frozen=True)
class ServedSignature:
    """A signature of a model.

    Attributes:
        inputs: The type and shape of every input.
        method_name: What TF Serving takes it for, such as `tensorflow/serving/predict`.
        function: Computes the outputs by name from tensors by name.
    """

    inputs: Mapping[str, tf.TensorSpec]
    method_name: str
    function: Callable[..., Mapping[str, tf.Tensor]]

    def run(
        self, inputs: Mapping[str, np.ndarray], cancellation: Cancellation | None = None
    ) -> dict[str, np.ndarray]:
        """The outputs by name.

        Args:
            inputs: The inputs by name.
            cancellation: Cancels the computation, between two operations of the graph.

        Raises:
            RestError: If the graph refuses the inputs, memory is short, or it was cancelled.
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

    A graph is a program that runs with the rights of the server, here as in TF Serving: load those
    whose source you trust.

    Args:
        folder: The SavedModel.
        name: What it is served under.
        version: The version that it is served as.

    Attributes:
        name: What it is served under.
        version: The version.
        signatures: What it answers to, by name.
        metadata: The same as the SavedModel says it, as JSON; the initialisation is among it.

    Raises:
        SavedModelError: If it is damaged, has no signature, holds operations that TensorFlow does
            not have, or cannot be read or held in memory.
    """

    def __init__(self, folder: Path, name: str, version: int) -> None:
        self.name = name
        self.version = version
        try:
            self._load(folder)
        except SavedModelError:
            raise
        # TensorFlow and its protocol buffers raise errors of every kind where a file is damaged.
        except Exception as error:
            raise _not_loaded(folder, error) from error

    def _load(self, folder):
        meta_graph = check_saved_model(folder)
        # Its variables live as long as it does.
        self._loaded = tf.saved_model.load(str(folder))
        self.signatures = {
            name: ServedSignature(
                _specs(signature.inputs), signature.method_name, self._loaded.signatures[name]
            )
            for name, signature in signatures_of(meta_graph).items()
        }
        if not self.signatures:
            raise SavedModelError(
                f"{folder} has no signature to ask it by: export it again, with signatures."
            )
        self.metadata = {
            name: MessageToDict(
                signature,
                preserving_proto_field_name=True,
                always_print_fields_with_no_presence=True,
            )
            for name, signature in meta_graph.signature_def.items()
        }


def _not_loaded(folder, error):
    if isinstance(error, MemoryError | tf.errors.ResourceExhaustedError):
        return SavedModelError(f"{folder} does not fit into the memory that is left: free some.")
    if isinstance(error, OSError):
        return SavedModelError(f"{folder} cannot be read ({error.strerror}): look at its files.")
    reason = f"{type(error).__name__}: {reason_of(error)}"
    return SavedModelError(f"{folder} cannot be loaded ({reason}): export it again.")


def _specs(infos):
    return {
        name: tf.TensorSpec(tf.TensorShape(info.tensor_shape), tf.as_dtype(info.dtype))
        for name, info in sorted(infos.items())
    }


Models = Mapping[str, Mapping[int, ServedModel]]
"""Models by name and version."""
