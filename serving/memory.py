"""A bound on the memory of the process."""

import contextlib
import ctypes
import math
import os
import sys
from collections.abc import Iterator
from pathlib import Path

DataLimits = tuple[int, int]
"""The soft and the hard limit of the system, in bytes; negative where there is none."""

_KIB = 2**10
# How far above the point where work is given up the system refuses memory: a quarter, and what
# can be taken between two looks. Where small arrays are refused, TensorFlow ends the process.
_SLACK = 0.25
_LEAST_SLACK = 2**30


class MemoryWatch:
    """Bounds how much more memory than at its last `renew` the process holds: by `is_exceeded`.

    Only Linux tells how much it is; elsewhere it is never too much.

    Args:
        more_bytes: How much more it may be.
    """

    def __init__(self, more_bytes: int) -> None:
        self._more_bytes = more_bytes
        self._most = math.inf
        # The limits of the system while it enforces the bound, as they were before.
        self._limits_before = None

    def renew(self) -> None:
        """Takes what is held now for what the models need; requests may take more than it."""
        _trim()
        self._allow(self._more_bytes)

    def accept(self) -> None:
        """Takes what is held now for lost; a quarter of the bound is left to later requests.

        Libraries keep memory that was freed, and TensorFlow that of loops which it cancelled: with
        nothing left, every request would be too much; with all, each could take as much again.
        """
        self._allow(self._more_bytes // 4)

    def _allow(self, more_bytes):
        self._most = _held_bytes() + more_bytes
        if self._limits_before:
            bound_memory(more_bytes, self._limits_before)

    @contextlib.contextmanager
    def enforced(self) -> Iterator[None]:
        """Lets the system refuse memory in the block, as `bound_memory` does."""
        self._limits_before = _data_limits()
        self.renew()
        try:
            yield
        finally:
            before, self._limits_before = self._limits_before, None
            _set_data_limits(before)

    @contextlib.contextmanager
    def lifted(self) -> Iterator[None]:
        """Bounds nothing in the block, in which models are loaded or let go of; then again."""
        self._most = math.inf
        _set_data_limits(self._limits_before)
        try:
            yield
        finally:
            self.renew()

    def is_exceeded(self) -> bool:
        """Whether it is too much now, what is free in the process not counted."""
        if _held_bytes() <= self._most:
            return False
        _trim()
        return _held_bytes() > self._most


def bound_memory(more_bytes: int, limits: DataLimits | None = None) -> None:
    """Bounds what the process can take, on Linux, somewhat above what a `MemoryWatch` allows.

    TensorFlow refuses an array that would exceed it; without it, the system would end the process,
    or another one.

    Args:
        more_bytes: How much more than now it may hold.
        limits: The limits of the system to stay within. Defaults to those that are set.
    """
    limits = limits or _data_limits()
    if limits is not None:
        most = _data_bytes() + more_bytes + max(int(_SLACK * more_bytes), _LEAST_SLACK)
        _set_data_limits((min(most, limits[0]) if limits[0] >= 0 else most, limits[1]))


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
    """Gives the system back what glibc keeps of freed memory; other libraries keep what they do."""
    if sys.platform == "linux":
        with contextlib.suppress(AttributeError):
            ctypes.CDLL(None).malloc_trim(0)


def _held_bytes():
    """What of the process is in memory."""
    if sys.platform != "linux":
        return 0
    _, pages, *_ = Path("/proc/self/statm").read_text().split()
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def _data_bytes():
    """What the limit counts: memory of the process alone that it can write to."""
    status = Path("/proc/self/status").read_text()
    (size,) = (line.split()[1] for line in status.splitlines() if line.startswith("VmData:"))
    return int(size) * _KIB
