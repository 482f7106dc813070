"""Plants one fault after the other in a copy of the checkout, and runs the quick tests on it.

`python -m tests.planted_faults` plants all of `faults.toml`, `python -m tests.planted_faults gru`
those whose file's name has that in it. The tests that a fault names are a part of `make test`.
The exit status is the number of faults that were not found.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from pathlib import Path

CHECKOUT = Path(__file__).parent.parent.parent
FAULTS = tomllib.loads(Path(__file__).with_name("faults.toml").read_text("utf-8"))["fault"]
_LEFT_OUT = shutil.ignore_patterns(".*", "build", "dist", "runs", "docs", "*.egg-info")


def main(wanted: str) -> int:
    """Plants the faults, and prints which test found each."""
    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "checkout")
        shutil.copytree(CHECKOUT, copy, symlinks=True, ignore=_LEFT_OUT)
        for fault in FAULTS:
            if wanted in fault["file"]:
                found = plant(copy, fault)
                missed += not found
                where = found or "NOT FOUND"
                print(f"{fault['file']}: {fault['becomes'].strip()}: {where}", flush=True)
    return missed


def plant(copy: Path, fault: dict) -> str:
    """The test that finds a fault, with the seconds that it took; empty where none does."""
    path = copy / fault["file"]
    right = path.read_text("utf-8")
    assert right.count(fault["was"]) == 1, f"{fault['file']} no longer says: {fault['was']}"
    path.write_text(right.replace(fault["was"], fault["becomes"]), "utf-8")
    start = time.monotonic()
    try:
        ran = subprocess.run(
            [
                sys.executable,
                "-m",
                "pytest",
                "-m",
                "not slow and not exhaustive",
                "-x",
                "-q",
                *fault["tests"],
            ],
            cwd=copy,
            # Python's own cache of a file of the same size and second would hide the fault.
            env={**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
        )
    finally:
        path.write_text(right, "utf-8")
    failed = re.search(r"^(?:FAILED|ERROR) (\S+)", ran.stdout, re.MULTILINE)
    return f"{failed[1]} ({time.monotonic() - start:.0f} s)" if failed else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
