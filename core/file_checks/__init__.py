"""Checks of files that come from a stranger, before anything is made of them.

`folders` looks for links and pipes, `json_files` reads configurations, `serialized_objects` finds
the classes and functions that they name, `hdf5_files` lists the arrays of a file of weights,
`archives` looks into `.keras` files. What they refuse, they refuse by a `ModelFileError`.
"""

from seqzoo.core.errors import SeqzooError


class ModelFileError(SeqzooError, ValueError):
    """A file of a model that is damaged, or that does what no such file needs to do."""


def shown(text: str) -> str:
    """A text out of a file as it can stand in a message: on one line, and not long."""
    return text.encode("unicode_escape").decode("ascii")[:100]
