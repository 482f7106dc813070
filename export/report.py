"""Proof that an export answers what the model answers."""

import dataclasses
import json
import os
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path

import numpy as np

from seqzoo.export.c_runtime import Call
from seqzoo.export.errors import ExportError
from seqzoo.export.runtimes import Artifact, KerasRuntime, Runtime
from seqzoo.zoo.base.signature import Signature

TOLERANCE = 1e-4
"""Largest difference allowed, as a share of the answer where that is above 1.

Float32 sums in another order differ by about 1e-6; a missing bias or a swapped gate by 1e-2.
Integers and text must be equal.
"""

_MAX_FLOAT = np.finfo(float).max
_REPEATS = 30
_PACKAGES = ("seqzoo", "tensorflow", "keras", "numpy")


@dataclasses.dataclass(frozen=True)
class Comparison:
    """One output of one signature in one runtime, against Keras.

    Attributes:
        signature: The signature.
        output: The output.
        runtime: Where it ran.
        examples: The number of inputs compared.
        difference: The largest difference, relative where the answer is above 1; of integers and
            text the largest share that is not equal.
        tolerance: The largest difference allowed; `None` for any, if only shapes and kinds agree
            and all numbers are finite.
    """

    signature: str
    output: str
    runtime: str
    examples: int
    difference: float
    tolerance: float | None = TOLERANCE

    @property
    def within_tolerance(self) -> bool:
        """Whether the runtime gives Keras's answer."""
        return self.difference <= (_MAX_FLOAT if self.tolerance is None else self.tolerance)


@dataclasses.dataclass(frozen=True)
class Latency:
    """How long a signature takes on its first example.

    Attributes:
        signature: The signature.
        runtime: Where it ran.
        p50: The median of the calls, in milliseconds.
        p99: What 99 of 100 calls stay below, in milliseconds.
    """

    signature: str
    runtime: str
    p50: float
    p99: float


@dataclasses.dataclass(frozen=True)
class ParityReport:
    """What an export was found to answer, to cost and to be made of.

    Attributes:
        comparisons: For every runtime, signature and output.
        latencies: For every runtime and signature.
        artifacts: What was exported.
        accuracy: Scores on held-out data by runtime, where they were asked for.
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
    """Refuses an export that answers something else than the model.

    Raises:
        ExportError: If it does; the message names the worst output.
    """
    if report.failures:
        worst = report.failures[0]
        raise ExportError(
            f"{worst.runtime} gives other answers than Keras: output {worst.output!r} of "
            f"{worst.signature!r} differs by {worst.difference:.2g}. Nothing was written."
        )


def compare(
    signatures: Mapping[str, Signature],
    runtimes: list[Runtime],
    tolerance: float | None = TOLERANCE,
    accuracy: Callable | None = None,
) -> ParityReport:
    """Runs the examples of every signature through Keras and through other runtimes.

    Args:
        signatures: What the model answers to.
        runtimes: Where else it runs.
        tolerance: See `Comparison`.
        accuracy: A function that takes a function `answer(signature, **inputs)` and returns
            scores by name.
    """
    keras_runtime = KerasRuntime(signatures)
    calls = [Call(name, example) for name, s in signatures.items() for example in s.examples]
    expected = keras_runtime.answers(calls)
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


def _compared(runtime, calls, expected, tolerance):
    by_signature = {}
    for call, e, r in zip(calls, expected, runtime.answers(calls), strict=True):
        by_signature.setdefault(call.signature, []).append((e, r))
    for signature, pairs in by_signature.items():
        for output in sorted({name for pair in pairs for answer in pair for name in answer}):
            difference = max(largest_difference(e.get(output), r.get(output)) for e, r in pairs)
            is_float = np.asarray(pairs[0][0].get(output)).dtype.kind == "f"
            allowed = tolerance if is_float or tolerance is None else 0.0
            yield Comparison(signature, output, runtime.name, len(pairs), difference, allowed)


def _latencies(runtime, signatures):
    calls = [Call(name, signature.examples[0]) for name, signature in signatures.items()]
    for call, seconds in zip(calls, runtime.seconds(calls, _REPEATS), strict=True):
        p50, p99 = np.percentile(seconds, [50, 99]) * 1000
        yield Latency(call.signature, runtime.name, round(float(p50), 4), round(float(p99), 4))


def largest_difference(expected: np.ndarray, received: np.ndarray) -> float:
    """The largest difference, relative where the answer is above 1.

    Of integers and text it is the share that is not equal. Answers that are missing, of another
    shape or kind, and numbers that are not finite are infinitely different.
    """
    expected, received = np.asarray(expected), np.asarray(received)
    if expected.shape != received.shape or expected.dtype.kind != received.dtype.kind:
        return float("inf")
    if expected.dtype.kind != "f":
        return float(np.mean(expected != received)) if expected.size else 0.0
    difference = np.abs(expected - received) / np.maximum(1, np.abs(expected))
    if not np.all(np.isfinite(difference)):
        return float("inf")
    return float(difference.max(initial=0))
