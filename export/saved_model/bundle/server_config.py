"""The configuration files of a TF Serving that serves all models of a folder."""

import re
from pathlib import Path

from google.protobuf import text_format

from seqzoo.export.errors import ExportError
from seqzoo.export.saved_model.bundle.protos import ModelServerConfig

MODELS_FOLDER = "/models"
"""Where a server finds the folder of the models."""

METRICS_PATH = "/monitoring/prometheus/metrics"
"""Where a server shows its metrics, on the port of REST."""

BATCHING = """\
# BatchingParameters: the threads that compute merged requests, one pool for all models. A thread
# for each CPU unless num_batch_threads { value: N } says otherwise. Which models' requests are
# merged, and how, is in their versions: batching_params.pbtxt.
thread_pool_name { value: "batches" }
"""

MONITORING = f"""\
# MonitoringConfig: metrics for Prometheus, on the port of REST.
prometheus_config {{
  enable: true
  path: "{METRICS_PATH}"
}}
"""

_NO_MODELS = """\
# ModelServerConfig: the models that the server loads. It is yours to change; an export adds its
# model if it is missing, and leaves all else as it is. The server reads it again when it changes.
model_config_list {
}
"""

# Comments and text come first, so that a brace in them is none.
_TOKENS = re.compile(r"""#[^\n]*|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\}""")


def with_model(path: Path, name: str) -> str:
    """The text of a `models.config` that has a model, too; all else is kept, comments included.

    Args:
        path: The file; it may be missing.
        name: The model.

    Raises:
        ExportError: If the file is no `ModelServerConfig`.
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
    """The name of the first model in the text of a `models.config`."""
    return _parse(config)[0]


def _model_names(contents, path):
    try:
        return _parse(contents.decode())
    except (UnicodeDecodeError, text_format.ParseError) as error:
        reason = " ".join(str(error).split())
        raise ExportError(
            f"{path} cannot be read ({reason}): mend it, or remove it to have it written again."
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
