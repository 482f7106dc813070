"""Conversion between piano rolls and scores."""

import numpy as np
import symusic

from seqzoo.zoo.music.frames import KEYS, LOWEST
from seqzoo.zoo.music.score import TICKS_PER_QUARTER, PianoNote, piano_notes, piano_score

_VELOCITY = 64


def ticks_of(frames: int, quarters: float) -> int:
    """Returns the start of a frame in ticks.

    Args:
        frames: The number of frames before it.
        quarters: The length of a frame in quarter notes.
    """
    return round(frames * quarters * TICKS_PER_QUARTER)


def roll_score(roll: np.ndarray, quarters: float = 1.0, name: str = "") -> symusic.Score:
    """Converts a piano roll to a score; a key that sounds in consecutive frames is one note.

    Args:
        roll: Zeros and ones, `(frames, keys)`; the first key is the lowest of a piano.
        quarters: The length of a frame in quarter notes. Defaults to 1.
        name: The name of the score. Defaults to `""`.

    Raises:
        ScoreError: If the roll is longer than 100,000 quarter notes.
    """
    silence = np.zeros((1, roll.shape[1]), "int8")
    changes = np.diff(np.concatenate([silence, np.asarray(roll, "int8"), silence]), axis=0)
    notes = []
    for key in range(roll.shape[1]):
        onsets, ends = (np.flatnonzero(changes[:, key] == change) for change in (1, -1))
        for onset, end in zip(onsets.tolist(), ends.tolist(), strict=True):
            ticks = (ticks_of(onset, quarters), ticks_of(end, quarters))
            notes.append(PianoNote(ticks[0], LOWEST + key, ticks[1], _VELOCITY))
    return piano_score(notes, name=name)


def score_roll(score: symusic.Score, quarters: float = 1.0) -> np.ndarray:
    """Converts a score to a piano roll: the keys that sound at the start of each frame.

    Args:
        score: The score.
        quarters: The length of a frame in quarter notes. Defaults to 1.

    Returns:
        uint8 `(frames, 88)`; notes outside the range of a piano are left out.
    """
    notes = [note for note in piano_notes(score) if 0 <= note.pitch - LOWEST < KEYS]
    end = max((note.end for note in notes), default=0)
    starts = np.arange(0, end, quarters * TICKS_PER_QUARTER)
    roll = np.zeros((len(starts), KEYS), "uint8")
    for note in notes:
        roll[(note.onset <= starts) & (starts < note.end), note.pitch - LOWEST] = 1
    return roll
