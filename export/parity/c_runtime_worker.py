"""Runs calls of a SavedModel through TensorFlow's C API, without Python's tensorflow.

`c_runtime.py` starts this file as a script, with a job folder as its only argument. It reads
`job.json` (the SavedModel, its calls as tensor names, the repeats) and `inputs.npz`, and writes
`outputs.npz` and `result.json` (load seconds, seconds of every repeat, or an error message).
It needs the standard library, NumPy, and the two shared libraries of the tensorflow wheel.
"""

import ctypes
import importlib.util
import json
import sys
import time
from collections.abc import Callable
from ctypes import POINTER, c_char_p, c_int, c_int64, c_size_t, c_void_p
from pathlib import Path
from typing import Any

import numpy as np

# The second needs the symbols of the first, which must be loaded globally before it.
LIBRARIES = ("libtensorflow_framework.so.2", "libtensorflow_cc.so.2")

TF_STRING = 7
# TF_DataType to NumPy; strings are object arrays of bytes, as TensorFlow's `numpy()` gives.
DTYPES: dict[int, np.dtype] = {
    1: np.dtype("float32"),
    2: np.dtype("float64"),
    3: np.dtype("int32"),
    TF_STRING: np.dtype(object),
    9: np.dtype("int64"),
    10: np.dtype("bool"),
}
_CODES = {dtype: code for code, dtype in DTYPES.items()}
_TSTRING_BYTES = 24

# A slow call is repeated less often than requested.
LEAST_REPEATS, ENOUGH_SECONDS = 5, 5.0

# The exit status of a failure that result.json explains; any other but 0 is a crash.
REPORTED = 3


class WorkerError(Exception):
    """A failure that is reported to the parent process in one sentence."""


class _Output(ctypes.Structure):
    """TF_Output: one output of one operation."""

    _fields_ = (("operation", c_void_p), ("index", c_int))


_P = c_void_p
_FEEDS = (POINTER(_Output), POINTER(_P), c_int)
_PROTOTYPES = {
    "TF_NewStatus": (_P, ()),
    "TF_GetCode": (c_int, (_P,)),
    "TF_Message": (c_char_p, (_P,)),
    "TF_DeleteStatus": (None, (_P,)),
    "TF_NewGraph": (_P, ()),
    "TF_NewSessionOptions": (_P, ()),
    "TF_LoadSessionFromSavedModel": (_P, (_P, _P, c_char_p, POINTER(c_char_p), c_int, _P, _P, _P)),
    "TF_GraphOperationByName": (_P, (_P, c_char_p)),
    "TF_SessionRun": (None, (_P, _P, *_FEEDS, *_FEEDS, _P, c_int, _P, _P)),
    "TF_AllocateTensor": (_P, (c_int, POINTER(c_int64), c_int, c_size_t)),
    "TF_DeleteTensor": (None, (_P,)),
    "TF_TensorType": (c_int, (_P,)),
    "TF_NumDims": (c_int, (_P,)),
    "TF_Dim": (c_int64, (_P, c_int)),
    "TF_TensorData": (_P, (_P,)),
    "TF_StringInit": (None, (_P,)),
    "TF_StringCopy": (None, (_P, c_char_p, c_size_t)),
    "TF_StringGetDataPointer": (_P, (_P,)),
    "TF_StringGetSize": (c_size_t, (_P,)),
}


def _find_libraries() -> list[Path]:
    spec = importlib.util.find_spec("tensorflow")
    if spec is None or spec.origin is None:
        raise WorkerError("TensorFlow's C runtime was not found: install the tensorflow wheel.")
    paths = [Path(spec.origin).with_name(name) for name in LIBRARIES]
    if missing := [str(path) for path in paths if not path.exists()]:
        raise WorkerError(
            f"This tensorflow for {sys.platform} lacks {missing[0]}, the C runtime: use the Linux "
            "wheel, the only one that is tested."
        )
    return paths


def write_arrays(path: Path, calls: list[list[np.ndarray]]) -> None:
    """Writes the arrays of every call."""
    places: dict[str, Any] = {
        f"{i}-{j}": _pack(array) for i, arrays in enumerate(calls) for j, array in enumerate(arrays)
    }
    np.savez(path, **places)


def read_arrays(path: Path, sizes: list[int]) -> list[list[np.ndarray]]:
    """Returns the arrays of every call; `sizes` says how many each has."""
    with np.load(path, allow_pickle=False) as saved:
        return [[_unpack(saved[f"{i}-{j}"]) for j in range(n)] for i, n in enumerate(sizes)]


def _pack(array: np.ndarray) -> np.ndarray:
    if array.dtype != object:
        return array
    # An .npz stores text of fixed width and drops trailing zero bytes: the dot protects them.
    return np.array([item + b"." for item in array.ravel()], "S").reshape(array.shape)


def _unpack(array: np.ndarray) -> np.ndarray:
    if array.dtype.kind != "S":
        return array
    return np.array([item[:-1] for item in array.ravel()], object).reshape(array.shape)


def _open_api() -> ctypes.CDLL:
    for path in _find_libraries():
        try:
            api = ctypes.CDLL(str(path), mode=ctypes.RTLD_GLOBAL)
        except OSError as error:
            raise WorkerError(f"TensorFlow's C runtime did not open: {error}.") from error
    for name, (result, arguments) in _PROTOTYPES.items():
        function = getattr(api, name)
        function.restype, function.argtypes = result, arguments
    return api


