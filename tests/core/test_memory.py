"""Memory that is freed and used again."""

import ctypes
import os
import subprocess
import sys

import pytest

# Above 32 MB, glibc maps every array anew, whatever was freed before.
SCRIPT = """
import resource, sys
from seqzoo.core.memory import keep_freed_memory

if sys.argv[1] == "keep":
    assert keep_freed_memory()
b"x" * (40 * 2**20)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    b"x" * (40 * 2**20)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def page_faults(how):
    """How many pages the system had to bring for ten arrays, one after the other."""
    program = [sys.executable, "-c", SCRIPT, how]
    return int(subprocess.run(program, check=True, capture_output=True, text=True).stdout)


@pytest.mark.skipif(
    os.name != "posix" or not hasattr(ctypes.CDLL(None), "mallopt"),
    reason="this C library is not glibc",
)
def test_an_array_takes_the_place_of_a_freed_one():
    assert page_faults("keep") < page_faults("leave") / 10
