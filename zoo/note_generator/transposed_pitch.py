"""Pitches as events write them: without the sharps and flats of the key signature.

Every piece is written as if it stood in C major or A minor, so that a tone of the scale is the same
event in all twelve keys; the event of the key says how far away it sounds.
"""

from seqzoo.zoo.music.score import HIGHEST, LOWEST, Key

_FURTHEST_DOWN, _FURTHEST_UP = -5, 6

LOWEST_WRITTEN, HIGHEST_WRITTEN = LOWEST - _FURTHEST_UP, HIGHEST - _FURTHEST_DOWN
"""The written pitches of what sounds on the keys of a piano, in any key."""


def semitones_above_written(key: Key | None) -> int:
    """How far a piece sounds above what is written, from -5 to 6 semitones; 0 without a key.

    >>> semitones_above_written(Key(2, False)), semitones_above_written(Key(1, True))
    (2, -5)
    """
    if key is None:
        return 0
    return (7 * key.fifths - _FURTHEST_DOWN) % 12 + _FURTHEST_DOWN
