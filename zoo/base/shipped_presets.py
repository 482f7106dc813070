"""The trained presets that ship with the package."""

from pathlib import Path

import seqzoo

FOLDER = Path(seqzoo.__file__).parent / "saved_models"
"""Where they lie: in a checkout this is a link to the folder of that name."""


def shipped_presets() -> dict[str, Path]:
    """The folders of the presets that ship with the package, by name."""
    return {path.parent.name: path.parent for path in sorted(FOLDER.glob("*/task.json"))}
