"""Help on arguments, read from docstrings."""

import inspect
import re
from collections.abc import Callable


def argument_help(*functions: Callable) -> dict[str, str]:
    """What the section `Args:` of docstrings says of each argument, on one line.

    Args:
        functions: Functions or classes, with docstrings in Google's style. Where several name an
            argument, the first one's words are taken.

    Returns:
        The words by the argument's name.

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
        # Python leaves docstrings out under -OO.
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
