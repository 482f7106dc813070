"""Streaming of notes to standard output."""

from collections.abc import Iterable

from seqzoo.cli.broken_pipe import leave_output
from seqzoo.zoo.note_generator.events.stream import NoteEvent

_NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")


def print_notes(events: Iterable[NoteEvent]) -> None:
    """Prints one note per line: onset and duration in quarter notes, and the pitch.

    The reader may close the pipe: `seqzoo generate ... --stream --endless | head`.
    """
    try:
        for event in events:
            if event.note is not None:
                onset, pitch, duration, part = event.note
                name = f"{_NAMES[pitch % 12]}{pitch // 12 - 1}"
                line = f"{onset:9.3f}  {name:<4}{duration:7.3f}  {part}"
                print(line.rstrip(), flush=True)
    except BrokenPipeError:
        leave_output()
