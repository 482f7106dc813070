"""Exports SavedModels for TF Serving: a folder for each model, with a folder for each version."""

import os
from collections.abc import Mapping
from pathlib import Path

import keras

from seqzoo.core.atomic import atomic_folder
from seqzoo.core.weight_bytes import weight_bytes
from seqzoo.export.errors import ExportError
from seqzoo.export.formats.saved_model import EXTRA_ASSETS
from seqzoo.export.graph.model_examples import Examples
from seqzoo.export.graph.signatures import check_no_examples, signatures_of_model
from seqzoo.export.graph.tracing import check_precision, write_graph
from seqzoo.export.parity.report import Export, check_parity, compare
from seqzoo.export.parity.runtimes import CRuntime
from seqzoo.export.saved_model.bundle.writer import check_name, write_bundle
from seqzoo.layers.kernels.targets import portable
from seqzoo.zoo.base.signature import Signature
from seqzoo.zoo.base.task import ZooTask

REPORT = "parity.json"
# Operations of cuDNN and XLA, which a server may lack.
_NOT_PORTABLE = ("Cudnn", "Xla")


def export_saved_model(
    model: keras.Model,
    directory: str | os.PathLike,
    *,
    version: int | None = None,
    signatures: Mapping[str, Signature] | None = None,
    examples: Examples | None = None,
) -> Export:
    """Exports a model for TF Serving, and compares its outputs in the C runtime with Keras.

    Writes `directory/version/`: the SavedModel, in `assets.extra` warm-up requests and the files of
    the task, and the parity report as `parity.json`; and beside the directory `serving/`, the files
    for TF Serving and its operator (see `seqzoo.export.saved_model.bundle`). The version appears
    when all of it is written and checked, so a server that watches the directory never sees an
    incomplete one; older versions are kept.

    Args:
        model: A task of the zoo; or a Functional or Sequential Keras model, with layers of seqzoo
            or `keras.layers`.
        directory: The folder of the model; its name is the name on the server.
        version: A positive integer. Defaults to the number after the latest version.
        signatures: `Signature`s by name; the first is the default. Defaults to those of the task,
            or to `model_signatures`.
        examples: Inputs of a Keras model on which the runtimes are compared; see
            `model_signatures`.

    Returns:
        The export: its path and the report.

    Raises:
        ExportError: If the version exists, the name is invalid, the model does not compute in
            float32 or cannot run the examples, or the C runtime gives other results than Keras.
    """
    directory = Path(directory)
    check_name(directory.name)
    check_precision(model)
    if signatures:
        check_no_examples(examples, "a model with signatures of your own")
    signatures = signatures or signatures_of_model(model, examples)
    version = _next_version(directory) if version is None else _new_version(directory, version)
    # Twice the weights: TensorFlow needs as much again while it merges the shards.
    size = 2 * weight_bytes(model.weights) + 1_000_000
    try:
        with atomic_folder(directory / str(version), size) as aside:
            write_graph(model, signatures, aside, portable)
            runtime = CRuntime(aside)
            _check_operations(runtime.artifact())
            report = compare(signatures, [runtime])
            check_parity(report)
            report.write(aside / REPORT)
            _write_files(model, aside)
            # Last, since a server waits for the versions of all models in its configuration.
            write_bundle(directory, aside, directory.name, signatures)
    except FileExistsError as error:
        raise ExportError(f"{error.filename} exists: give another version.") from error
    finally:
        _remove_if_empty(directory)
    target = directory / str(version)
    return Export(target, target / REPORT, report)


def _write_files(model, folder):
    """Writes what clients must know of a task beside its signatures, such as its vocabulary."""
    files = model.saved_model_files() if isinstance(model, ZooTask) else {}
    for name, text in files.items():
        path = folder / EXTRA_ASSETS / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")


def _check_operations(artifact):
    found = [name for name in artifact.operations if name.startswith(_NOT_PORTABLE)]
    if found:
        raise ExportError(
            f"The graph holds {', '.join(found)}, which a server may not have: export a model of "
            "seqzoo.layers, or trace your signatures without a compiler and cuDNN. Nothing was "
            "written."
        )


def _versions(directory):
    folders = directory.iterdir() if directory.is_dir() else ()
    return [int(path.name) for path in folders if path.name.isdigit()]


def _next_version(directory):
    return max(_versions(directory), default=0) + 1


def _new_version(directory, version):
    if version < 1:
        raise ExportError(f"The version must be a positive integer, not {version}.")
    if version in _versions(directory):
        raise ExportError(f"{directory / str(version)} exists: give another version.")
    return version


def _remove_if_empty(folder):
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
