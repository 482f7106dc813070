"""Checks of untrusted model files, before anything is created from them.

`folders` looks for links and pipes, `json_files` reads configurations, `serialized_objects` finds
the classes and functions that they name, `hdf5_files` lists the arrays of a weights file, and
`archives` checks `.keras` files. All of them raise `ModelFileError`.
"""

from seqzoo.core.errors import SeqzooError


class ModelFileError(SeqzooError, ValueError):
    """A model file is damaged, or contains something that no model file needs."""


def shown(text: str) -> str:
    """Returns a text from a file in a form safe for messages: ASCII, one line, 100 characters."""
    return text.encode("unicode_escape").decode("ascii")[:100]
