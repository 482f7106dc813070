"""Memory of arrays that were freed, kept for the next ones."""

import ctypes
import os

# From glibc's malloc.h.
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_MAX = -1, -2, -4

_GROWTH = 64 * 2**20
"""Bytes by which the heap grows, so that it rarely does."""


def keep_freed_memory() -> bool:
    """Lets glibc keep large blocks that are freed, and returns whether it does.

    By default, glibc maps every large array anew and gives it back to the system, which clears
    each page again: half of the time of a training step with many middle-sized arrays. The process
    then holds its greatest need of memory until it ends. For trainings and measurements, not for
    servers. With another C library, nothing changes.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if os.name == "posix" else None
    if mallopt is None:
        return False
    settings = {_MMAP_MAX: 0, _TRIM_THRESHOLD: 2**31 - 1, _TOP_PAD: _GROWTH}
    done = [mallopt(name, value) for name, value in settings.items()]
    return all(done)
