"""Notes on standard output, as they are made."""

import os
import sys
from collections.abc import Iterable

from seqzoo.zoo.note_generator.note_stream import NoteEvent

_NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")


def print_notes(events: Iterable[NoteEvent]) -> None:
    """Prints a note a line: onset and duration in quarter notes, and the pitch.

    Whoever reads may stop: `seqzoo generate ... --stream --endless | head`.
    """
    try:
        for event in events:
            if event.note is not None:
                onset, pitch, duration, part = event.note
                name = f"{_NAMES[pitch % 12]}{pitch // 12 - 1}"
                line = f"{onset:9.3f}  {name:<4}{duration:7.3f}  {part}"
                print(line.rstrip(), flush=True)
    except BrokenPipeError:
        # Python would flush standard output once more when it ends, and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
