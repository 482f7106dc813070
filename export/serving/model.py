"""SavedModels that are loaded to be served."""

import dataclasses
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import numpy as np
import tensorflow as tf
from google.protobuf.json_format import MessageToDict

from seqzoo.errors import UsageError
from seqzoo.export.saved_model_checks import check_saved_model
from seqzoo.export.saved_model_file import SavedModelError, signatures_of
from seqzoo.export.serving.rest_errors import RestError, graph_message, status_code


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

    def run(self, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """The outputs by name.

        Raises:
            RestError: If the graph refuses the inputs.
        """
        tensors = {
            name: tf.constant(inputs[name], spec.dtype) for name, spec in self.inputs.items()
        }
        try:
            outputs = self.function(**tensors)
        except tf.errors.OpError as error:
            raise RestError(status_code(error), graph_message(error)) from error
        return {name: np.asarray(tensor.numpy()) for name, tensor in outputs.items()}


class ServedModel:
    """A version of a model.

    A graph is a program that runs with the rights of the server, here as in TF Serving: load those
    whose source you trust.

    Args:
        folder: The SavedModel, whose name is the version, in the folder that has the model's name.

    Attributes:
        name: What it is served under.
        version: The version.
        signatures: What it answers to, by name.
        metadata: The same as the SavedModel says it, as JSON; the initialisation is among it.

    Raises:
        SavedModelError: If it is damaged, or holds operations that TensorFlow does not have.
    """

    def __init__(self, folder: Path):
        self.name = folder.parent.name
        self.version = int(folder.name)
        meta_graph = check_saved_model(folder)
        try:
            # Its variables live as long as it does.
            self._loaded = tf.saved_model.load(str(folder))
        except Exception as error:  # TensorFlow raises of every kind where a file is damaged.
            reason = " ".join(str(error).split())
            raise SavedModelError(
                f"{folder} cannot be loaded ({reason}): export it again."
            ) from error
        self.signatures = {
            name: ServedSignature(
                _specs(signature.inputs), signature.method_name, self._loaded.signatures[name]
            )
            for name, signature in signatures_of(meta_graph).items()
        }
        self.metadata = {
            name: MessageToDict(
                signature,
                preserving_proto_field_name=True,
                always_print_fields_with_no_presence=True,
            )
            for name, signature in meta_graph.signature_def.items()
        }


def _specs(infos):
    return {
        name: tf.TensorSpec(tf.TensorShape(info.tensor_shape), tf.as_dtype(info.dtype))
        for name, info in sorted(infos.items())
    }


Models = Mapping[str, Mapping[int, ServedModel]]
"""Models by name and version."""


def load_models(paths: Iterable[str | os.PathLike]) -> Models:
    """Loads exported models.

    Args:
        paths: For each either the folder of a version, `<name>/<version>`, or that of the model,
            `<name>`, of which the newest version is loaded.

    Raises:
        SavedModelError: If there is none, or it cannot be served.
        UsageError: If two paths are the same version of the same name.
    """
    models = {}
    for path in paths:
        folder = _version_folder(Path(path).resolve())
        versions = models.setdefault(folder.parent.name, {})
        if int(folder.name) in versions:
            raise UsageError(
                f"Version {folder.name} of a model {folder.parent.name!r} is given twice: give it "
                "once, or rename one of the models."
            )
        versions[int(folder.name)] = ServedModel(folder)
    return models


def _version_folder(path):
    if _is_version(path):
        return path
    versions = [child for child in path.iterdir() if _is_version(child)] if path.is_dir() else []
    if not versions:
        raise SavedModelError(
            f"There is no exported model in {path}: give the folder that holds its versions, or "
            "one of them, such as saved_models/notes/1."
        )
    return max(versions, key=lambda folder: int(folder.name))


def _is_version(path):
    return path.name.isdecimal() and (path / "saved_model.pb").is_file()
