"""The page of the server: an HTML document, its styles and its scripts."""

import re
from importlib.resources import files

_STYLE = re.compile(r'<link rel="stylesheet" href="([\w./]+)">')
_SCRIPT = re.compile(r'<script src="([\w./]+)"></script>')


def read_page() -> str:
    """Reads the page as one document, so that its security policy can forbid loading others.

    Returns:
        HTML with all styles and scripts inlined.
    """
    page = _STYLE.sub(lambda link: f"<style>\n{_read(link[1])}</style>", _read("page.html"))
    return _SCRIPT.sub(lambda script: f"<script>\n{_read(script[1])}</script>", page)


def _read(name):
    return files(__package__).joinpath(name).read_text("utf-8")
