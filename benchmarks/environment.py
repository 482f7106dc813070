"""Environment of the measurements."""

import importlib.metadata
import os
import platform
from pathlib import Path


def environment(*packages):
    """Returns the environment that figures depend on: the machine, and the versions of packages."""
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "python": platform.python_version(),
        **{name: _version(name) for name in ("tensorflow", "keras", "numpy", *packages)},
    }


def _processor():
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _version(package):
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None
