"""Transposition of event pitches to C major or A minor.

Every piece is written in C major or A minor, so that a scale degree is the same event in all twelve
keys. The key event determines the interval to the sounding pitch.
"""

from seqzoo.zoo.music.score import HIGHEST, LOWEST, Key

_FURTHEST_DOWN, _FURTHEST_UP = -5, 6

LOWEST_WRITTEN, HIGHEST_WRITTEN = LOWEST - _FURTHEST_UP, HIGHEST - _FURTHEST_DOWN
"""Range of the written pitches of piano notes, over all keys."""


def semitones_above_written(key: Key | None) -> int:
    """Returns the semitones from written to sounding pitch, -5 to 6; 0 without a key.

    >>> semitones_above_written(Key(2, False)), semitones_above_written(Key(1, True))
    (2, -5)
    """
    if key is None:
        return 0
    return (7 * key.fifths - _FURTHEST_DOWN) % 12 + _FURTHEST_DOWN
