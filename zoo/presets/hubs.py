"""Lookup of presets by folder, by name, or by a hub handle as in keras-hub."""

import os
from pathlib import Path

from seqzoo.zoo.presets.shipped import shipped_presets

_FILES = ["*.json", "*.h5", "assets/*"]


def preset_folder(preset: str | os.PathLike[str]) -> tuple[Path, Path]:
    """Returns the folder of a preset; a preset given by a hub handle is downloaded.

    Args:
        preset: A folder; if it does not exist, the name of a preset that ships with the package;
            or a hub handle: `kaggle://`, `hf://` or `modelscope://`.

    Returns:
        The folder, and the folder that its links may not leave.
    """
    scheme, _, handle = str(preset).partition("://")
    if scheme == "hf":
        import huggingface_hub

        folder = Path(huggingface_hub.snapshot_download(handle, allow_patterns=_FILES))
        # The cache stores the files of all revisions of a repository together and links to them.
        return folder, folder.parents[1]
    if scheme == "kaggle":
        import kagglehub

        folder = Path(kagglehub.model_download(handle))
    elif scheme == "modelscope":
        from modelscope.hub.snapshot_download import snapshot_download

        folder = Path(snapshot_download(handle))
    else:
        folder = Path(preset)
        if not folder.exists():
            folder = shipped_presets().get(str(preset), folder)
    return folder, folder
