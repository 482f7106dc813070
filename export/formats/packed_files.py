"""Files packed into a TFLite file, such as vocabularies and labels.

A `.tflite` file with a ZIP archive appended is both: the interpreter reads the file from the
start, and archives are read from the end. TFLite's metadata uses the same format, and no library
is needed to read it:

```python
import zipfile

labels = zipfile.ZipFile("tagger.tflite").read("labels.txt").decode().splitlines()
```
"""

import io
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path

# A fixed date, so that equal models make equal files.
_DATE = (1980, 1, 1, 0, 0, 0)


def pack(model: bytes, files: Mapping[str, str | bytes]) -> bytes:
    """Packs files into a TFLite file.

    Args:
        model: The contents of the TFLite file.
        files: Text or bytes by name.

    Returns:
        The contents of the new file.
    """
    if not files:
        return model
    archive = io.BytesIO(model)
    with zipfile.ZipFile(archive, "a") as written:
        for name, contents in files.items():
            written.writestr(zipfile.ZipInfo(name, _DATE), contents, zipfile.ZIP_DEFLATED)
    return archive.getvalue()


def read_packed(path: str | os.PathLike) -> dict[str, bytes]:
    """Reads the files packed into a TFLite file, by name; empty if there are none."""
    if not zipfile.is_zipfile(path):
        return {}
    with zipfile.ZipFile(Path(path)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
