"""Final cadences."""

from collections.abc import Sequence

from seqzoo.zoo.music.score import Key, PianoNote

_MINOR_THIRD, _MAJOR_THIRD, _FIFTH = 3, 4, 7


def ends_on_tonic(notes: Sequence[PianoNote], key: Key) -> bool:
    """Returns whether the last sonority is the tonic chord, with the tonic in the bass.

    The last sonority consists of the notes that sound when the last note begins. It must contain
    only tones of the tonic chord. The third or the fifth may be missing, and a piece in minor may
    end on the major third.

    Args:
        notes: The notes of a piece, at least one.
        key: The key of the piece.
    """
    last = max(note.onset for note in notes)
    sounding = [note.pitch for note in notes if note.end > last]
    tonic = tonic_of(key)
    thirds = {_MINOR_THIRD, _MAJOR_THIRD} if key.is_minor else {_MAJOR_THIRD}
    above_tonic = {(pitch - tonic) % 12 for pitch in sounding}
    one_third = len(above_tonic & thirds) <= 1
    return min(sounding) % 12 == tonic and above_tonic <= {0, _FIFTH} | thirds and one_third


def tonic_of(key: Key) -> int:
    """Returns the pitch class of the tonic, in semitones above C."""
    return (7 * key.fifths + (9 if key.is_minor else 0)) % 12
