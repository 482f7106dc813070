"""Runs a SavedModel outside Python: in TensorFlow's C runtime, in a separate process.

TF Serving uses the same loader. The process (`c_runtime_worker.py`) never imports Python's
`tensorflow`, so a model that runs here needs only its own graph and variables. It runs on the CPU,
and is tested only on Linux.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import tensorflow as tf
from tensorflow.core.protobuf import meta_graph_pb2

from seqzoo.core.errors import SeqzooError
from seqzoo.export.formats.saved_model import SavedModelError, read_meta_graph, signatures_of
from seqzoo.export.parity import c_runtime_worker as worker

WORKER = Path(worker.__file__)


class CRuntimeError(SeqzooError, RuntimeError):
    """TensorFlow's C runtime cannot run a SavedModel or a call of it."""


@dataclass(frozen=True)
class Call:
    """One call of a signature.

    Args:
        signature: The name of the signature, such as `"serving_default"`.
        inputs: An array for every input of the signature. Text is an array of `bytes` or
            `str`. An array of another dtype is cast only if no value changes.
    """

    signature: str
    inputs: Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Measurement:
    """The outputs and durations of calls.

    Attributes:
        outputs: The outputs of every call, by name, from its first repeat.
        seconds: The duration of every repeat of every call, in seconds. The first one includes
            the preparation of the graph; leave it out of latencies.
        load_seconds: The duration of loading the model, in seconds, without opening the libraries.
    """

    outputs: list[dict[str, np.ndarray]]
    seconds: list[list[float]]
    load_seconds: float


class _Plan(NamedTuple):
    signature: str
    tensors: list[str]
    arrays: list[np.ndarray]
    outputs: dict[str, str]


def run_signatures(
    saved_model_dir: str | os.PathLike, calls: Sequence[Call], *, timeout: float = 300.0
) -> list[dict[str, np.ndarray]]:
    """Runs calls of a SavedModel in the C runtime.

    Args:
        saved_model_dir: The folder that holds `saved_model.pb`.
        calls: The calls, run in this order in one session. If there are none, the model is only
            loaded; TensorFlow raises no error then if the folder of variables is missing.
        timeout: The number of seconds after which the process is killed.

    Returns:
        The outputs of every call, by name. Text is an object array of `bytes`.

    Raises:
        CRuntimeError: If the model, a call, or the process fails; the message says what to do.
    """
    return measure_signatures(saved_model_dir, calls, timeout=timeout).outputs


def measure_signatures(
    saved_model_dir: str | os.PathLike,
    calls: Sequence[Call],
    *,
    repeats: int = 1,
    timeout: float = 300.0,
) -> Measurement:
    """Runs calls as `run_signatures` does, each `repeats` times in a row, and times them."""
    if repeats < 1:
        raise ValueError(f"repeats must be at least 1. Received: repeats={repeats}")
    folder = Path(saved_model_dir).resolve()
    signatures = _read_signatures(folder)
    plans = [_plan(call, signatures, folder) for call in calls]
    with tempfile.TemporaryDirectory(prefix="seqzoo-c-runtime-") as job_dir:
        job = Path(job_dir)
        _write_job(job, folder, plans, repeats)
        _run_worker(job, folder, timeout)
        return _read_result(job, plans)


def _read_signatures(folder: Path) -> Mapping[str, meta_graph_pb2.SignatureDef]:
    try:
        return signatures_of(read_meta_graph(folder))
    except SavedModelError as error:
        raise CRuntimeError(str(error)) from error


def _plan(call: Call, signatures: Mapping, folder: Path) -> _Plan:
    if call.signature not in signatures:
        raise CRuntimeError(
            f"{folder} has no signature {call.signature!r}: choose from {sorted(signatures)}."
        )
    signature, where = signatures[call.signature], f"signature {call.signature!r} of {folder}"
    names = sorted(signature.inputs)
    if set(names) != set(call.inputs):
        raise CRuntimeError(
            f"The inputs do not match {where}: give {names}. Received: {sorted(call.inputs)}"
        )
    for name, info in [*signature.inputs.items(), *signature.outputs.items()]:
        _check_supported(f"{name!r} in {where}", info)
    return _Plan(
        call.signature,
        [signature.inputs[name].name for name in names],
        [_fit(call.inputs[name], signature.inputs[name], f"{name!r} of {where}") for name in names],
        {name: signature.outputs[name].name for name in sorted(signature.outputs)},
    )


