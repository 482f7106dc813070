"""The arrays of an HDF5 file, listed without reading them."""

import math
import os
from collections.abc import Iterator
from typing import Any, NamedTuple

import h5py

from seqzoo.core.file_checks import ModelFileError, shown

MAX_DEPTH = 100
"""The most levels of groups."""

MAX_OBJECTS = 100_000
"""The most groups and arrays in a file."""

# What h5py raises on a damaged file depends on the byte that is wrong.
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
    """What a file says of an array.

    Attributes:
        shape: Its shape.
        dtype: Its dtype as Keras calls it, such as `"float32"` or `"bfloat16"`.
    """

    shape: tuple[int, ...]
    dtype: str


def stored_arrays(path: str | os.PathLike, name: str | None = None) -> dict[str, StoredArray]:
    """Lists the arrays of an HDF5 file that holds arrays of numbers in groups, and nothing else.

    Every array is as large in the file as it is in memory, so that a small file cannot ask for a
    large memory.

    Args:
        path: The file.
        name: What the file is called in messages. Defaults to `path`.

    Returns:
        The arrays by their paths in the file.

    Raises:
        ModelFileError: If the file is damaged; or holds a link, a virtual array or an array in
            another file, any of which can lead out of it; or an array of something else than
            numbers, or one that is compressed or that the file does not hold in full.
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
        raise ModelFileError(f"{name} holds fewer bytes than its arrays have: get the file again.")
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
                f"{file_name} holds a link at {shown(where)}, which can lead out of it: "
                "it was not read."
            )
        item = group[name]
        address = _address(item)
        if address in seen:
            raise ModelFileError(
                f"{file_name} leads to {shown(where)} in two ways, which no writer does."
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
        raise ModelFileError(f"{what} is no array.")
    if dataset.external or dataset.is_virtual:
        raise ModelFileError(f"{what} has its values in another file: it was not read.")
    dtype = _dtype(dataset)
    if dtype not in _BYTES:
        raise ModelFileError(f"{what} is an array of {dtype}, not of numbers.")
    # h5py gives no shape to an array that is declared empty.
    if dataset.shape is None or dataset.id.get_create_plist().get_nfilters():
        raise ModelFileError(f"{what} is empty, or compressed: save it as Keras does.")
    if dataset.id.get_storage_size() < math.prod(dataset.shape) * _BYTES[dtype]:
        raise ModelFileError(f"{what} is larger than what is stored of it: get the file again.")
    return StoredArray(dataset.shape, dtype)


def _dtype(dataset):
    # Keras stores bfloat16, which HDF5 does not have, as two bytes with this attribute.
    if dataset.dtype.kind == "V" and dataset.dtype.itemsize == 2:
        return str(dataset.attrs.get("dtype"))
    return dataset.dtype.name


def _address(item):
    return h5py.h5o.get_info(item.id).addr
