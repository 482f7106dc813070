"""The requests of the page about scores: `POST /page/prompt` and `POST /page/score`.

They are no part of TF Serving's API. Scores are read and written in processes of their own.
"""

import json
from collections.abc import Mapping
from typing import Any

from seqzoo.serving.cancellation import Cancellation
from seqzoo.serving.json_document import parse_document
from seqzoo.serving.limits import Limits
from seqzoo.serving.model import Models
from seqzoo.serving.rest_api import RestRequest, malformed_request, model_of
from seqzoo.serving.rest_errors import invalid, shown
from seqzoo.serving.scores.processes import run_apart
from seqzoo.serving.scores.requests import check_token_count, prompt_request, score_request

_WORKER = "seqzoo.serving.scores.worker"


def answer(models: Models, limits: Limits, request: RestRequest) -> bytes:
    """Returns the answer to a request of the page, as JSON.

    Args:
        models: The models.
        limits: The limits of the server.
        request: The request.

    Raises:
        RestError: If the request is refused.
    """
    paths = {"/page/prompt": _prompt, "/page/score": _score}
    if request.method != "POST" or request.target not in paths:
        raise malformed_request(request)
    document = parse_document(request.body, limits.values)
    vocabulary = _vocabulary(models, document)
    answered = paths[request.target](document, vocabulary, limits, request.cancellation)
    return json.dumps(answered).encode()


def _vocabulary(models, document):
    name, version = document.get("model"), document.get("version")
    if not isinstance(name, str) or type(version) is not int:
        raise invalid(
            "Name a model and its version: a text and an integer. Received: "
            f"{shown([name, version])}"
        )
    model = model_of(models, name, version)
    if not model.vocabulary:
        raise invalid(
            f"The model {shown(name)} does not say which events it knows: export it again."
        )
    return model.vocabulary


def _prompt(
    document: Mapping[str, Any],
    vocabulary: tuple[str, ...],
    limits: Limits,
    cancellation: Cancellation | None,
) -> Mapping[str, Any]:
    """Returns the tokens of a prompt, and what it is in a musician's words."""
    asked = prompt_request(document, vocabulary, limits)
    answered = run_apart(f"{_WORKER}:prompt", asked, limits, cancellation)
    check_token_count(len(answered["token_ids"]), limits)
    return answered


def _score(
    document: Mapping[str, Any],
    vocabulary: tuple[str, ...],
    limits: Limits,
    cancellation: Cancellation | None,
) -> Mapping[str, Any]:
    """Returns the score of tokens as MusicXML, and engraved."""
    asked = score_request(document, vocabulary, limits)
    return run_apart(f"{_WORKER}:score", asked, limits, cancellation)
