"""Limit on the memory of the process."""

import contextlib
import ctypes
import math
import os
import sys
from collections.abc import Iterator
from pathlib import Path

DataLimits = tuple[int, int]
"""The soft and the hard limit of the system, in bytes; negative for no limit."""

_KIB = 2**10
# How far the system's limit is above the limit at which requests are cancelled: a quarter, and at
# least the memory that can be allocated between two checks. If small allocations fail, TensorFlow
# aborts the process.
_SLACK = 0.25
_LEAST_SLACK = 2**30


class MemoryWatch:
    """Checks how much memory the process has gained since the last `renew`; see `is_exceeded`.

    Only Linux reports the memory; on other systems the limit is never exceeded.

    Args:
        more_bytes: The maximum gain, in bytes.
    """

    def __init__(self, more_bytes: int) -> None:
        self._more_bytes = more_bytes
        self._most = math.inf
        # The original limits of the system, while it enforces the bound.
        self._limits_before = None

    def renew(self) -> None:
        """Sets the baseline to the current memory, as that of the models alone."""
        _trim()
        self._allow(self._more_bytes)

    def accept(self) -> None:
        """Sets the baseline to the current memory, and leaves a quarter of the limit to requests.

        Libraries keep freed memory, and TensorFlow the memory of cancelled loops. With nothing
        left, every request would exceed the limit; with the full limit, each could add as much
        again.
        """
        self._allow(self._more_bytes // 4)

    def _allow(self, more_bytes):
        self._most = _held_bytes() + more_bytes
        if self._limits_before:
            bound_memory(more_bytes, self._limits_before)

    @contextlib.contextmanager
    def enforced(self) -> Iterator[None]:
        """Makes the system enforce the limit inside the context; see `bound_memory`."""
        self._limits_before = _data_limits()
        self.renew()
        try:
            yield
        finally:
            before, self._limits_before = self._limits_before, None
            _set_data_limits(before)

    @contextlib.contextmanager
    def lifted(self) -> Iterator[None]:
        """Lifts the limit inside the context, for loading and unloading models; then renews it."""
        self._most = math.inf
        _set_data_limits(self._limits_before)
        try:
            yield
        finally:
            self.renew()

    def is_exceeded(self) -> bool:
        """Returns whether the limit is exceeded, not counting free memory in the process."""
        if _held_bytes() <= self._most:
            return False
        _trim()
        return _held_bytes() > self._most


def bound_memory(more_bytes: int, limits: DataLimits | None = None) -> None:
    """Limits the memory of the process, on Linux, to slightly more than a `MemoryWatch` allows.

    TensorFlow then refuses an allocation that would exceed it; otherwise the system would kill this
    or another process.

    Args:
        more_bytes: The maximum gain from now on, in bytes.
        limits: The system limits that must not be exceeded. Defaults to the current ones.
    """
    limits = limits or _data_limits()
    if limits is not None:
        most = _data_bytes() + more_bytes + max(int(_SLACK * more_bytes), _LEAST_SLACK)
        _set_data_limits((min(most, limits[0]) if limits[0] >= 0 else most, limits[1]))


def cap_memory(more_bytes: int) -> None:
    """Limits the memory of a process without TensorFlow, on Linux; it raises `MemoryError`.

    Args:
        more_bytes: The maximum gain from now on, in bytes.
    """
    limits = _data_limits()
    if limits is not None:
        most = _data_bytes() + more_bytes
        _set_data_limits((most if limits[1] < 0 else min(most, limits[1]), limits[1]))


def _data_limits():
    if sys.platform != "linux":
        return None
    import resource

    return resource.getrlimit(resource.RLIMIT_DATA)


def _set_data_limits(limits):
    if limits is not None:
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, limits)


def _trim():
    """Returns freed memory that glibc keeps to the system; other libraries may keep some."""
    if sys.platform == "linux":
        with contextlib.suppress(AttributeError):
            ctypes.CDLL(None).malloc_trim(0)


def _held_bytes():
    """Returns the resident memory of the process, in bytes."""
    if sys.platform != "linux":
        return 0
    _, pages, *_ = Path("/proc/self/statm").read_text().split()
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def _data_bytes():
    """Returns the memory that the system limit counts, private and writable, in bytes."""
    status = Path("/proc/self/status").read_text()
    (size,) = (line.split()[1] for line in status.splitlines() if line.startswith("VmData:"))
    return int(size) * _KIB
