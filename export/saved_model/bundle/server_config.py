"""Configuration files of a TF Serving server for all models of a folder."""

import re
from pathlib import Path

from google.protobuf import text_format

from seqzoo.export.errors import ExportError
from seqzoo.export.saved_model.bundle.protos import ModelServerConfig

MODELS_FOLDER = "/models"
"""The folder of the models on the server."""

METRICS_PATH = "/monitoring/prometheus/metrics"
"""The path of the server's metrics, on the REST port."""

BATCHING = """\
# BatchingParameters: the threads that compute merged requests, one pool for all models, with one
# thread for each CPU unless you add num_batch_threads { value: N }. The file batching_params.pbtxt
# in a version configures whether and how requests to that model are merged.
thread_pool_name { value: "batches" }
"""

MONITORING = f"""\
# MonitoringConfig: metrics for Prometheus, on the REST port.
prometheus_config {{
  enable: true
  path: "{METRICS_PATH}"
}}
"""

_NO_MODELS = """\
# ModelServerConfig: the models that the server loads. You may edit it; an export adds its model if
# it is missing, and changes nothing else. The server reloads the file when it changes.
model_config_list {
}
"""

# Comments and strings come first, so that braces in them are ignored.
_TOKENS = re.compile(r"""#[^\n]*|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\}""")


def with_model(path: Path, name: str) -> str:
    """Returns the text of a `models.config` with a model added; all else is kept, even comments.

    Args:
        path: The file; it may be missing.
        name: The name of the model.

    Raises:
        ExportError: If the file is not a valid `ModelServerConfig`.
    """
    contents = path.read_bytes() if path.exists() else _NO_MODELS.encode()
    names = _model_names(contents, path)
    text = contents.decode()
    if name in names:
        return text
    *_, end = [0, *(token.start() for token in _TOKENS.finditer(text) if token[0] == "}")]
    text = text[:end] + _block(name) + text[end:]
    if _model_names(text.encode(), path) != [*names, name]:
        raise ExportError(
            f"{path} does not end with the list of models: write it as "
            "`model_config_list { config { ... } }`."
        )
    return text


def first_model(config: str) -> str:
    """Returns the name of the first model in the text of a `models.config`."""
    return _parse(config)[0]


def _model_names(contents, path):
    try:
        return _parse(contents.decode())
    except (UnicodeDecodeError, text_format.ParseError) as error:
        reason = " ".join(str(error).split())
        raise ExportError(
            f"{path} cannot be read ({reason}): fix it, or remove it to have it rewritten."
        ) from error


def _parse(text):
    config = text_format.Parse(text, ModelServerConfig(), allow_unknown_field=True)
    return [model.name for model in config.model_config_list.config]


def _block(name):
    return f"""\
  config {{
    name: "{name}"
    base_path: "{MODELS_FOLDER}/{name}"
    model_platform: "tensorflow"
    # The newest version. For a canary or a rollback, name versions instead, and give them labels:
    # model_version_policy {{ specific {{ versions: 1 versions: 2 }} }}
    # version_labels {{ key: "stable" value: 1 }}
    # version_labels {{ key: "canary" value: 2 }}
    model_version_policy {{ latest {{ num_versions: 1 }} }}
  }}
"""
