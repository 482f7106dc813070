"""TF Serving's gRPC services on a SavedModel, in this process, with its codes and messages."""

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import tensorflow as tf
from tensorflow_serving.apis import (
    get_model_metadata_pb2,
    get_model_status_pb2,
    model_service_pb2_grpc,
    predict_pb2,
    prediction_service_pb2_grpc,
)

from seqzoo.export.formats.saved_model import read_meta_graph


class ModelServer(
    prediction_service_pb2_grpc.PredictionServiceServicer,
    model_service_pb2_grpc.ModelServiceServicer,
):
    """Serves the versions of one model.

    Attributes:
        requests: What was asked, in order.
        answering: Calls of `Predict` wait for it.
    """

    def __init__(self, model_folder: Path, labels: dict[str, int]):
        self._name = model_folder.name
        self._labels = labels
        self._folders = {int(path.name): path for path in model_folder.iterdir()}
        self._models = {
            version: tf.saved_model.load(str(path)) for version, path in self._folders.items()
        }
        self.requests = []
        self.answering = threading.Event()
        self.answering.set()

    def Predict(self, request, context):  # noqa: N802
        self.requests.append(request)
        version = self._version(request.model_spec, context)
        self.answering.wait(30)
        signatures = self._models[version].signatures
        name = request.model_spec.signature_name
        if name not in signatures:
            context.abort(
                grpc.StatusCode.FAILED_PRECONDITION, f'Serving signature key "{name}" not found.'
            )
        _, expected = signatures[name].structured_input_signature
        if request.inputs.keys() != expected.keys():
            context.abort(
                grpc.StatusCode.INVALID_ARGUMENT,
                f"input size does not match signature: {len(request.inputs)}!={len(expected)}",
            )
        inputs = {key: tf.constant(tf.make_ndarray(t)) for key, t in request.inputs.items()}
        try:
            outputs = signatures[name](**inputs)
        except (tf.errors.InvalidArgumentError, TypeError, ValueError) as error:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
        response = predict_pb2.PredictResponse(model_spec=request.model_spec)
        for key, value in outputs.items():
            response.outputs[key].CopyFrom(tf.make_tensor_proto(value.numpy()))
        return response

    def GetModelMetadata(self, request, context):  # noqa: N802
        version = self._version(request.model_spec, context)
        assert list(request.metadata_field) == ["signature_def"]
        signatures = get_model_metadata_pb2.SignatureDefMap()
        stored = read_meta_graph(self._folders[version]).signature_def
        for name, signature in stored.items():
            signatures.signature_def[name].CopyFrom(signature)
        response = get_model_metadata_pb2.GetModelMetadataResponse(model_spec=request.model_spec)
        response.metadata["signature_def"].Pack(signatures)
        return response

    def GetModelStatus(self, request, context):  # noqa: N802
        version = self._version(request.model_spec, context)
        one_version = request.model_spec.WhichOneof("version_choice") is not None
        states = get_model_status_pb2.ModelVersionStatus
        response = get_model_status_pb2.GetModelStatusResponse()
        for number in [version] if one_version else sorted(self._folders):
            response.model_version_status.add(version=number, state=states.AVAILABLE)
        if not one_version:
            failed = response.model_version_status.add(version=99, state=states.END)
            failed.status.error_code = 13
            failed.status.error_message = "it is cut off"
        return response

    def _version(self, spec, context):
        if spec.name != self._name:
            context.abort(
                grpc.StatusCode.NOT_FOUND, f"Servable not found for request: Latest({spec.name})"
            )
        choice = spec.WhichOneof("version_choice")
        if choice == "version_label":
            if spec.version_label not in self._labels:
                context.abort(
                    grpc.StatusCode.INVALID_ARGUMENT,
                    f"Unrecognized servable version label: {spec.version_label}",
                )
            return self._labels[spec.version_label]
        version = spec.version.value if choice else max(self._folders)
        if version not in self._folders:
            context.abort(
                grpc.StatusCode.NOT_FOUND,
                f"Servable not found for request: Specific({spec.name}, {version})",
            )
        return version


@contextlib.contextmanager
def serving(server: ModelServer):
    """Serves on a free port of this machine; gives the address."""
    listening = grpc.server(
        ThreadPoolExecutor(4), options=[("grpc.max_receive_message_length", -1)]
    )
    prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(server, listening)
    model_service_pb2_grpc.add_ModelServiceServicer_to_server(server, listening)
    port = listening.add_insecure_port("127.0.0.1:0")
    listening.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.answering.set()
        listening.stop(None).wait()
