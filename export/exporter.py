"""One call from a model to a proven export."""

import dataclasses
import os
from pathlib import Path

import tensorflow as tf

from seqzoo.errors import SeqzooError
from seqzoo.export.parity import ParityReport, compare
from seqzoo.export.saved_model import write_saved_model
from seqzoo.export.tflite import write_tflite
from seqzoo.zoo.base.atomic import atomic_folder
from seqzoo.zoo.base.weights import weight_bytes


class ExportError(SeqzooError, RuntimeError):
    """An export that failed; nothing of it is left behind."""


@dataclasses.dataclass(frozen=True)
class Export:
    """An export on disk.

    Attributes:
        folder: The version: a SavedModel for TF Serving, with the files below in it.
        tflite_file: The TFLite file, with the signature `step`.
        report_file: The parity report as JSON.
        report: The parity report.
    """

    folder: Path
    tflite_file: Path
    report_file: Path
    report: ParityReport


def export(task, name: str, folder: str | os.PathLike = "saved_models", version=None) -> Export:
    """Exports a model for TF Serving and for TFLite, and proves that both give its answers.

    Writes `folder/name/version/`: the SavedModel, `name.tflite` and `parity.json`. The version
    appears when all of it is written and proven, so a server that watches the folder never sees
    half of it.

    Args:
        task: A task of the zoo.
        name: The name to serve the model under.
        folder: Where the exported models lie. Defaults to `"saved_models"`.
        version: A positive integer. Defaults to the one after the last.

    Returns:
        Where the files are, and the report.

    Raises:
        ExportError: If the version exists, or a runtime gives other answers than Keras.
    """
    _check_name(name)
    if task.compute_dtype != "float32":
        raise ExportError(
            f"The model computes in {task.compute_dtype}, which the runtimes are not proven for: "
            'load it with dtype="float32".'
        )
    model_folder = Path(folder) / name
    version = (
        _next_version(model_folder) if version is None else _new_version(model_folder, version)
    )
    try:
        # The SavedModel, the TFLite file, and as much again while TensorFlow merges its shards.
        size = 3 * weight_bytes(task.weights) + 1_000_000
        with atomic_folder(model_folder / str(version), size) as aside:
            report = _write(task, name, aside)
    except FileExistsError as error:
        raise ExportError(f"{error.filename} exists: give another version.") from error
    finally:
        _remove_if_empty(model_folder)
    target = model_folder / str(version)
    return Export(target, target / f"{name}.tflite", target / "parity.json", report)


def _write(task, name, folder):
    signatures = task.signatures()
    tflite_file = folder / f"{name}.tflite"
    try:
        write_saved_model(task, signatures, folder)
        write_tflite(folder, "step", tflite_file)
    except tf.errors.OpError as error:
        reason = str(error.message).splitlines()[0]
        raise ExportError(
            f"The export cannot be written: {reason}. Nothing was written."
        ) from error
    report = compare(task, signatures, folder, tflite_file)
    report.write(folder / "parity.json")
    if report.failures:
        worst = max(report.failures, key=lambda c: c.difference)
        raise ExportError(
            f"{worst.runtime} gives other answers than Keras: output {worst.output!r} of "
            f"{worst.signature!r} differs by {worst.difference:.2g}. Nothing was written."
        )
    return report


def _check_name(name):
    if not name or name != Path(name).name or name.startswith("."):
        raise ExportError(f"The name {name!r} cannot be a folder's: give letters, digits and '-'.")


def _versions(model_folder):
    folders = model_folder.iterdir() if model_folder.is_dir() else ()
    return [int(path.name) for path in folders if path.name.isdigit()]


def _next_version(model_folder):
    return max(_versions(model_folder), default=0) + 1


def _new_version(model_folder, version):
    if version < 1:
        raise ExportError(f"The version must be a positive integer, not {version}.")
    if version in _versions(model_folder):
        raise ExportError(f"{model_folder / str(version)} exists: give another version.")
    return version


def _remove_if_empty(folder):
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
