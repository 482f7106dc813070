"""Help texts of arguments, read from docstrings."""

import inspect
import re
from collections.abc import Callable


def argument_help(*functions: Callable) -> dict[str, str]:
    """Reads the description of each argument from the `Args:` sections of docstrings.

    Args:
        functions: Functions or classes with docstrings in Google style. If several describe the
            same argument, the first description is used.

    Returns:
        The description of each argument, by name, on one line.

    >>> def cut(text, size=3):
    ...     \"\"\"Cuts a text.
    ...
    ...     Args:
    ...         text: What to cut.
    ...         size: The length of a piece,
    ...             in characters.
    ...     \"\"\"
    >>> argument_help(cut)["size"]
    'The length of a piece, in characters.'
    """
    found: dict[str, str] = {}
    for function in functions:
        # Python removes docstrings under -OO.
        section = re.search(
            r"^Args:\n(.*?)(?=^\S|\Z)", inspect.getdoc(function) or "", re.DOTALL | re.MULTILINE
        )
        text = section[1] if section else ""
        for names, words in re.findall(
            r"^    (\*{0,2}\w[\w, *]*): (.*(?:\n {5,}.*)*)", text, re.MULTILINE
        ):
            for name in names.split(", "):
                found.setdefault(name.lstrip("*"), " ".join(words.split()))
    return found