def _check_supported(what: str, info: meta_graph_pb2.TensorInfo) -> None:
    if info.WhichOneof("encoding") != "name":
        raise CRuntimeError(f"{what} is not a dense tensor: export a signature with dense tensors.")
    if info.dtype not in worker.DTYPES:
        known = ", ".join(_type_name(code) for code in worker.DTYPES)
        raise CRuntimeError(f"{what} is of type {_type_name(info.dtype)}: export one of {known}.")


def _type_name(code: int) -> str:
    return tf.as_dtype(code).name


def _fit(value: np.ndarray, info: meta_graph_pb2.TensorInfo, what: str) -> np.ndarray:
    array = np.asarray(value)
    shape = tf.TensorShape(info.tensor_shape)
    if not shape.is_compatible_with(array.shape):
        raise CRuntimeError(f"Input {what} must be of shape {shape}. Received: {array.shape}")
    fitted = _to_text(array) if info.dtype == worker.TF_STRING else _cast(array, info.dtype)
    if fitted is None:
        raise CRuntimeError(
            f"Input {what} must be {_type_name(info.dtype)}, which cannot represent these values "
            f"exactly: cast them yourself. Received: dtype={array.dtype}"
        )
    return fitted


def _to_text(array: np.ndarray) -> np.ndarray | None:
    items = [item.encode() if isinstance(item, str) else item for item in array.ravel().tolist()]
    if array.dtype.kind not in "SUO" or not all(isinstance(item, bytes) for item in items):
        return None
    return np.array(items, object).reshape(array.shape)


def _cast(array: np.ndarray, code: int) -> np.ndarray | None:
    dtype = worker.DTYPES[code]
    if not np.can_cast(array.dtype, dtype, "same_kind"):
        return None
    with np.errstate(over="ignore", invalid="ignore"):
        cast = array.astype(dtype)
        back = cast.astype(array.dtype)
    # Checking only `back` would accept uint64 as int64; only `cast`, int64 as a rounded float.
    same = all(np.array_equal(array, other, equal_nan=True) for other in (cast, back))
    return cast if same else None


def _write_job(job: Path, folder: Path, plans: list[_Plan], repeats: int) -> None:
    calls = [
        {"signature": plan.signature, "inputs": plan.tensors, "outputs": [*plan.outputs.values()]}
        for plan in plans
    ]
    content = {"saved_model": str(folder), "calls": calls, "repeats": repeats}
    (job / "job.json").write_text(json.dumps(content))
    worker.write_arrays(job / "inputs.npz", [plan.arrays for plan in plans])


def _run_worker(job: Path, folder: Path, timeout: float) -> None:
    # Without PYTHONSAFEPATH, modules in the worker's folder would shadow others of the same name.
    # This process may have allocated all GPU memory, so the worker uses no GPU.
    chosen = {"PYTHONSAFEPATH": "1", "CUDA_VISIBLE_DEVICES": "-1"}
    command = [sys.executable, str(WORKER), str(job)]
    try:
        done = subprocess.run(
            command, env=os.environ | chosen, capture_output=True, timeout=timeout, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise CRuntimeError(
            f"The C runtime ran {folder} for {timeout:g} s and was killed: give a longer timeout, "
            "or look for an endless loop."
        ) from error
    if done.returncode == worker.REPORTED:
        raise CRuntimeError(json.loads((job / "result.json").read_text())["error"])
    if done.returncode:
        raise CRuntimeError(_describe_crash(done, folder))


def _describe_crash(done: subprocess.CompletedProcess, folder: Path) -> str:
    code, lines = done.returncode, done.stderr.decode(errors="replace").split("\n")
    cause = f"signal {signal.strsignal(-code)}" if code < 0 else f"exit status {code}"
    said = next((line.strip() for line in reversed(lines) if line.strip()), "nothing")
    return (
        f"The C runtime crashed on {folder} with {cause}: check whether Python's "
        f"tf.saved_model.load runs it. Its last output: {said}"
    )


def _read_result(job: Path, plans: list[_Plan]) -> Measurement:
    result = json.loads((job / "result.json").read_text())
    arrays = worker.read_arrays(job / "outputs.npz", [len(plan.outputs) for plan in plans])
    pairs = zip(plans, arrays, strict=True)
    outputs = [dict(zip(plan.outputs, values, strict=True)) for plan, values in pairs]
    return Measurement(outputs, result["seconds"], result["load_seconds"])
