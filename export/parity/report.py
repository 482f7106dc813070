"""Parity report: compares an export with the model, output by output."""

import dataclasses
import json
import os
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

import numpy as np

from seqzoo.export.errors import ExportError
from seqzoo.export.parity.c_runtime import Call
from seqzoo.export.parity.runtimes import Arrays, Artifact, ExportRuntime, KerasRuntime
from seqzoo.zoo.base.signature import Signature

TOLERANCE = 1e-4
"""The largest difference allowed: relative where the value is above 1, absolute below.

Float32 sums in a different order differ by about 1e-6; a missing bias or a swapped gate by 1e-2.
Integers and text must be equal.
"""

_MAX_FLOAT = np.finfo(float).max
_REPEATS = 30
_PACKAGES = ("seqzoo", "tensorflow", "keras", "numpy")


@dataclasses.dataclass(frozen=True)
class Comparison:
    """One output of one signature in one runtime, against Keras.

    Attributes:
        signature: The name of the signature.
        output: The name of the output.
        runtime: The name of the runtime.
        examples: The number of examples compared.
        difference: The largest difference, relative where the value is above 1; for integers and
            text, the largest fraction of unequal values.
        tolerance: The largest difference allowed. With `None` any difference is allowed, provided
            that shapes and kinds of dtype agree and all numbers are finite.
        mismatch: The reason for an infinite difference: a missing output, different shapes or
            dtypes, or numbers that are not finite.
    """

    signature: str
    output: str
    runtime: str
    examples: int
    difference: float
    tolerance: float | None = TOLERANCE
    mismatch: str = ""

    @property
    def within_tolerance(self) -> bool:
        """Whether the runtime agrees with Keras."""
        return self.difference <= (_MAX_FLOAT if self.tolerance is None else self.tolerance)


@dataclasses.dataclass(frozen=True)
class Latency:
    """The latency of a signature on its first example.

    Attributes:
        signature: The name of the signature.
        runtime: The name of the runtime.
        p50: The median, in milliseconds.
        p99: The 99th percentile, in milliseconds.
    """

    signature: str
    runtime: str
    p50: float
    p99: float


@dataclasses.dataclass(frozen=True)
class ParityReport:
    """Comparisons, latencies and sizes of an export.

    Attributes:
        comparisons: One for every runtime, signature and output.
        latencies: One for every runtime and signature.
        artifacts: The exported files and folders.
        accuracy: Scores on held-out data by runtime, if requested.
    """

    comparisons: list[Comparison]
    latencies: list[Latency] = dataclasses.field(default_factory=list)
    artifacts: list[Artifact] = dataclasses.field(default_factory=list)
    accuracy: dict[str, dict[str, float]] = dataclasses.field(default_factory=dict)

    @property
    def failures(self) -> list[Comparison]:
        """The comparisons above tolerance, the worst first."""
        failures = [c for c in self.comparisons if not c.within_tolerance]
        return sorted(failures, key=lambda c: -c.difference)

    def write(self, path: str | os.PathLike) -> None:
        """Writes the report as JSON."""
        versions = {package: version(package) for package in _PACKAGES}
        report = {"versions": versions, **dataclasses.asdict(self)}
        Path(path).write_text(json.dumps(report, indent=2) + "\n", "utf-8")


@dataclasses.dataclass(frozen=True)
class Export:
    """An export on disk.

    Attributes:
        path: The file, or the folder of the version.
        report_file: The parity report as JSON.
        report: The parity report.
    """

    path: Path
    report_file: Path
    report: ParityReport


def check_parity(report: ParityReport) -> None:
    """Refuses an export whose outputs differ from those of the model.

    Raises:
        ExportError: If an output is above tolerance; the message names the worst.
    """
    if report.failures:
        worst = report.failures[0]
        raise ExportError(
            f"{worst.runtime} gives other answers than Keras: output {worst.output!r} of "
            f"{worst.signature!r} {worst.mismatch or f'differs by {worst.difference:.2g}'}. "
            "Nothing was written."
        )


