"""TF Serving's REST API over loaded models, without HTTP.

Paths are those of `tensorflow_serving/model_servers/http_rest_api_util.cc`; answers and messages
those of `http_rest_api_handler.cc` and `get_model_status_impl.cc` in the same folder.
"""

import json
import re
from typing import NamedTuple
from urllib.parse import unquote

from seqzoo.serving.cancellation import Cancellation
from seqzoo.serving.json_document import parse_document
from seqzoo.serving.limits import Limits
from seqzoo.serving.model import Models, ServedModel
from seqzoo.serving.model_source import LARGEST_VERSION
from seqzoo.serving.request_size import check_request_size
from seqzoo.serving.rest_answer import check_answer_size, outputs_json, predictions_json
from seqzoo.serving.rest_errors import RestError, invalid, shortened
from seqzoo.serving.rest_request import parse_inputs, signature_name

_MODEL = r"(?:(?:/versions/(\d+))|(?:/labels/([^/:]+)))?"
_CASE = re.IGNORECASE | re.ASCII
_ASK = re.compile(rf"/v1/models/([^/:]+){_MODEL}:(classify|regress|predict)", _CASE)
_LOOK = re.compile(rf"/v1/models(?:/([^/:]+))?{_MODEL}(?:/(metadata))?", _CASE)
_METHOD_NAMES = {
    "classify": ("classification", "tensorflow/serving/classify"),
    "regress": ("regression", "tensorflow/serving/regress"),
}


class RestRequest(NamedTuple):
    """A request.

    Attributes:
        method: The HTTP method.
        target: Path and query of the URL, as sent.
        body: The body, uncompressed.
        cancellation: Cancels the computation.
    """

    method: str
    target: str
    body: bytes | bytearray
    cancellation: Cancellation | None = None


class _ModelSpec(NamedTuple):
    """The model that a path names: the newest version, unless it names one."""

    name: str
    version: int | None
    label: str | None


def answer(models: Models, limits: Limits, request: RestRequest) -> bytes:
    """Returns the answer to a request, as JSON.

    Args:
        models: The models.
        limits: The limits of the server.
        request: The request.

    Raises:
        RestError: If the request is refused.
    """
    method, target = request.method, request.target
    if method == "POST" and (match := _ASK.fullmatch(target)):
        spec, verb = _model_spec(match), match[4]
        if verb == "predict":
            return _predict(models, limits, spec, request)
        # Paths ignore case, except for this word.
        if verb not in _METHOD_NAMES:
            raise malformed_request(request)
        raise _no_such_method(models, limits, spec, verb, request.body)
    if method == "GET" and (match := _LOOK.fullmatch(target)):
        spec = _model_spec(match)
        if not spec.name:
            raise invalid("Missing model name in request.")
        look = _metadata if match[4] == "metadata" else _status
        return json.dumps(look(models, spec), indent=1).encode()
    raise malformed_request(request)


def malformed_request(request: RestRequest) -> RestError:
    """Returns the error for a request that no API answers."""
    return invalid(f"Malformed request: {shortened(request.method)} {shortened(request.target)}")


def model_of(models: Models, name: str, version: int) -> ServedModel:
    """Returns a version of a model.

    Raises:
        RestError: If it is not served.
    """
    return _find(models, _ModelSpec(name, version, None))


def _model_spec(match):
    name, version, label = match.group(1, 2, 3)
    number = None if version is None else _version(version)
    return _ModelSpec(_unquoted(name) or "", number, _unquoted(label))


def _unquoted(part):
    return part and unquote(part, errors="surrogateescape")


def _version(text):
    digits = text.lstrip("0") or "0"
    if len(digits) > 19 or int(digits) > LARGEST_VERSION:
        raise invalid(f"Failed to convert version: {shortened(text)} to numeric.")
    return int(digits)


def _find(models: Models, spec: _ModelSpec) -> ServedModel:
    if spec.label is not None:
        raise invalid(f"Unrecognized servable version label: {shortened(spec.label)}")
    versions, name = models.get(spec.name, {}), shortened(spec.name)
    if spec.version is None and not versions:
        raise RestError(404, f"Servable not found for request: Latest({name})")
    version = max(versions) if spec.version is None else spec.version
    if version not in versions:
        raise RestError(404, f"Servable not found for request: Specific({name}, {version})")
    return versions[version]


def _predict(models, limits, spec, request):
    document = parse_document(request.body, limits.values)
    signature = signature_name(document)
    model = _find(models, spec)
    if signature not in model.signatures:
        raise invalid(
            f'Serving signature name: "{shortened(signature)}" not found in signature def'
        )
    inputs = parse_inputs(document, signature, model.signatures[signature].inputs)
    check_request_size(inputs.arrays, limits)
    outputs = model.signatures[signature].run(inputs.arrays, request.cancellation)
    check_answer_size(outputs, limits)
    if not outputs:
        raise invalid("Cannot convert empty tensor map to JSON")
    return predictions_json(outputs) if inputs.in_rows else outputs_json(outputs)


def _no_such_method(models, limits, spec, verb, body):
    """Returns the error for classify and regress: TensorFlow 2 exports no such signatures."""
    kind, wanted = _METHOD_NAMES[verb]
    signature = signature_name(parse_document(body, limits.values))
    signatures = _find(models, spec).signatures
    if signature not in signatures:
        return invalid(f"No signature was found with the name: {shortened(signature)}")
    found = signatures[signature].method_name
    if found != wanted:
        return invalid(f"Expected {kind} signature method_name to be {wanted}. Was: {found}")
    return RestError(501, f"This server does not {verb}: serve the model with TF Serving.")


def _status(models, spec):
    # A label is ignored here, as in TF Serving.
    versions, name = models.get(spec.name, {}), shortened(spec.name)
    if spec.version is not None:
        if spec.version not in versions:
            message = f"Could not find version {spec.version} of model {name}"
            raise RestError(404, message)
        versions = [spec.version]
    elif not versions:
        raise RestError(404, f"Could not find any versions of model {name}")
    return {
        "model_version_status": [
            {
                "version": str(version),
                "state": "AVAILABLE",
                "status": {"error_code": "OK", "error_message": ""},
            }
            for version in sorted(versions, reverse=True)
        ]
    }


def _metadata(models, spec):
    model = _find(models, spec)
    # TF Serving repeats the name too: the message `SignatureDefMap` has only this one field.
    return {
        "model_spec": {"name": model.name, "signature_name": "", "version": str(model.version)},
        "metadata": {"signature_def": {"signature_def": model.metadata}},
    }
