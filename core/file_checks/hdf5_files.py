"""Lists the arrays of an HDF5 file without reading their values."""

import math
import os
from collections.abc import Iterator
from typing import Any, NamedTuple

import h5py

from seqzoo.core.file_checks import ModelFileError, shown

MAX_DEPTH = 100
"""The maximum depth of nested groups."""

MAX_OBJECTS = 100_000
"""The maximum number of groups and arrays in a file."""

# Which error h5py raises on a damaged file depends on the byte that is wrong.
DAMAGED = (
    ArithmeticError,
    AttributeError,
    LookupError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)
_BYTES = {
    "bool": 1,
    "bfloat16": 2,
    **{f"float{bits}": bits // 8 for bits in (16, 32, 64)},
    **{f"{sign}int{bits}": bits // 8 for sign in ("", "u") for bits in (8, 16, 32, 64)},
}


class StoredArray(NamedTuple):
    """The shape and dtype that a file declares for an array.

    Attributes:
        shape: The size of every axis.
        dtype: The name that Keras uses, such as `"float32"` or `"bfloat16"`.
    """

    shape: tuple[int, ...]
    dtype: str


def stored_arrays(path: str | os.PathLike, name: str | None = None) -> dict[str, StoredArray]:
    """Lists the arrays of an HDF5 file that holds only groups and numeric arrays.

    Every array must be stored at its full size, so that a small file cannot claim a large amount
    of memory.

    Args:
        path: The file.
        name: The name of the file in messages. Defaults to `path`.

    Returns:
        The arrays by their paths in the file.

    Raises:
        ModelFileError: If the file is damaged; if it holds a link, a virtual array or an external
            array, any of which can read other files; or if an array is not numeric, compressed, or
            not stored in full.
    """
    name = name or str(path)
    try:
        with h5py.File(path, "r") as file:
            arrays = dict(_arrays(file, name, {_address(file)}, depth=1))
    except ModelFileError:
        raise
    except DAMAGED as error:
        raise ModelFileError(f"{name} is damaged or incomplete: get the file again.") from error
    stored = sum(math.prod(array.shape) * _BYTES[array.dtype] for array in arrays.values())
    if stored > os.path.getsize(path):
        raise ModelFileError(f"{name} is smaller than its arrays: get the file again.")
    return arrays


def _arrays(
    group: h5py.Group, file_name: str, seen: set[int], depth: int
) -> Iterator[tuple[str, StoredArray]]:
    if depth > MAX_DEPTH:
        raise ModelFileError(f"{file_name} has more than {MAX_DEPTH} levels of groups.")
    for name in group:
        where = f"{group.name.rstrip('/')}/{name}"
        if not isinstance(group.get(name, getlink=True), h5py.HardLink):
            raise ModelFileError(
                f"{file_name} holds a link at {shown(where)}, which may read other files: "
                "it was not read."
            )
        item = group[name]
        address = _address(item)
        if address in seen:
            raise ModelFileError(
                f"{file_name} holds {shown(where)} under two names, which no writer of models does."
            )
        seen.add(address)
        if len(seen) > MAX_OBJECTS:
            raise ModelFileError(f"{file_name} holds more than {MAX_OBJECTS:,} groups and arrays.")
        if isinstance(item, h5py.Group):
            yield from _arrays(item, file_name, seen, depth + 1)
        else:
            yield where, _array(item, f"{shown(where)} of {file_name}")


def _array(dataset: Any, what: str) -> StoredArray:
    if not isinstance(dataset, h5py.Dataset):
        raise ModelFileError(f"{what} is not an array.")
    if dataset.external or dataset.is_virtual:
        raise ModelFileError(f"{what} stores its values in another file: it was not read.")
    dtype = _dtype(dataset)
    if dtype not in _BYTES:
        raise ModelFileError(f"{what} is an array of {dtype}, not of numbers.")
    # h5py reports no shape for an array that is declared empty.
    if dataset.shape is None or dataset.id.get_create_plist().get_nfilters():
        raise ModelFileError(f"{what} is empty, or compressed: save it as Keras does.")
    if dataset.id.get_storage_size() < math.prod(dataset.shape) * _BYTES[dtype]:
        raise ModelFileError(f"{what} is not stored in full: get the file again.")
    return StoredArray(dataset.shape, dtype)


def _dtype(dataset):
    # Keras stores bfloat16, which HDF5 does not have, as two bytes with this attribute.
    if dataset.dtype.kind == "V" and dataset.dtype.itemsize == 2:
        return str(dataset.attrs.get("dtype"))
    return dataset.dtype.name


def _address(item):
    return h5py.h5o.get_info(item.id).addr
