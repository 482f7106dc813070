"""What is asked of scores, as it is sent to another process."""

from collections.abc import Mapping
from typing import Any, NamedTuple


class ScoreFile(NamedTuple):
    """An uploaded score: the name of the file, its content, and the number of bars to keep."""

    name: str
    content: bytes
    bars: int | None


class PlayedNote(NamedTuple):
    """A note: onset and duration in quarter notes, and the MIDI number of the pitch."""

    onset: float
    duration: float
    pitch: int


class PromptRequest(NamedTuple):
    """Asks for the tokens of a prompt.

    Attributes:
        vocabulary: The names of the tokens of the model.
        conditions: The conditions of a new piece, and of notes that were played.
        file: An uploaded score, in place of the conditions.
        notes: The notes that were played; they begin a new piece.
    """

    vocabulary: tuple[str, ...]
    conditions: Mapping[str, Any]
    file: ScoreFile | None
    notes: tuple[PlayedNote, ...]


class ScoreRequest(NamedTuple):
    """Asks for the score of tokens.

    Attributes:
        vocabulary: The names of the tokens of the model.
        token_ids: The tokens.
        bars: The number of bars, at whose end notes are cut. Defaults to all.
        tempo: Quarter notes per minute. Defaults to the tempo of the tokens.
        title: The title. Defaults to the kind and the key of the piece.
    """

    vocabulary: tuple[str, ...]
    token_ids: tuple[int, ...]
    bars: int | None
    tempo: float | None
    title: str
