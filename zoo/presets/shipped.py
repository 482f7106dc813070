"""The trained presets that ship with the package."""

from importlib import resources
from pathlib import Path

FOLDER = Path(str(resources.files("seqzoo"))) / "saved_models"
"""Folder of the shipped presets; in a checkout, a symbolic link to `saved_models`."""


def shipped_presets() -> dict[str, Path]:
    """Returns the folders of the shipped presets by name."""
    return {path.parent.name: path.parent for path in sorted(FOLDER.glob("*/task.json"))}
