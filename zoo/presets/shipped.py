"""The trained presets that ship with the package."""

import re
from importlib import resources
from pathlib import Path

FOLDER = Path(str(resources.files("seqzoo"))) / "saved_models"
"""Folder of the shipped presets; in a checkout, a symbolic link to `saved_models`."""


def shipped_presets() -> dict[str, Path]:
    """Returns the folders of the shipped presets by name."""
    return {path.parent.name: path.parent for path in sorted(FOLDER.glob("*/task.json"))}


def summary_of(preset: Path) -> str:
    """The first sentence of the model card of a preset that ships, without its period."""
    _, paragraph, *_ = (preset / "README.md").read_text("utf-8").split("\n\n")
    return re.split(r"[.;](?=\s|$)", " ".join(paragraph.split()))[0]
