"""Records of the runs that trained a preset, in its `metadata.json`.

So nobody measures a model on what it has learned, and nobody has to look up what that was.
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
    """A training run that a preset comes from.

    Attributes:
        data: The data sets by name, and the user's own files and folders by theirs.
        fingerprint: A hash of the examples; empty where nobody kept it.
    """

    data: tuple[str, ...]
    fingerprint: str = ""


def read_training_runs(folder: Path) -> tuple[TrainingRun, ...]:
    """The runs that a preset comes from, the first one first; none where it does not say."""
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
    """Adds the runs to the `metadata.json` of a preset."""
    path = Path(folder, _FILE)
    recorded = {**read_json(path), _KEY: [dataclasses.asdict(run) for run in runs]}
    with atomic_file(path) as aside:
        aside.write_text(json.dumps(recorded, indent=4) + "\n", "utf-8")
