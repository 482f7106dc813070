"""Sanitization of untrusted text for terminals.

rich strips five control codes, but not escape sequences and bidirectional controls.
"""

import re

from rich.console import RenderableType
from rich.segment import Segment

# C0 and C1 controls except tab and line feed, Unicode line separators, and bidirectional
# controls.
_CONTROLS = re.compile(
    "\r\n|[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]",
)
_DELETE = "\x7f"


def without_controls(text: str) -> str:
    r"""Replaces every control character of a text by its control picture, or by U+FFFD.

    Tabs and line ends stay; line ends become `\n`.

    >>> without_controls("Ana\x1b[31m\r\nmora\x07")
    'Ana␛[31m\nmora␇'
    """
    return _CONTROLS.sub(_shown, text)


def escaped_controls(json_text: str) -> str:
    r"""Escapes the control characters in JSON that JSON permits, as `\uXXXX`.

    >>> escaped_controls('"\x9b31m"')
    '"\\u009b31m"'
    """
    return _CONTROLS.sub(lambda match: f"\\u{ord(match[0]):04x}", json_text)


class WithoutControls:
    r"""A rich renderable with the control characters of its texts replaced.

    Colors, which rich itself writes as control characters, stay.

    >>> from rich.console import Console
    >>> Console().print(WithoutControls("Ana\x1b[31m"))
    Ana␛[31m

    Args:
        shown: The renderable.
    """

    def __init__(self, shown: RenderableType):
        self._shown = shown

    def __rich_console__(self, console, options):
        for text, style, control in console.render(self._shown, options):
            yield Segment(text if control else without_controls(text), style, control)


def _shown(match):
    found = match[0]
    if found == "\r\n":
        return "\n"
    if found == _DELETE:
        return "␡"
    # Unicode has control pictures for the C0 controls, in the same order.
    return chr(0x2400 + ord(found)) if found < " " else "\ufffd"
