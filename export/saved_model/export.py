"""SavedModels for TF Serving: a folder for each model, and in it one for each version."""

import os
from collections.abc import Mapping
from pathlib import Path

import keras

from seqzoo.core.atomic import atomic_folder
from seqzoo.core.weight_bytes import weight_bytes
from seqzoo.export.errors import ExportError
from seqzoo.export.graph.model_examples import Examples
from seqzoo.export.graph.signatures import check_no_examples, signatures_of_model
from seqzoo.export.graph.tracing import check_precision, write_graph
from seqzoo.export.parity.report import Export, check_parity, compare
from seqzoo.export.parity.runtimes import CRuntime
from seqzoo.export.saved_model.bundle.writer import check_name, write_bundle
from seqzoo.layers.kernels.targets import portable
from seqzoo.zoo.base.signature import Signature

REPORT = "parity.json"
# Operations of a GPU's library and of the compiler: a server may have neither.
_NOT_PORTABLE = ("Cudnn", "Xla")


def export_saved_model(
    model: keras.Model,
    directory: str | os.PathLike,
    *,
    version: int | None = None,
    signatures: Mapping[str, Signature] | None = None,
    examples: Examples | None = None,
) -> Export:
    """Exports a model for TF Serving, and proves that it gives the model's answers there.

    Writes `directory/version/`: the SavedModel, warm-up requests, and the parity report as
    `parity.json`; and beside the directory `serving/`, what TF Serving and its operator want (see
    `seqzoo.export.saved_model.bundle`). The version appears when all of it is written and proven,
    so that a server that watches the directory never sees half of it; older versions stay.

    Args:
        model: A task of the zoo; or a Functional or Sequential Keras model, of our layers or
            `keras.layers`.
        directory: The model's folder; its name is what the model is served under.
        version: A positive integer. Defaults to the one after the last.
        signatures: `Signature`s by name, of which the first is the default. Defaults to those of
            the task, or to `model_signatures`.
        examples: Inputs of a Keras model to compare the runtimes with; see `model_signatures`.

    Returns:
        Where it is, and the report.

    Raises:
        ExportError: If the version exists, the name cannot be served, the model computes in half
            precision or cannot run the examples, or the C runtime gives other answers than Keras.
    """
    directory = Path(directory)
    check_name(directory.name)
    check_precision(model)
    if signatures:
        check_no_examples(examples, "a model with signatures of your own")
    signatures = signatures or signatures_of_model(model, examples)
    version = _next_version(directory) if version is None else _new_version(directory, version)
    # The SavedModel, and as much again while TensorFlow merges its shards.
    size = 2 * weight_bytes(model.weights) + 1_000_000
    try:
        with atomic_folder(directory / str(version), size) as aside:
            write_graph(model, signatures, aside, portable)
            runtime = CRuntime(aside)
            _check_operations(runtime.artifact())
            report = compare(signatures, [runtime])
            check_parity(report)
            report.write(aside / REPORT)
            # Last, since a server waits for the versions of the models that it is told of.
            write_bundle(directory, aside, directory.name, signatures)
    except FileExistsError as error:
        raise ExportError(f"{error.filename} exists: give another version.") from error
    finally:
        _remove_if_empty(directory)
    target = directory / str(version)
    return Export(target, target / REPORT, report)


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
