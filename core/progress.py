"""Progress messages.

All of it goes to standard error, so that standard output stays for results.
"""

import contextlib
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


def note(sentence: str) -> None:
    """Says a sentence."""
    Console(stderr=True, highlight=False).print(sentence, markup=False, soft_wrap=True)


@contextlib.contextmanager
def progress_bar(label: str, total: int) -> Iterator[Callable[[], None]]:
    """A bar that moves when the function it gives is called; only where there is a terminal.

    Args:
        label: What is being done.
        total: How many calls fill the bar.
    """
    console = Console(stderr=True)
    bar = Progress(
        TextColumn(label),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    with bar:
        row = bar.add_task(label, total=total)

        def advance() -> None:
            bar.advance(row)

        yield advance
