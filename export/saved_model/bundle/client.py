"""A client of TF Serving's gRPC API."""

import dataclasses
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import numpy as np
import tensorflow as tf

from seqzoo.core.errors import SeqzooError
from seqzoo.core.extras import name_missing_packages

_API = (
    "get_model_metadata_pb2",
    "get_model_status_pb2",
    "model_pb2",
    "model_service_pb2_grpc",
    "predict_pb2",
    "prediction_service_pb2_grpc",
)

_ADVICE = {
    "UNAVAILABLE": "see that the server runs and is not too busy, and that this is its gRPC port",
    "DEADLINE_EXCEEDED": "give a longer timeout, or ask for less",
    "NOT_FOUND": "`status` tells the versions",
    "INVALID_ARGUMENT": "`metadata` tells the signatures and their inputs",
    "FAILED_PRECONDITION": "`metadata` tells the signatures and their inputs",
    "RESOURCE_EXHAUSTED": "ask for less, or later",
}

# Messages of any size, where gRPC's default limit is 4 MB; and no silent retries.
_OPTIONS = (
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
    ("grpc.enable_retries", 0),
)


class ServingError(SeqzooError, RuntimeError):
    """A call of the server failed.

    Attributes:
        code: The gRPC status code, such as `"NOT_FOUND"`; `None` if no request was sent.
    """

    def __init__(self, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.code = code


@dataclasses.dataclass(frozen=True)
class VersionStatus:
    """The status of a version of a model.

    Attributes:
        state: `START`, `LOADING`, `AVAILABLE`, `UNLOADING` or `END`.
        error: The error message; empty if there is none.
    """

    state: str
    error: str


@dataclasses.dataclass(frozen=True)
class ServedSignature:
    """The inputs and outputs of a signature.

    Attributes:
        inputs: The inputs by name.
        outputs: The outputs by name.
    """

    inputs: dict[str, tf.TensorSpec]
    outputs: dict[str, tf.TensorSpec]


class ServingClient:
    """Calls one model of a TF Serving server by gRPC; use it in a `with` statement, or `close` it.

    The connection is neither encrypted nor authenticated. The first call opens it; a failed call
    is not retried. Threads may share a client. Requires the package tensorflow-serving-api.

    >>> with ServingClient("localhost:8500", "sentiment") as client:
    ...     answer = client.predict("sequence", tokens=[[5, 3, 8]])

    Args:
        address: The host and port of gRPC, such as `"localhost:8500"`.
        model: The name of the model.
        version: The number or label of a version, such as `"canary"`. Defaults to the newest
            loaded version.
        timeout: The maximum duration of a call, in seconds.

    Raises:
        ServingError: If tensorflow-serving-api is not installed.
    """

    def __init__(
        self, address: str, model: str, version: int | str | None = None, timeout: float = 10.0
    ) -> None:
        self._api = _import_api()
        self._address = address
        self._model = model
        self._version = version
        self._timeout = timeout
        self._channel = self._api.grpc.insecure_channel(address, _OPTIONS)
        self._predictions = self._api.prediction_service_pb2_grpc.PredictionServiceStub(
            self._channel
        )
        self._models = self._api.model_service_pb2_grpc.ModelServiceStub(self._channel)

    def predict(self, signature_name: str, /, **inputs: Any) -> dict[str, np.ndarray]:
        """Runs a signature.

        Args:
            signature_name: The name of the signature.
            **inputs: An array for every input, of its dtype; a list of Python numbers is
                converted to int32 or float32. Text is `str` or `bytes`.

        Returns:
            The outputs by name. Text is an object array of `bytes`.

        Raises:
            ServingError: If the call fails; the message says why.
        """
        request = self._api.predict_pb2.PredictRequest(model_spec=self._model_spec(signature_name))
        for name, values in inputs.items():
            request.inputs[name].CopyFrom(tf.make_tensor_proto(values))
        response = self._call(self._predictions.Predict, request, f"signature {signature_name!r}")
        return {name: tf.make_ndarray(tensor) for name, tensor in response.outputs.items()}

    def status(self) -> dict[int, VersionStatus]:
        """Returns the status of the client's version, or of all versions, by number.

        Raises:
            ServingError: If the call fails; the message says why.
        """
        request = self._api.get_model_status_pb2.GetModelStatusRequest(
            model_spec=self._model_spec()
        )
        response = self._call(self._models.GetModelStatus, request, "the status")
        states = self._api.get_model_status_pb2.ModelVersionStatus.State
        return {
            version.version: VersionStatus(states.Name(version.state), version.status.error_message)
            for version in response.model_version_status
        }

    def metadata(self) -> dict[str, ServedSignature]:
        """Returns the signatures by name.

        Raises:
            ServingError: If the call fails; the message says why.
        """
        request = self._api.get_model_metadata_pb2.GetModelMetadataRequest(
            model_spec=self._model_spec(), metadata_field=["signature_def"]
        )
        response = self._call(self._predictions.GetModelMetadata, request, "the metadata")
        signatures = self._api.get_model_metadata_pb2.SignatureDefMap()
        response.metadata["signature_def"].Unpack(signatures)
        return {
            name: ServedSignature(_specs(signature.inputs), _specs(signature.outputs))
            for name, signature in signatures.signature_def.items()
            if not name.startswith("__saved_model")
        }

    def close(self) -> None:
        """Closes the connection; later calls fail."""
        self._channel.close()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    def _model_spec(self, signature_name=None):
        spec = self._api.model_pb2.ModelSpec(name=self._model, signature_name=signature_name)
        if isinstance(self._version, str):
            spec.version_label = self._version
        elif self._version is not None:
            spec.version.value = self._version
        return spec

    def _call(self, method, request, what):
        try:
            return method(request, timeout=self._timeout)
        except self._api.grpc.RpcError as error:
            code = error.code().name
            reason, *_ = (error.details() or "").strip().splitlines() or ["no reason given"]
            advice = _ADVICE.get(code, "see the log of the server")
            raise ServingError(
                f"{self._address}, asked for {what} of model {self._model!r}, failed with "
                f"{code} ({reason}): {advice}.",
                code,
            ) from error


def _specs(infos):
    return {
        name: tf.TensorSpec(tf.TensorShape(info.tensor_shape), tf.as_dtype(info.dtype), name)
        for name, info in infos.items()
    }


def _import_api():
    with name_missing_packages():
        modules = {name: import_module(f"tensorflow_serving.apis.{name}") for name in _API}
        return SimpleNamespace(grpc=import_module("grpc"), **modules)
