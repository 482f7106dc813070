"""Loads a preset with damaged bytes, many times in one process, which HDF5 might end.

    python -m tests.zoo.presets.damaged_presets PRESET FIRST_CASE CASES

Prints a line for every case: its number, the file that is damaged, and `loaded`, `refused` or what
was raised; last the largest memory of the process in megabytes.
"""

import faulthandler
import random
import re
import sys
from pathlib import Path

from seqzoo.zoo import NoteGenerator, PresetError
from seqzoo.zoo.presets.errors import preset_errors
from seqzoo.zoo.presets.weights import check_weights, load_weights

SECONDS = 10
"""How long one preset may take; a process that takes longer ends with a traceback."""

_EDGES = (b"\x00" * 8, b"\xff" * 8, b"\x00" * 7 + b"\x80", b"\x01" + b"\x00" * 7)


def damaged(content: bytes, rng: random.Random) -> bytes:
    """The bytes with one to three things wrong."""
    data = bytearray(content)
    # Most bytes of a small HDF5 file are padding.
    used = [index for index, byte in enumerate(data) if byte] or [0]
    for _ in range(rng.choice((1, 1, 2, 3))):
        start = rng.choice(used) if rng.random() < 0.9 else rng.randrange(len(data) + 1)
        length = rng.choice((1, 2, 8, 64))
        match rng.randrange(7):
            case 0 | 1:
                data[start : start + 1] = bytes([rng.randrange(256)])
            case 2:
                data[start : start + 1] = bytes([data[start] ^ 1 << rng.randrange(8)])
            case 3:
                data[start : start + 8] = rng.choice(_EDGES)
            case 4:
                del data[start : start + length]
            case 5:
                data[start:start] = rng.randbytes(length)
            case 6:
                del data[start:]
        used = [index for index in used if index < len(data)] or [0]
        if not data:
            break
    return bytes(data)


def load(preset: Path, path: Path, task: NoteGenerator) -> None:
    """Loads what depends on a file; the weights into a task that is there, which is faster."""
    if path.suffix != ".h5":
        NoteGenerator.from_preset(preset)
        return
    with preset_errors(preset):
        check_weights(preset, task)
        load_weights(preset, task)


def main(preset: Path, first: int, count: int) -> None:
    """Loads the cases from `first` on."""
    files = {p: p.read_bytes() for p in sorted(preset.rglob("*")) if p.is_file()}
    weights = [path for path in files if path.suffix == ".h5"]
    task = NoteGenerator.from_preset(preset)
    for case in range(first, first + count):
        rng = random.Random(case)
        path = rng.choice(weights) if rng.random() < 0.8 else rng.choice(list(files))
        path.write_bytes(damaged(files[path], rng))
        faulthandler.dump_traceback_later(SECONDS, exit=True)
        try:
            load(preset, path, task)
            outcome = "loaded"
        except PresetError:
            outcome = "refused"
        except BaseException as error:
            outcome = repr(error)
        faulthandler.cancel_dump_traceback_later()
        print(case, path.name, outcome, flush=True)
        path.write_bytes(files[path])
    # The peak that the system counts for a process begins as that of the one that started it.
    status = Path("/proc/self/status").read_text()
    print("megabytes", int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) // 1024)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
