"""The Python in README.md and docs/ runs: the blocks of a page, in order, as one script."""

import re
import textwrap
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[1]
# Nearly every page trains or exports a model.
PAGES = [CHECKOUT / "README.md", *sorted((CHECKOUT / "docs").rglob("*.md"))]
FENCE = re.compile(
    r"""^ [ \t]* (?P<fence> `{3,} | ~{3,} ) [ \t]* (?P<language> [^\n]* ) \n
    (?P<code> .*? )
    ^ [ \t]* (?P=fence)""",
    re.MULTILINE | re.DOTALL | re.VERBOSE,
)


def read_script(page):
    """The Python blocks of a page, each on its own lines, so that a traceback points into it."""
    text = page.read_text(encoding="utf-8")
    lines = []
    for block in FENCE.finditer(text):
        language = block["language"].strip()
        # Written in another way, a block would be left out without a word.
        assert language == "python" or not language.lower().startswith(("py", "{")), language
        if language == "python":
            first_line = text.count("\n", 0, block.start("code"))
            lines += [""] * (first_line - len(lines)) + textwrap.dedent(block["code"]).splitlines()
    return "\n".join(lines)


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(CHECKOUT)))
def test_page(page, tmp_path, monkeypatch):
    script = read_script(page)
    if not script:
        pytest.skip("the page has no Python")
    monkeypatch.chdir(tmp_path)
    exec(compile(script, page, "exec"), {"__name__": "__main__"})


def test_blocks_are_found_at_their_lines(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# Title\n\n```python\na = 1\n```\n\n```bash\nls\n```\n")
    with page.open("a") as file:
        file.write("\n  ```python\n  b = a\n  ```\n")
    assert read_script(page).splitlines() == ["", "", "", "a = 1", *[""] * 7, "b = a"]


@pytest.mark.parametrize("language", ["py", "python3", "Python", "{python}"])
def test_another_name_for_python_is_refused(language, tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"```{language}\nraise ValueError\n```\n")
    with pytest.raises(AssertionError, match=re.escape(language)):
        read_script(page)
