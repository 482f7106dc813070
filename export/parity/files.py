"""Parity report of existing files."""

import os

import keras

from seqzoo.export.errors import ExportError
from seqzoo.export.graph.signatures import signatures_of_model, tflite_signatures_of_model
from seqzoo.export.parity.report import TOLERANCE, ParityReport, compare
from seqzoo.export.parity.runtimes import CRuntime, TFLiteRuntime


def parity_report(
    model: keras.Model,
    *,
    saved_model: str | os.PathLike | None = None,
    tflite: str | os.PathLike | None = None,
    tolerance: float | None = TOLERANCE,
) -> ParityReport:
    """Compares the outputs of exported files with those of the model.

    Args:
        model: The model; see `export_saved_model`.
        saved_model: The folder of a version, to run in TensorFlow's C runtime.
        tflite: A TFLite file. Signatures that it lacks are skipped.
        tolerance: See `Comparison`.

    Returns:
        The report; its `failures` are the outputs above tolerance.

    Raises:
        ExportError: If there is nothing to compare.
    """
    reports = []
    if saved_model is not None:
        reports.append(compare(signatures_of_model(model), [CRuntime(saved_model)], tolerance))
    if tflite is not None:
        runtime = TFLiteRuntime(tflite)
        signatures = {
            name: signature
            for name, signature in tflite_signatures_of_model(model).items()
            if name in runtime.signatures
        }
        if not signatures:
            raise ExportError(
                f"{tflite} has no signature of the model, but {sorted(runtime.signatures)}: it was "
                "exported from another model."
            )
        reports.append(compare(signatures, [runtime], tolerance))
    if not reports:
        raise ExportError("There is nothing to compare: give saved_model or tflite.")
    return ParityReport(
        [row for report in reports for row in report.comparisons],
        [row for report in reports for row in report.latencies],
        [row for report in reports for row in report.artifacts],
    )
