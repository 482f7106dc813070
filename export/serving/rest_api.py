"""TF Serving's REST API over loaded models, without HTTP.

Paths as in `tensorflow_serving/model_servers/http_rest_api_util.cc`, answers and messages as in
`http_rest_api_handler.cc` and `get_model_status_impl.cc` beside it.
"""

import json
import re
from typing import NamedTuple

from seqzoo.export.serving.model import Models, ServedModel
from seqzoo.export.serving.rest_answer import outputs_json, predictions_json
from seqzoo.export.serving.rest_errors import RestError, invalid
from seqzoo.export.serving.rest_request import parse_document, parse_inputs, signature_name

_MODEL = r"/v1/models/([^/:]+)(?:/versions/([0-9]+)|/labels/([^/:]+))?"
_ASK = re.compile(rf"{_MODEL}:(classify|regress|predict)")
_LOOK = re.compile(rf"{_MODEL}(?:/(metadata))?")
_METHOD_NAMES = {
    "classify": ("classification", "tensorflow/serving/classify"),
    "regress": ("regression", "tensorflow/serving/regress"),
}
_LARGEST_VERSION = 2**63 - 1


class _ModelSpec(NamedTuple):
    """Which model a path names: the newest version, unless it says another."""

    name: str
    version: int | None
    label: str | None


def answer(models: Models, method: str, path: str, body: bytes) -> bytes:
    """The answer to a request, as JSON.

    Args:
        models: The models.
        method: Of HTTP.
        path: Of the URL.
        body: What was sent.

    Raises:
        RestError: If it is refused.
    """
    if method == "POST" and (match := _ASK.fullmatch(path)):
        spec, verb = _model_spec(match), match[4]
        if verb == "predict":
            return _predict(models, spec, body)
        raise _no_such_method(models, spec, verb, body)
    if method == "GET" and path == "/v1/models":
        raise invalid("Missing model name in request.")
    if method == "GET" and (match := _LOOK.fullmatch(path)):
        look = _metadata if match[4] else _status
        return json.dumps(look(models, _model_spec(match)), indent=1).encode()
    raise invalid(f"Malformed request: {method} {path}")


def _model_spec(match):
    name, version, label = match.group(1, 2, 3)
    if version is None:
        return _ModelSpec(name, None, label)
    digits = version.lstrip("0") or "0"
    if len(digits) > 19 or int(digits) > _LARGEST_VERSION:
        raise invalid(f"Failed to convert version: {version} to numeric.")
    return _ModelSpec(name, int(digits), None)


def _find(models: Models, spec: _ModelSpec) -> ServedModel:
    if spec.label is not None:
        raise invalid(f"Unrecognized servable version label: {spec.label}")
    versions = models.get(spec.name, {})
    if spec.version is None and not versions:
        raise RestError(404, f"Servable not found for request: Latest({spec.name})")
    version = max(versions) if spec.version is None else spec.version
    if version not in versions:
        raise RestError(404, f"Servable not found for request: Specific({spec.name}, {version})")
    return versions[version]


def _predict(models, spec, body):
    document = parse_document(body)
    signature = signature_name(document)
    model = _find(models, spec)
    if signature not in model.signatures:
        raise invalid(f'Serving signature name: "{signature}" not found in signature def')
    inputs = parse_inputs(document, signature, model.signatures[signature].inputs)
    outputs = model.signatures[signature].run(inputs.arrays)
    if not outputs:
        raise invalid("Cannot convert empty tensor map to JSON")
    return predictions_json(outputs) if inputs.in_rows else outputs_json(outputs)


def _no_such_method(models, spec, verb, body):
    """Why a model does not classify or regress: what TensorFlow 2 exports has no such signature."""
    kind, wanted = _METHOD_NAMES[verb]
    signature = signature_name(parse_document(body))
    signatures = _find(models, spec).signatures
    if signature not in signatures:
        return invalid(f"No signature was found with the name: {signature}")
    found = signatures[signature].method_name
    if found != wanted:
        return invalid(f"Expected {kind} signature method_name to be {wanted}. Was: {found}")
    return RestError(501, f"This server does not {verb}: serve the model with TF Serving.")


def _status(models, spec):
    # A label counts nothing here, as in TF Serving.
    versions = models.get(spec.name, {})
    if spec.version is not None:
        if spec.version not in versions:
            message = f"Could not find version {spec.version} of model {spec.name}"
            raise RestError(404, message)
        versions = [spec.version]
    elif not versions:
        raise RestError(404, f"Could not find any versions of model {spec.name}")
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
    # The name is there twice in TF Serving, too: a map in a message that holds nothing else.
    return {
        "model_spec": {"name": model.name, "signature_name": "", "version": str(model.version)},
        "metadata": {"signature_def": {"signature_def": model.metadata}},
    }
