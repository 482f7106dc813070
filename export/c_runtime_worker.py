"""Run calls of a SavedModel through TensorFlow's C API, without Python's tensorflow.

``c_runtime.py`` starts this file as a script, with a job folder as its only argument. It reads
``job.json`` (the SavedModel, its calls as tensor names, the repeats) and ``inputs.npz``, and writes
``outputs.npz`` and ``result.json`` (load seconds, seconds of every repeat, or one error sentence).
It needs the standard library, NumPy, and the two shared libraries of the tensorflow wheel.
"""

import ctypes
import importlib.util
import json
import sys
import time
from ctypes import POINTER, c_char_p, c_int, c_int64, c_size_t, c_void_p
from pathlib import Path

import numpy as np

# The second needs the first, whose symbols have to be global by then.
LIBRARIES = ("libtensorflow_framework.so.2", "libtensorflow_cc.so.2")

TF_STRING = 7
# TF_DataType to NumPy; strings are object arrays of bytes, as TensorFlow's ``numpy()`` gives.
DTYPES = {
    1: np.dtype("float32"),
    2: np.dtype("float64"),
    3: np.dtype("int32"),
    TF_STRING: np.dtype(object),
    9: np.dtype("int64"),
    10: np.dtype("bool"),
}
_CODES = {dtype: code for code, dtype in DTYPES.items()}
_TSTRING_BYTES = 24

# The exit status of a failure that result.json explains; any other but 0 is a crash.
REPORTED = 3


class WorkerError(Exception):
    """A failure that one sentence explains to the parent."""


class _Output(ctypes.Structure):
    """TF_Output: one output of one operation."""

    _fields_ = (("operation", c_void_p), ("index", c_int))


_TENSORS = POINTER(c_void_p)
_PROTOTYPES = {
    "TF_NewStatus": (c_void_p, ()),
    "TF_GetCode": (c_int, (c_void_p,)),
    "TF_Message": (c_char_p, (c_void_p,)),
    "TF_DeleteStatus": (None, (c_void_p,)),
    "TF_NewGraph": (c_void_p, ()),
    "TF_NewSessionOptions": (c_void_p, ()),
    "TF_LoadSessionFromSavedModel": (
        c_void_p,
        (c_void_p, c_void_p, c_char_p, POINTER(c_char_p), c_int, c_void_p, c_void_p, c_void_p),
    ),
    "TF_GraphOperationByName": (c_void_p, (c_void_p, c_char_p)),
    "TF_SessionRun": (
        None,
        (c_void_p, c_void_p, POINTER(_Output), _TENSORS, c_int)
        + (POINTER(_Output), _TENSORS, c_int, c_void_p, c_int, c_void_p, c_void_p),
    ),
    "TF_AllocateTensor": (c_void_p, (c_int, POINTER(c_int64), c_int, c_size_t)),
    "TF_DeleteTensor": (None, (c_void_p,)),
    "TF_TensorType": (c_int, (c_void_p,)),
    "TF_NumDims": (c_int, (c_void_p,)),
    "TF_Dim": (c_int64, (c_void_p, c_int)),
    "TF_TensorData": (c_void_p, (c_void_p,)),
    "TF_StringInit": (None, (c_void_p,)),
    "TF_StringCopy": (None, (c_void_p, c_char_p, c_size_t)),
    "TF_StringGetDataPointer": (c_void_p, (c_void_p,)),
    "TF_StringGetSize": (c_size_t, (c_void_p,)),
}


def find_libraries() -> list[Path]:
    """Returns the paths of TensorFlow's shared libraries, in the order to open them."""
    spec = importlib.util.find_spec("tensorflow")
    if spec is None or spec.origin is None:
        raise WorkerError("TensorFlow's C runtime was not found: install the tensorflow wheel.")
    paths = [Path(spec.origin).with_name(name) for name in LIBRARIES]
    for path in paths:
        if not path.exists():
            raise WorkerError(
                f"TensorFlow's C runtime needs {path}, which this tensorflow for {sys.platform} "
                "does not hold: use the Linux wheel, the only one that is proven."
            )
    return paths


def pack(array: np.ndarray) -> np.ndarray:
    """Returns what an .npz holds without pickle; a last byte guards the zeros NumPy would drop."""
    if array.dtype != object:
        return array
    return np.array([item + b"." for item in array.ravel()], "S").reshape(array.shape)


def unpack(array: np.ndarray) -> np.ndarray:
    """Returns the array that ``pack`` was given."""
    if array.dtype.kind != "S":
        return array
    return np.array([item[:-1] for item in array.ravel()], object).reshape(array.shape)


def _open_api() -> ctypes.CDLL:
    for path in find_libraries():
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
    # Long strings are never freed: the graph may keep them, and this process ends soon.
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
    """A loaded SavedModel; it lives as long as the process."""

    def __init__(self, api: ctypes.CDLL, folder: str):
        self._api = api
        self._graph = api.TF_NewGraph()
        self._session = self._checked(
            f"TensorFlow's C runtime did not load {folder}",
            *(api.TF_LoadSessionFromSavedModel, api.TF_NewSessionOptions(), None),
            *(folder.encode(), (c_char_p * 1)(b"serve"), 1, self._graph, None),
        )

    def _checked(self, problem: str, function, *arguments):
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

    def run(self, call: dict, arrays: list[np.ndarray], repeats: int):
        """Returns the outputs of the first repeat, and the seconds of every one."""
        api, problem = self._api, f"Signature {call['signature']!r} failed in the C runtime"
        feeds, fetches = self._points(call["inputs"]), self._points(call["outputs"])
        tensors = (c_void_p * len(feeds))(*[_to_tensor(api, array) for array in arrays])
        outputs, seconds = [], []
        for repeat in range(repeats):
            results = (c_void_p * len(fetches))()
            fetching = (fetches, results, len(fetches), None, 0, None)
            start = time.perf_counter()
            self._checked(
                *(problem, api.TF_SessionRun, self._session, None),
                *(feeds, tensors, len(feeds), *fetching),
            )
            seconds.append(time.perf_counter() - start)
            if repeat == 0:
                outputs = [_to_array(api, tensor) for tensor in results]
            for tensor in results:
                api.TF_DeleteTensor(tensor)
        for tensor in tensors:
            api.TF_DeleteTensor(tensor)
        return outputs, seconds


def _run_job(folder: Path) -> dict:
    job = json.loads((folder / "job.json").read_text())
    inputs = np.load(folder / "inputs.npz", allow_pickle=False)
    api = _open_api()
    start = time.perf_counter()
    session = _Session(api, job["saved_model"])
    result = {"load_seconds": time.perf_counter() - start, "seconds": []}
    outputs = {}
    for index, call in enumerate(job["calls"]):
        arrays = [unpack(inputs[f"{index}-{place}"]) for place in range(len(call["inputs"]))]
        arrays, seconds = session.run(call, arrays, job["repeats"])
        result["seconds"].append(seconds)
        outputs |= {f"{index}-{place}": pack(array) for place, array in enumerate(arrays)}
    np.savez(folder / "outputs.npz", **outputs)
    return result


def main(folder: Path) -> int:
    """Runs the job in ``folder`` and returns the exit status."""
    try:
        result = _run_job(folder)
        if "tensorflow" in sys.modules:
            raise WorkerError("Python's tensorflow was imported in the worker: nothing is proven.")
    except WorkerError as error:
        result = {"error": str(error)}
    result["tensorflow_imported"] = "tensorflow" in sys.modules
    (folder / "result.json").write_text(json.dumps(result))
    return REPORTED if "error" in result else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
