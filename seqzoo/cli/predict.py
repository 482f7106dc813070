"""`seqzoo predict`."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from seqzoo.cli.models import load_preset, model_name
from seqzoo.cli.predict_entities import EntityPrinter
from seqzoo.cli.texts import text_batches
from seqzoo.errors import UsageError

_AT_ONCE = 32
"""The most texts that go through the model before the first of them is answered."""

_PRINTERS = {"ner": EntityPrinter}


def run(
    preset: str,
    texts: Sequence[str],
    files: Sequence[Path],
    by_line: bool,
    as_json: bool,
    min_score: float,
) -> None:
    """Prints the answer to every text as soon as it is there."""
    batches = text_batches(texts, files, by_line)
    task = load_preset(preset)
    if model_name(task) not in _PRINTERS:
        raise UsageError(
            f"{preset} is a {model_name(task)}, which predicts nothing of texts: give a preset of "
            f"{', '.join(_PRINTERS)}."
        )
    # JSON is UTF-8 everywhere. A terminal shows what it can.
    sys.stdout.reconfigure(**{"encoding": "utf-8"} if as_json else {"errors": "replace"})
    printer = _PRINTERS[model_name(task)](task, min_score, as_json, Console(highlight=False))
    try:
        for batch in batches:
            for start in range(0, len(batch), _AT_ONCE):
                print(*printer.answers(batch[start : start + _AT_ONCE]), sep="\n", flush=True)
    except BrokenPipeError:
        _leave_output()


def _leave_output():
    """Lets go of a pipe that nobody reads, into which Python would write once more at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
