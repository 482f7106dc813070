"""Progress messages, on standard error so that standard output holds only results."""

import contextlib
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


def note(sentence: str) -> None:
    """Prints a sentence to standard error."""
    Console(stderr=True, highlight=False).print(sentence, markup=False, soft_wrap=True)


@contextlib.contextmanager
def progress_bar(label: str, total: int) -> Iterator[Callable[[], None]]:
    """Shows a progress bar if standard error is a terminal.

    Args:
        label: The text beside the bar.
        total: The number of steps.

    Yields:
        A function that advances the bar by one step.
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
