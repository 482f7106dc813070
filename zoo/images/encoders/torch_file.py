"""Reader of PyTorch files that does not need PyTorch.

PyTorch would be a dependency of hundreds of megabytes for a single file.
"""

import collections
import io
import os
import pickle
from typing import Any, NamedTuple

import numpy as np

_MAGIC = 0x1950A86A20F9469CFC6C
_PROTOCOL = 1001
_COUNT = np.dtype("<i8")
_DTYPES = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}


class _Storage(NamedTuple):
    """Storage of tensors; its position in the file is known only after the pickles."""

    key: str
    dtype: np.dtype


class _View(NamedTuple):
    """A tensor: a strided view of a storage, with strides in elements."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def read_torch_file(path: str | os.PathLike) -> dict[str, np.ndarray]:
    """Reads the tensors of a state dictionary by name.

    Such a file is a pickle, which could call any function when it is loaded. Here, only the names
    of tensor constructors are accepted; these are not called but replaced by descriptions.

    The format is that of `torch.save` before PyTorch 1.6 (2020), on a little-endian machine:

    ```
    magic number, protocol, machine, state dictionary, keys of the storages     pickles
    for every storage: the number of its elements (int64), the elements
    ```

    Args:
        path: The file.

    Returns:
        Read-only float32 and int64 arrays.

    Raises:
        OSError: If the file cannot be read.
        pickle.UnpicklingError: If it is not such a file, or names anything but float32 and int64
            tensors.
        ValueError: If it is truncated, or a tensor exceeds its storage.
    """
    with open(path, "rb") as file:
        if _unpickled(file) != _MAGIC or _unpickled(file) != _PROTOCOL:
            raise pickle.UnpicklingError("not a file of PyTorch before 1.6")
        _unpickled(file)  # The machine that wrote it.
        views = _unpickled(file)
        dtypes = {view.storage.key: view.storage.dtype for view in views.values()}
        storages = {key: _numbers(file, dtypes[key]) for key in _unpickled(file)}
    return {name: _array(view, storages[view.storage.key]) for name, view in views.items()}


class _TensorUnpickler(pickle.Unpickler):
    """Unpickles tensors as `_View`s and plain values, and refuses everything else."""

    def find_class(self, module, name):
        match module, name:
            case "collections", "OrderedDict":
                return collections.OrderedDict
            case "torch._utils", "_rebuild_tensor_v2":
                return _view
            case "torch", str() if name in _DTYPES:
                return _DTYPES[name]
        raise pickle.UnpicklingError(f"the file names {module}.{name}, which is not a tensor")

    def persistent_load(self, pid):
        _, dtype, key, *_ = pid
        return _Storage(key, dtype)


def _unpickled(file: io.BufferedReader) -> Any:
    return _TensorUnpickler(file).load()


def _view(storage, offset, shape, strides, *_):
    return _View(storage, offset, shape, strides)


def _numbers(file, dtype):
    (count,) = np.frombuffer(file.read(_COUNT.itemsize), _COUNT)
    return np.frombuffer(file.read(int(count) * dtype.itemsize), dtype)


def _array(view, numbers):
    width = numbers.itemsize
    strides = [stride * width for stride in view.strides]
    # NumPy refuses a view that exceeds the buffer.
    return np.ndarray(view.shape, numbers.dtype, numbers, view.offset * width, strides)
