"""Runtimes of exported models, with one interface."""

import dataclasses
import os
import time
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf

from seqzoo.export.errors import ExportError
from seqzoo.export.formats.saved_model import operations_of, read_meta_graph
from seqzoo.export.formats.tflite import TFLiteFile
from seqzoo.export.parity.c_runtime import Call, measure_signatures, run_signatures
from seqzoo.export.parity.c_runtime_worker import ENOUGH_SECONDS, LEAST_REPEATS
from seqzoo.zoo.base.signature import Signature

Arrays = Mapping[str, np.ndarray]


@dataclasses.dataclass(frozen=True)
class Artifact:
    """A file or folder that a runtime loads.

    Attributes:
        runtime: The name of the runtime.
        bytes: The size of the file or folder, in bytes.
        operations: The names of its operations.
    """

    runtime: str
    bytes: int
    operations: list[str]


class Runtime(ABC):
    """A runtime that runs the signatures of a model.

    Attributes:
        name: The name in reports.
    """

    name: str

    @abstractmethod
    def answers(self, calls: Sequence[Call]) -> Sequence[Arrays]:
        """Returns the outputs of every call."""

    @abstractmethod
    def seconds(self, calls: Sequence[Call], repeats: int) -> list[list[float]]:
        """Returns the duration of every repeat of every call in seconds, after warm-up repeats.

        A slow call is repeated less often.
        """

    def answer(self, signature: str, /, **inputs: np.ndarray) -> Arrays:
        """Returns the outputs of one call."""
        return self.answers([Call(signature, inputs)])[0]


class ExportRuntime(Runtime):
    """A runtime that loads an exported file or folder."""

    @abstractmethod
    def artifact(self) -> Artifact:
        """Returns a description of the file or folder."""


class KerasRuntime(Runtime):
    """The model itself, with which all other runtimes are compared."""

    name = "Keras"

    def __init__(self, signatures: Mapping[str, Signature]) -> None:
        self._signatures = signatures
        self._functions = {
            name: tf.function(signature.function, autograph=False)
            for name, signature in signatures.items()
        }

    def answers(self, calls: Sequence[Call]) -> Sequence[Arrays]:
        """See `Runtime.answers`."""
        return [self._signatures[call.signature].expected(call.inputs) for call in calls]

    def seconds(self, calls: Sequence[Call], repeats: int) -> list[list[float]]:
        """See `Runtime.seconds`; the model runs in a graph, as in `predict`."""

        def prepared(call):
            inputs = tf.nest.map_structure(tf.convert_to_tensor, dict(call.inputs))
            return lambda: self._functions[call.signature](**inputs)

        return [_timed(prepared(call), repeats) for call in calls]


class CRuntime(ExportRuntime):
    """A SavedModel in TensorFlow's C runtime, with the same loader as TF Serving."""

    name = "C runtime"

    def __init__(self, folder: str | os.PathLike) -> None:
        self._folder = folder

    def answers(self, calls: Sequence[Call]) -> Sequence[Arrays]:
        """See `Runtime.answers`."""
        return run_signatures(self._folder, calls)

    def seconds(self, calls: Sequence[Call], repeats: int) -> list[list[float]]:
        """See `Runtime.seconds`."""
        measured = measure_signatures(self._folder, calls, repeats=repeats + _WARMUP_REPEATS)
        return [seconds[_WARMUP_REPEATS:] for seconds in measured.seconds]

    def artifact(self) -> Artifact:
        """Returns size and operations of the folder."""
        files = [path for path in Path(self._folder).rglob("*") if path.is_file()]
        size = sum(path.stat().st_size for path in files)
        return Artifact(self.name, size, operations_of(read_meta_graph(self._folder)))


class TFLiteRuntime(ExportRuntime):
    """A TFLite file in TensorFlow's interpreter, on one thread."""

    name = "TFLite"

    def __init__(self, path: str | os.PathLike) -> None:
        self._file = TFLiteFile(path)

    @property
    def signatures(self) -> Collection[str]:
        """The names of the signatures."""
        return self._file.signatures.keys()

    def answers(self, calls: Sequence[Call]) -> Sequence[Arrays]:
        """See `Runtime.answers`."""
        return [self._run(call) for call in calls]

    def _run(self, call):
        try:
            self._file.reset_states()
            return self._file.run(call.signature, **call.inputs)
        except RuntimeError as error:
            raise ExportError(
                f"TFLite's interpreter cannot run signature {call.signature!r}: {error}"
            ) from error

    def seconds(self, calls: Sequence[Call], repeats: int) -> list[list[float]]:
        """See `Runtime.seconds`."""

        def prepared(call):
            runner = self._file.interpreter.get_signature_runner(call.signature)
            return lambda: runner(**call.inputs)

        return [_timed(prepared(call), repeats) for call in calls]

    def artifact(self) -> Artifact:
        """Returns size and operations of the file."""
        return Artifact(self.name, self._file.path.stat().st_size, self._file.operations())


_WARMUP_REPEATS = 3


def _timed(function, repeats):
    seconds = []
    for _ in range(_WARMUP_REPEATS + repeats):
        start = time.perf_counter()
        function()
        seconds.append(time.perf_counter() - start)
        if len(seconds) >= LEAST_REPEATS and sum(seconds) > ENOUGH_SECONDS:
            break
    return seconds[_WARMUP_REPEATS:]