def compare(
    signatures: Mapping[str, Signature],
    runtimes: Sequence[ExportRuntime],
    tolerance: float | None = TOLERANCE,
    accuracy: Callable | None = None,
) -> ParityReport:
    """Runs the examples of every signature in Keras and in other runtimes, and compares them.

    Args:
        signatures: The signatures of the model.
        runtimes: The runtimes to compare with Keras.
        tolerance: See `Comparison`.
        accuracy: A function that takes a function `answer(signature, **inputs)` and returns
            scores by name.

    Raises:
        ExportError: If an output of a signature would not be compared, or an output of Keras is
            not finite.
    """
    keras_runtime = KerasRuntime(signatures)
    calls = [Call(name, example) for name, s in signatures.items() for example in s.examples]
    expected = keras_runtime.answers(calls)
    _check_outputs(signatures, calls, expected)
    comparisons = [
        comparison
        for runtime in runtimes
        for comparison in _compared(runtime, calls, expected, tolerance)
    ]
    latencies = [
        latency
        for runtime in [keras_runtime, *runtimes]
        for latency in _latencies(runtime, signatures)
    ]
    scores = {r.name: accuracy(r.answer) for r in [keras_runtime, *runtimes]} if accuracy else {}
    artifacts = [runtime.artifact() for runtime in runtimes]
    return ParityReport(comparisons, latencies, artifacts, scores)


def _check_outputs(signatures, calls, expected):
    """Checks that Keras returns exactly the declared outputs, and that they are finite."""
    for call, answer in zip(calls, expected, strict=True):
        outputs = signatures[call.signature].outputs
        if outputs is not None and sorted(outputs) != sorted(answer):
            raise ExportError(
                f"Signature {call.signature!r} returns {sorted(answer)}, not one output for each "
                f"of {sorted(outputs)}: give every output a unique name."
            )
        for output, values in answer.items():
            if values.dtype.kind == "f" and not np.all(np.isfinite(values)):
                raise ExportError(
                    f"Keras itself returns {values[~np.isfinite(values)][0]} in output {output!r} "
                    f"of {call.signature!r}, which cannot be compared: give examples with finite "
                    "outputs."
                )


def _compared(runtime, calls, expected, tolerance):
    by_signature: dict[str, list[tuple[Arrays, Arrays]]] = {}
    for call, e, r in zip(calls, expected, runtime.answers(calls), strict=True):
        by_signature.setdefault(call.signature, []).append((e, r))
    for signature, pairs in by_signature.items():
        for output in sorted({name for pair in pairs for answer in pair for name in answer}):
            answers = [(e.get(output), r.get(output)) for e, r in pairs]
            difference = max(largest_difference(*both) for both in answers)
            mismatch = next(filter(None, (mismatch_of(*both) for both in answers)), "")
            is_float = np.asarray(answers[0][0]).dtype.kind == "f"
            allowed = tolerance if is_float or tolerance is None else 0.0
            counted = (runtime.name, len(pairs), difference, allowed, mismatch)
            yield Comparison(signature, output, *counted)


def _latencies(runtime, signatures):
    calls = [Call(name, signature.examples[0]) for name, signature in signatures.items()]
    for call, seconds in zip(calls, runtime.seconds(calls, _REPEATS), strict=True):
        p50, p99 = np.percentile(seconds, [50, 99]) * 1000
        yield Latency(call.signature, runtime.name, round(float(p50), 4), round(float(p99), 4))


def largest_difference(expected: np.ndarray | None, received: np.ndarray | None) -> float:
    """Returns the largest difference, relative where the expected value is above 1.

    For integers and text it is the fraction of unequal values. It is infinite if `mismatch_of` is
    not empty.
    """
    if mismatch_of(expected, received):
        return float("inf")
    expected, received = np.asarray(expected), np.asarray(received)
    if expected.dtype.kind != "f":
        return float(np.mean(expected != received)) if expected.size else 0.0
    return float(_differences(expected, received).max(initial=0))


def mismatch_of(expected: np.ndarray | None, received: np.ndarray | None) -> str:
    """Returns why two outputs have no finite difference, or `""`.

    The reason is a missing output, a different shape or kind of dtype, or a number that is not
    finite.
    """
    if expected is None or received is None:
        return f"is missing in {'Keras' if expected is None else 'the runtime'}"
    expected, received = np.asarray(expected), np.asarray(received)
    if expected.shape != received.shape:
        return f"has the shape {received.shape}, but in Keras {expected.shape}"
    if expected.dtype.kind != received.dtype.kind:
        return f"has the dtype {received.dtype}, but in Keras {expected.dtype}"
    if expected.dtype.kind != "f" or np.all(np.isfinite(_differences(expected, received))):
        return ""
    where = tuple(map(int, np.argwhere(~np.isfinite(_differences(expected, received)))[0]))
    return f"is {received[where]} at {list(where)}, but in Keras {expected[where]}"


def _differences(expected, received):
    with np.errstate(invalid="ignore", over="ignore"):
        return np.abs(expected - received) / np.maximum(1, np.abs(expected))