def _to_tensor(api: ctypes.CDLL, array: np.ndarray) -> int:
    array = np.asarray(array, order="C")  # np.ascontiguousarray would give a scalar one axis
    code = _CODES[array.dtype]
    size = array.size * _TSTRING_BYTES if code == TF_STRING else array.nbytes
    tensor = api.TF_AllocateTensor(code, (c_int64 * array.ndim)(*array.shape), array.ndim, size)
    data = api.TF_TensorData(tensor)
    if code != TF_STRING:
        ctypes.memmove(data, array.ctypes.data, size)
        return tensor
    for index, item in enumerate(array.ravel()):
        api.TF_StringInit(data + index * _TSTRING_BYTES)
        api.TF_StringCopy(data + index * _TSTRING_BYTES, item, len(item))
    return tensor


def _to_array(api: ctypes.CDLL, tensor: int) -> np.ndarray:
    shape = [api.TF_Dim(tensor, axis) for axis in range(api.TF_NumDims(tensor))]
    array = np.empty(shape, DTYPES[api.TF_TensorType(tensor)])
    data = api.TF_TensorData(tensor)
    if array.dtype != object:
        ctypes.memmove(array.ctypes.data, data, array.nbytes)
        return array
    for index in range(array.size):
        text = data + index * _TSTRING_BYTES
        size = api.TF_StringGetSize(text)
        array.flat[index] = ctypes.string_at(api.TF_StringGetDataPointer(text), size)
    return array


class _Session:
    """A loaded SavedModel; it is kept until the process ends."""

    def __init__(self, api: ctypes.CDLL, folder: str) -> None:
        self._api, self._folder = api, folder
        self._graph = api.TF_NewGraph()
        load, options = api.TF_LoadSessionFromSavedModel, api.TF_NewSessionOptions()
        graph = (folder.encode(), (c_char_p * 1)(b"serve"), 1, self._graph)
        problem = f"TensorFlow's C runtime did not load {folder}"
        self._session = self._checked(problem, load, options, None, *graph, None)

    def _checked(self, problem: str, function: Callable[..., Any], *arguments: Any) -> Any:
        status = self._api.TF_NewStatus()
        result = function(*arguments, status)
        failed, message = self._api.TF_GetCode(status), self._api.TF_Message(status)
        self._api.TF_DeleteStatus(status)
        if failed:
            raise WorkerError(f"{problem}: {' '.join(message.decode(errors='replace').split())}")
        return result

    def _points(self, names: list[str]) -> ctypes.Array:
        points = (_Output * len(names))()
        for point, name in zip(points, names, strict=True):
            operation, _, index = name.partition(":")
            point.operation = self._api.TF_GraphOperationByName(self._graph, operation.encode())
            point.index = int(index or 0)
            if not point.operation:
                raise WorkerError(f"The graph has no tensor {name!r}: export the model again.")
        return points

    def _fetch(
        self, problem: str, feeds: ctypes.Array, tensors: ctypes.Array, fetches: ctypes.Array
    ) -> ctypes.Array:
        results = (c_void_p * len(fetches))()
        given, wanted = (feeds, tensors, len(feeds)), (fetches, results, len(fetches))
        run = self._api.TF_SessionRun
        self._checked(problem, run, self._session, None, *given, *wanted, None, 0, None)
        return results

    def run(
        self, call: dict, arrays: list[np.ndarray], repeats: int
    ) -> tuple[list[np.ndarray], list[float]]:
        """Returns the outputs of the first repeat, and the duration of every repeat in seconds.

        A slow call is repeated less often.
        """
        api = self._api
        problem = f"Signature {call['signature']!r} of {self._folder} failed in the C runtime"
        feeds, fetches = self._points(call["inputs"]), self._points(call["outputs"])
        # These are not freed: the process ends with the job.
        tensors = (c_void_p * len(feeds))(*[_to_tensor(api, array) for array in arrays])
        outputs, seconds = [], []
        for repeat in range(repeats):
            start = time.perf_counter()
            results = self._fetch(problem, feeds, tensors, fetches)
            seconds.append(time.perf_counter() - start)
            if repeat == 0:
                outputs = [_to_array(api, tensor) for tensor in results]
            for tensor in results:
                api.TF_DeleteTensor(tensor)
            if repeat + 1 >= LEAST_REPEATS and sum(seconds) > ENOUGH_SECONDS:
                break
        return outputs, seconds


def _run_job(folder: Path) -> dict:
    job = json.loads((folder / "job.json").read_text())
    inputs = read_arrays(folder / "inputs.npz", [len(call["inputs"]) for call in job["calls"]])
    api = _open_api()
    start = time.perf_counter()
    session = _Session(api, job["saved_model"])
    load_seconds = time.perf_counter() - start
    calls = zip(job["calls"], inputs, strict=True)
    answers = [session.run(call, arrays, job["repeats"]) for call, arrays in calls]
    write_arrays(folder / "outputs.npz", [outputs for outputs, _ in answers])
    return {"load_seconds": load_seconds, "seconds": [seconds for _, seconds in answers]}


def main(folder: Path) -> int:
    """Runs the job in `folder` and returns the exit status."""
    try:
        result = _run_job(folder)
        if "tensorflow" in sys.modules:
            raise WorkerError("Python's tensorflow was imported in the worker: the run is invalid.")
    except WorkerError as error:
        result = {"error": str(error)}
    result["tensorflow_imported"] = "tensorflow" in sys.modules
    (folder / "result.json").write_text(json.dumps(result))
    return REPORTED if "error" in result else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
