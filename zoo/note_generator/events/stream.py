"""Incremental reading of events and the notes that they complete."""

from typing import NamedTuple

from seqzoo.zoo.music.score import TICKS_PER_QUARTER
from seqzoo.zoo.note_generator.events.names import (
    PARTS,
    QUARTERS_OF_FIRST_BAR,
    kind_and_value,
    quarters_of_bar,
)

_BAR, _TIME_SIGNATURE, _DURATION, _POSITION = "Bar", "TimeSig", "Duration", "Position"
_HEADER = ("Ensemble", "Key", "Tempo")


class StreamedNote(NamedTuple):
    """A note.

    Attributes:
        onset: Onset in quarter notes from the start of the piece.
        pitch: MIDI number; 60 is middle C.
        duration: Duration in quarter notes.
        part: Name of its track; empty in a score with one track.
    """

    onset: float
    pitch: int
    duration: float
    part: str

    @property
    def end(self) -> float:
        """End in quarter notes from the start of the piece."""
        return self.onset + self.duration


class NoteEvent(NamedTuple):
    """An event.

    Attributes:
        token_id: Its id.
        name: Its name, such as `Piano_60`; pitches as `NoteTokenizer` writes them.
        note: The note that it completes, or `None`.
    """

    token_id: int
    name: str
    note: StreamedNote | None


class NoteReader:
    """Reads events one by one in constant memory, with the results of the tokenizer.

    Args:
        tokenizer: A `NoteTokenizer`.
    """

    def __init__(self, tokenizer):
        self._tokenizer = tokenizer
        self._names = tokenizer.get_vocabulary()
        self._bar_start = 0.0
        self._bar_length = QUARTERS_OF_FIRST_BAR
        self._bars = 0
        # The events that still apply to the next note, by kind, the latest last.
        self._context: dict[str, int] = {}
        self._pitch: int | None = None

    def read(self, token_id: int) -> NoteEvent:
        """Reads a token id; returns its event with the note that it completes."""
        name = self._names[token_id]
        kind, value = kind_and_value(name)
        pitch, self._pitch, note = self._pitch, None, None
        if kind == _BAR:
            self._bar_start += self._bar_length if self._bars else 0.0
            self._bars += 1
            self._context.pop(_POSITION, None)
        elif kind in PARTS:
            self._pitch = token_id
        elif kind == _DURATION:
            note = None if pitch is None else self._note(pitch, token_id)
        elif kind in _HEADER:
            self._context.setdefault(kind, token_id)
        else:
            if kind == _TIME_SIGNATURE:
                self._bar_length = quarters_of_bar(value)
            self._context.pop(kind, None)
            self._context[kind] = token_id
        return NoteEvent(token_id, name, note)

    @property
    def context(self) -> list[int]:
        """Events that restore the current state at the start of a sequence: bar, key and so on."""
        bar = [self._tokenizer.token_to_id(f"{_BAR}_None")] if self._bars else []
        return [*bar, *self._context.values()]

    def _note(self, pitch: int, duration: int) -> StreamedNote | None:
        """Decodes the note in a bar of its own, and shifts it to the current bar."""
        score = self._tokenizer.detokenize([*self.context, pitch, duration])
        for track in score.tracks:
            for note in track.notes:
                return StreamedNote(
                    self._bar_start + note.time / TICKS_PER_QUARTER,
                    note.pitch,
                    note.duration / TICKS_PER_QUARTER,
                    track.name,
                )
        return None
