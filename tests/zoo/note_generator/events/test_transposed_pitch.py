import numpy as np
import pytest
import symusic

from seqzoo.training.data.music.pieces import Piece
from seqzoo.training.data.music.transposition import INTERVALS
from seqzoo.zoo.music.reader import to_midi
from seqzoo.zoo.music.score import HIGHEST, LOWEST, Key
from seqzoo.zoo.note_generator import NoteTokenizer, read_score
from seqzoo.zoo.note_generator.events.transposed_pitch import semitones_above_written
from tests.zoo.music.scores import corpus_path, heard, piano

tokenizer = NoteTokenizer()


def token_ids(score):
    return np.asarray(tokenizer(to_midi(score)))


def in_key(score, fifths, is_minor=False):
    score.key_signatures = [symusic.KeySignature(0, fifths, int(is_minor))]
    return score


@pytest.mark.parametrize("fifths", range(-7, 8))
def test_the_tonic_is_written_as_c(fifths):
    tonic = 7 * fifths % 12
    assert (tonic - semitones_above_written(Key(fifths, False))) % 12 == 0
    assert -5 <= semitones_above_written(Key(fifths, True)) <= 6


def test_without_a_key_it_sounds_as_it_is_written():
    assert semitones_above_written(None) == 0


def test_a_scale_in_another_key():
    # D harmonic minor is written as A harmonic minor.
    score = in_key(piano(*[(i, pitch, 1) for i, pitch in enumerate([62, 64, 65, 73])]), -1, True)
    names = [tokenizer.id_to_token(i) for i in token_ids(score)]
    written = [name for name in names if name.startswith("Piano_")]
    assert written == ["Piano_57", "Piano_59", "Piano_60", "Piano_68"]


@pytest.mark.parametrize("interval", INTERVALS)
def test_a_piece_has_the_same_events_in_every_key_but_for_the_key(interval):
    score = read_score(corpus_path("bach/bwv66.6"))
    names = [[tokenizer.id_to_token(i) for i in token_ids(score)]]
    piece = Piece("piece", to_midi(score)).transposed(interval)
    names.append([tokenizer.id_to_token(i) for i in np.asarray(tokenizer(piece.midi))])
    keys, tones = [], []
    for each in names:
        keys.append([name for name in each if name.startswith("Key_")])
        # By as much as an octave, where it is nearer in the other direction.
        tones.append(
            [
                f"{int(name[6:]) % 12}" if name.startswith("Piano_") else name
                for name in each
                if not name.startswith("Key_")
            ]
        )
    assert tones[0] == tones[1]
    assert (keys[0] == keys[1]) == (interval == 0)


@pytest.mark.parametrize("fifths", range(-6, 6))
def test_the_whole_keyboard_comes_back_and_nothing_beyond_it(fifths):
    keys = range(LOWEST, HIGHEST + 1)
    beyond = [(0, LOWEST - 1, 1), (1, HIGHEST + 1, 1)]
    notes = [(index, pitch, 1) for index, pitch in enumerate(keys)]
    score = in_key(piano(*beyond, *notes), fifths)
    assert heard(tokenizer.detokenize(token_ids(score))) == [
        (float(onset), pitch, 1.0) for onset, pitch, _ in notes
    ]


def test_written_pitches_that_no_key_of_a_piano_sounds_are_left_out():
    names = ["Key_C-major", "Bar_None", "TimeSig_4/4", "Position_0", "Voice_15", "Duration_1.0.12"]
    score = tokenizer.detokenize([tokenizer.token_to_id(name) for name in names])
    assert heard(score) == []
