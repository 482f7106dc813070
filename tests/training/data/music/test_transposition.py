import music21
import pytest

from seqzoo.training.data.music.pieces import Piece
from seqzoo.training.data.music.transposition import INTERVALS
from seqzoo.zoo.music.reader import from_midi, to_midi
from seqzoo.zoo.music.score import Key, PianoNote, key_of, piano_notes, piano_score


@pytest.mark.parametrize("is_minor", [False, True])
@pytest.mark.parametrize("fifths", [-3, 0, 5])
def test_the_key_moves_with_the_notes(fifths, is_minor):
    notes = [PianoNote(480 * k, pitch, 480 * k + 480, 64) for k, pitch in enumerate((60, 64, 71))]
    piece = Piece("piece", to_midi(piano_score(notes, key=Key(fifths, is_minor))))
    mode = "minor" if is_minor else "major"
    tonic = music21.key.KeySignature(fifths).asKey(mode).tonic.pitchClass
    for interval in INTERVALS:
        moved = from_midi(piece.transposed(interval).midi)
        pitches = [note.pitch for note in piano_notes(moved)]
        assert pitches == [60 + interval, 64 + interval, 71 + interval]
        key = key_of(moved)
        # Signatures of six flats to five sharps name every key once.
        assert -6 <= key.fifths <= 5
        assert key.is_minor == is_minor
        found = music21.key.KeySignature(key.fifths).asKey(mode).tonic.pitchClass
        assert found == (tonic + interval) % 12
