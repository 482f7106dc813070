"""Files packed into a TFLite file: vocabularies, labels.

A `.tflite` file with a ZIP archive after it is both: the interpreter reads it from the front, an
archive is read from the end. It is what TFLite's metadata does, and needs no library to read:

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

# The date is the same for all, so that equal models make equal files.
_DATE = (1980, 1, 1, 0, 0, 0)


def pack(model: bytes, files: Mapping[str, str | bytes]) -> bytes:
    """A TFLite file with files packed into it.

    Args:
        model: The TFLite file.
        files: Text or bytes by name.
    """
    if not files:
        return model
    archive = io.BytesIO(model)
    with zipfile.ZipFile(archive, "a") as written:
        for name, contents in files.items():
            written.writestr(zipfile.ZipInfo(name, _DATE), contents, zipfile.ZIP_DEFLATED)
    return archive.getvalue()


def read_packed(path: str | os.PathLike) -> dict[str, bytes]:
    """The files packed into a TFLite file, by name; none where there are none."""
    if not zipfile.is_zipfile(path):
        return {}
    with zipfile.ZipFile(Path(path)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
