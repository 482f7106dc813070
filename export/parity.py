"""Proof that an export answers what the model answers."""

import dataclasses
import json
import os
from pathlib import Path

import numpy as np

from seqzoo.export.c_runtime import Call, run_signatures
from seqzoo.export.tflite import load_tflite
from seqzoo.zoo.base.signature import Signature

TOLERANCE = 1e-4
"""Largest difference allowed, as a share of the answer where that is above 1.

Float32 sums in another order differ by about 1e-6; a missing bias or a swapped gate by 1e-2.
Integers must be equal.
"""


@dataclasses.dataclass(frozen=True)
class Comparison:
    """One output of one signature in one runtime, against Keras.

    Attributes:
        signature: The signature.
        output: The output.
        runtime: Where it ran.
        examples: The number of inputs compared.
        difference: The largest difference, relative where the answer is above 1.
    """

    signature: str
    output: str
    runtime: str
    examples: int
    difference: float

    @property
    def within_tolerance(self) -> bool:
        """Whether the runtime gives Keras's answer."""
        return self.difference <= TOLERANCE


@dataclasses.dataclass(frozen=True)
class ParityReport:
    """All comparisons of an export."""

    comparisons: list[Comparison]

    @property
    def failures(self) -> list[Comparison]:
        """The comparisons above tolerance."""
        return [c for c in self.comparisons if not c.within_tolerance]

    def write(self, path: str | os.PathLike) -> None:
        """Writes the report as JSON."""
        rows = [dataclasses.asdict(c) for c in self.comparisons]
        report = {"tolerance": TOLERANCE, "comparisons": rows}
        Path(path).write_text(json.dumps(report, indent=2) + "\n", "utf-8")


def compare(task, signatures: dict[str, Signature], saved_model, tflite_file) -> ParityReport:
    """Runs the examples of every signature through Keras, TensorFlow's C runtime and TFLite.

    Args:
        task: The model.
        signatures: Its signatures.
        saved_model: The folder of the SavedModel.
        tflite_file: The TFLite file, with the signature `step`.
    """
    keras_answers = {
        name: [signature.expected(example) for example in signature.examples]
        for name, signature in signatures.items()
    }
    runtimes = {
        "C runtime": _c_runtime_answers(signatures, saved_model),
        "TFLite": _tflite_answers(task, signatures, tflite_file),
    }
    return ParityReport(
        [
            comparison
            for runtime, answers in runtimes.items()
            for name in signatures
            for comparison in _compare_signature(name, runtime, keras_answers[name], answers[name])
        ]
    )


def _c_runtime_answers(signatures, saved_model):
    """Of every signature; the first is asked under its name as the default, too."""
    default, first = next(iter(signatures.items()))
    named = [(name, example) for name, s in signatures.items() for example in s.examples]
    calls = [Call(name, example) for name, example in named]
    calls += [Call("serving_default", example) for example in first.examples]
    answers = iter(run_signatures(saved_model, calls))
    by_name = {name: [next(answers) for _ in s.examples] for name, s in signatures.items()}
    for answer, again in zip(by_name[default], answers, strict=True):
        if any(not np.array_equal(answer[output], again[output]) for output in answer):
            raise ValueError(f"serving_default and {default} of {saved_model} answer differently.")
    return by_name


def _tflite_answers(task, signatures, tflite_file):
    """The step itself, and what a device composes from steps; `None` where it cannot."""
    step = load_tflite(tflite_file, "step")
    decoder = task.through_steps(step)

    def generate(token_ids, length, temperature, seed):
        return decoder.generate(token_ids, int(length)) if temperature == 0 else None

    functions = {"step": step, "score": decoder.score, "generate": generate}
    return {
        name: [functions[name](**example) for example in signature.examples]
        for name, signature in signatures.items()
    }


def _compare_signature(name, runtime, expected, received):
    pairs = [(e, r) for e, r in zip(expected, received, strict=True) if r is not None]
    outputs = expected[0].keys() | {output for _, r in pairs for output in r}
    for output in sorted(outputs):
        differences = [largest_difference(e.get(output), r.get(output)) for e, r in pairs]
        yield Comparison(name, output, runtime, len(pairs), max(differences, default=0.0))


def largest_difference(expected: np.ndarray, received: np.ndarray) -> float:
    """The largest difference, relative where the answer is above 1.

    Answers that are missing, of another shape or kind, integers that are not equal, and numbers
    that are not finite count as infinitely different.
    """
    expected, received = np.asarray(expected), np.asarray(received)
    if expected.shape != received.shape or expected.dtype.kind != received.dtype.kind:
        return float("inf")
    if expected.dtype.kind != "f":
        return 0.0 if np.array_equal(expected, received) else float("inf")
    difference = np.abs(expected - received) / np.maximum(1, np.abs(expected))
    if not np.all(np.isfinite(difference)):
        return float("inf")
    return float(difference.max(initial=0))
