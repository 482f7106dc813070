"""Writes all files that TF Serving needs beside a SavedModel."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from seqzoo.core.atomic import atomic_file
from seqzoo.export.errors import ExportError
from seqzoo.export.saved_model.bundle.batching import write_batching_parameters
from seqzoo.export.saved_model.bundle.manifests import docker_compose, kubernetes
from seqzoo.export.saved_model.bundle.operator_files import write_operator_file
from seqzoo.export.saved_model.bundle.readme import write_readme
from seqzoo.export.saved_model.bundle.requests import write_requests
from seqzoo.export.saved_model.bundle.server_config import (
    BATCHING,
    MONITORING,
    first_model,
    with_model,
)
from seqzoo.export.saved_model.bundle.warmup import write_warmup_requests
from seqzoo.zoo.base.signature import Signature

SERVER_FOLDER = "serving"
"""The folder beside the models that holds the files of the server."""


def write_bundle(
    model_folder: str | os.PathLike,
    version_folder: str | os.PathLike,
    name: str,
    signatures: Mapping[str, Signature],
) -> None:
    """Writes the files that TF Serving and its operator need beside a SavedModel.

    In the version: warm-up requests, and batching settings if merging requests is safe.
    In the folder `serving` beside the models, shared by all of them: `models.config`,
    `batching.config`, `monitoring.config`, `docker-compose.yml`, `kubernetes.yaml`, a `README.md`
    and an example request for every signature. Edits of the operator are kept.

    Call it last, when the rest of the version is written and checked: a server that reads a
    `models.config` with a model that has no version waits for one.

    Args:
        model_folder: The folder of the model, where a server will find it.
        version_folder: The folder of the SavedModel, which may be a temporary one.
        name: The name of the model on the server.
        signatures: The signatures by name; the first is the default.

    Raises:
        ExportError: If the name cannot be served, or `models.config` cannot be read.
    """
    check_name(name)
    write_version_files(version_folder, name, signatures)
    write_server_files(Path(model_folder).parent, Path(version_folder), name, signatures)


def check_name(name: str) -> None:
    """Refuses a name that is invalid in TF Serving's REST paths and configurations.

    Raises:
        ExportError: If the name is invalid.
    """
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]*", name):
        raise ExportError(
            f"The name {name!r} cannot be part of a URL: give letters, digits, '-', '_' and '.'."
        )
    if name == SERVER_FOLDER:
        raise ExportError(
            f"The name {name!r} is reserved for the folder of the server's files: give another."
        )


def write_version_files(
    folder: str | os.PathLike, name: str, signatures: Mapping[str, Signature]
) -> None:
    """Writes the part of the bundle inside the version; see `write_bundle`."""
    write_warmup_requests(folder, name, signatures)
    write_batching_parameters(folder)


def write_server_files(
    models_folder: str | os.PathLike,
    version_folder: str | os.PathLike,
    name: str,
    signatures: Mapping[str, Signature],
) -> None:
    """Writes the part of the bundle that all models share; see `write_bundle`."""
    folder = Path(models_folder) / SERVER_FOLDER
    config = with_model(folder / "models.config", name)
    write_requests(folder / "requests" / name, version_folder, signatures)
    write_readme(folder)
    write_operator_file(folder / "batching.config", BATCHING)
    write_operator_file(folder / "monitoring.config", MONITORING)
    write_operator_file(folder / "docker-compose.yml", docker_compose(first_model(config)))
    write_operator_file(folder / "kubernetes.yaml", kubernetes(first_model(config)))
    with atomic_file(folder / "models.config") as aside:
        aside.write_bytes(config.encode())
