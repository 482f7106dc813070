"""Records of the training runs of a preset, in its `metadata.json`.

They document the training data and prevent evaluating a model on it.
"""

import dataclasses
import json
from collections.abc import Iterable
from pathlib import Path

from seqzoo.core.atomic import atomic_file
from seqzoo.core.file_checks.json_files import read_json

_FILE, _KEY = "metadata.json", "training_runs"


@dataclasses.dataclass(frozen=True)
class TrainingRun:
    """A training run of a preset.

    Attributes:
        data: Names of the data sets, and of the user's own files and folders.
        fingerprint: Hash of the examples; empty if unknown.
    """

    data: tuple[str, ...]
    fingerprint: str = ""


def read_training_runs(folder: Path) -> tuple[TrainingRun, ...]:
    """Returns the recorded training runs of a preset, oldest first; empty if none are recorded."""
    path = Path(folder, _FILE)
    recorded = read_json(path) if path.is_file() else {}
    runs = recorded.get(_KEY) if isinstance(recorded, dict) else None
    found = []
    for run in runs if isinstance(runs, list) else ():
        match run:
            case {"data": [*names], "fingerprint": str(fingerprint)}:
                found.append(TrainingRun(tuple(map(str, names)), fingerprint))
    return tuple(found)


def write_training_runs(folder: Path, runs: Iterable[TrainingRun]) -> None:
    """Writes the training runs to the `metadata.json` of a preset."""
    path = Path(folder, _FILE)
    recorded = {**read_json(path), _KEY: [dataclasses.asdict(run) for run in runs]}
    with atomic_file(path) as aside:
        aside.write_text(json.dumps(recorded, indent=4) + "\n", "utf-8")
