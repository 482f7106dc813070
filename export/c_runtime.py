"""Run a SavedModel outside Python: TensorFlow's C runtime, in a process of its own.

The loader is the one that TF Serving uses. The process (``c_runtime_worker.py``) never imports
Python's ``tensorflow``, so a model that runs here needs nothing but its own graph and variables.
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
from google.protobuf.message import DecodeError
from tensorflow.core.framework import types_pb2
from tensorflow.core.protobuf import meta_graph_pb2, saved_model_pb2

from seqzoo.export import c_runtime_worker as worker

WORKER = Path(worker.__file__)


class CRuntimeError(RuntimeError):
    """A SavedModel or a call of it that TensorFlow's C runtime cannot run."""


@dataclass(frozen=True)
class Call:
    """One call of a signature.

    Args:
        signature: The signature's key, such as ``"serving_default"``.
        inputs: An array for every input of the signature. Text is an array of ``bytes`` or
            ``str``. An array of another dtype is cast only where no value changes.
    """

    signature: str
    inputs: Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Measurement:
    """What calls returned and how long they took.

    Attributes:
        outputs: The outputs of every call, by name, from its first repeat.
        seconds: The seconds of every repeat of every call. The first one includes preparing the
            graph; leave it out of a latency.
        load_seconds: The seconds that the loader took, without opening the libraries.
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
        saved_model_dir: The folder that holds ``saved_model.pb``.
        calls: The calls, run in this order in one session; without any, the model is only loaded.
        timeout: The seconds after which the process is ended.

    Returns:
        The outputs of every call, by name. Text is an object array of ``bytes``.

    Raises:
        CRuntimeError: If the model, a call, or the process fails; it says what to do.
    """
    return measure_signatures(saved_model_dir, calls, timeout=timeout).outputs


def measure_signatures(
    saved_model_dir: str | os.PathLike,
    calls: Sequence[Call],
    *,
    repeats: int = 1,
    timeout: float = 300.0,
) -> Measurement:
    """Runs calls as ``run_signatures`` does, each ``repeats`` times in a row, and times them."""
    if repeats < 1:
        raise ValueError(f"repeats must be at least 1. Received: repeats={repeats}")
    folder = Path(saved_model_dir).resolve()
    signatures = _read_signatures(folder)
    plans = [_plan(call, signatures, folder) for call in calls]
    _check_platform()
    with tempfile.TemporaryDirectory(prefix="seqzoo-c-runtime-") as job_dir:
        job = Path(job_dir)
        _write_job(job, folder, plans, repeats)
        _run_worker(job, folder, timeout)
        return _read_result(job, plans)


def _read_signatures(folder: Path) -> dict[str, meta_graph_pb2.SignatureDef]:
    path = folder / "saved_model.pb"
    if not path.is_file():
        raise CRuntimeError(f"There is no {path}: give the folder that an export wrote.")
    try:
        saved_model = saved_model_pb2.SavedModel.FromString(path.read_bytes())
    except DecodeError as error:
        raise CRuntimeError(f"{path} is cut off or not a SavedModel: export it again.") from error
    for meta_graph in saved_model.meta_graphs:
        if set(meta_graph.meta_info_def.tags) == {"serve"}:
            signatures = meta_graph.signature_def.items()
            # The initialisation of the model is stored like a signature, but is not one.
            return {key: value for key, value in signatures if not key.startswith("__saved_model")}
    raise CRuntimeError(f"{path} holds no graph tagged 'serve': export it again.")


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
        raise CRuntimeError(f"{what} is no dense tensor: export a signature with dense tensors.")
    if info.dtype not in worker.DTYPES:
        known = ", ".join(_type_name(code) for code in worker.DTYPES)
        raise CRuntimeError(f"{what} is of type {_type_name(info.dtype)}: export one of {known}.")


def _type_name(code: int) -> str:
    return types_pb2.DataType.Name(code).removeprefix("DT_").lower()


def _fit(value: np.ndarray, info: meta_graph_pb2.TensorInfo, what: str) -> np.ndarray:
    array = np.asarray(value)
    shape = None if info.tensor_shape.unknown_rank else [d.size for d in info.tensor_shape.dim]
    if shape is not None and not _shape_fits(array.shape, shape):
        expected = tuple(None if size == -1 else size for size in shape)
        raise CRuntimeError(f"Input {what} must be of shape {expected}. Received: {array.shape}")
    fitted = _to_text(array) if info.dtype == worker.TF_STRING else _cast(array, info.dtype)
    if fitted is None:
        raise CRuntimeError(
            f"Input {what} must be {_type_name(info.dtype)}, and casting would change values: "
            f"cast it yourself. Received: dtype={array.dtype}"
        )
    return fitted


def _shape_fits(shape: Sequence[int], expected: Sequence[int]) -> bool:
    return len(shape) == len(expected) and all(
        wanted in (-1, size) for size, wanted in zip(shape, expected, strict=True)
    )


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
    # Back alone would accept uint64 as int64, forth alone int64 as a float that was rounded.
    same = all(np.array_equal(array, other, equal_nan=True) for other in (cast, back))
    return cast if same else None


def _check_platform() -> None:
    try:
        worker.find_libraries()
    except worker.WorkerError as error:
        raise CRuntimeError(str(error)) from error


def _write_job(job: Path, folder: Path, plans: list[_Plan], repeats: int) -> None:
    calls = [
        {"signature": plan.signature, "inputs": plan.tensors, "outputs": [*plan.outputs.values()]}
        for plan in plans
    ]
    content = {"saved_model": str(folder), "calls": calls, "repeats": repeats}
    (job / "job.json").write_text(json.dumps(content))
    arrays = {
        f"{index}-{place}": worker.pack(array)
        for index, plan in enumerate(plans)
        for place, array in enumerate(plan.arrays)
    }
    np.savez(job / "inputs.npz", **arrays)


def _run_worker(job: Path, folder: Path, timeout: float) -> None:
    # Without the safe path, the modules beside the worker would hide others of the same name.
    chosen = {"PYTHONSAFEPATH": "1", "TF_CPP_MIN_LOG_LEVEL": "2"}
    command = [sys.executable, str(WORKER), str(job)]
    try:
        done = subprocess.run(
            command, env=chosen | os.environ, capture_output=True, timeout=timeout, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise CRuntimeError(
            f"The C runtime ran {folder} for {timeout:g} s and was ended: give a longer timeout, "
            "or look for a loop that does not end."
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
        f"The C runtime crashed on {folder} with {cause}: see whether Python's "
        f"tf.saved_model.load runs it. The last it said: {said}"
    )


def _read_result(job: Path, plans: list[_Plan]) -> Measurement:
    result = json.loads((job / "result.json").read_text())
    with np.load(job / "outputs.npz", allow_pickle=False) as arrays:
        outputs = [
            {
                name: worker.unpack(arrays[f"{index}-{place}"])
                for place, name in enumerate(plan.outputs)
            }
            for index, plan in enumerate(plans)
        ]
    return Measurement(outputs, result["seconds"], result["load_seconds"])
