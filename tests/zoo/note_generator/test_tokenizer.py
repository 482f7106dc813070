import numpy as np
import pytest
import symusic

from seqzoo.zoo.music.reader import to_midi
from seqzoo.zoo.music.score import key_of, song_parts
from seqzoo.zoo.note_generator import Conditions, NoteGenerator, NoteTokenizer
from tests.zoo.music.scores import QUARTER, heard, piano, time_signatures


def song():
    """A voice over a piano, with a unison at the start."""
    score = piano((0, 48, 2), (0, 60, 1), (1, 64, 1), (2, 55, 1), time_signature=(3, 4), qpm=76)
    voice = symusic.Track(name="Voice", program=52)
    for onset, pitch in [(0, 60), (2, 67)]:
        voice.notes.append(symusic.Note(onset * QUARTER, QUARTER, pitch, 80))
    score.tracks.append(voice)
    score.key_signatures.append(symusic.KeySignature(0, 0, 0))
    return score


def events(score):
    tokenizer = NoteTokenizer()
    vocabulary = tokenizer.get_vocabulary()
    return [vocabulary[i] for i in np.asarray(tokenizer(to_midi(score)))]


def test_events_of_a_song():
    assert events(song()) == [
        *("Ensemble_VoiceAndPiano", "Key_C-major", "Tempo_76"),
        *("Bar_None", "TimeSig_3/4", "Position_0"),
        *("Voice_60", "Duration_1.0.12"),
        *("Piano_48", "Duration_2.0.12", "Piano_60", "Duration_1.0.12"),
        *("Position_12", "Piano_64", "Duration_1.0.12"),
        *("Position_24", "Voice_67", "Duration_1.0.12"),
        *("Piano_55", "Duration_1.0.12"),
    ]


def test_a_song_comes_back():
    tokenizer = NoteTokenizer()
    again = tokenizer.detokenize(np.asarray(tokenizer(to_midi(song()))))
    for part, expected in zip(song_parts(again), song_parts(song()), strict=True):
        assert [note[:3] for note in part] == [note[:3] for note in expected]
    assert key_of(again) == key_of(song())
    assert again.tempos[0].qpm == pytest.approx(76)
    assert [(m.numerator, m.denominator) for m in again.time_signatures] == [(3, 4)]


def test_piano_alone_has_no_voice():
    names = events(piano((0, 60, 1), (1, 62, 1)))
    assert names[0] == "Ensemble_Piano"
    assert not any(name.startswith("Voice") for name in names)


def test_events_out_of_place_are_skipped():
    tokenizer = NoteTokenizer()
    ids = [
        tokenizer.token_to_id(name)
        for name in ("Key_G-major", "Piano_60", "Key_C-minor", "Bar_None")
    ]
    score = tokenizer.detokenize(ids)
    assert heard(score) == []
    assert key_of(score) == (1, False)


@pytest.mark.parametrize("names", [[], ["Ensemble_Piano"], ["Key_G-major", "Tempo_60"]])
def test_no_music_is_an_empty_score(names):
    tokenizer = NoteTokenizer()
    score = tokenizer.detokenize([tokenizer.token_to_id(name) for name in names])
    assert heard(score) == []
    assert time_signatures(score) == [(0, "4/4")]


class TestConditions:
    @pytest.fixture(scope="class")
    def generator(self):
        return NoteGenerator.from_examples(embedding_dim=4, units=4, num_layers=1)

    def test_a_piece_begins_as_it_is_told(self, generator):
        conditions = Conditions(key="F minor", tempo=150, time_signature="6/8", voice=False)
        score = generator.generate(conditions, max_length=64)
        assert key_of(score) == (-4, True)
        assert score.tempos[0].qpm == pytest.approx(150, rel=1e-4)

    @pytest.mark.parametrize("max_length", [2, 4, 6])
    def test_few_events_are_no_music_yet(self, generator, max_length):
        assert heard(generator.generate(None, max_length=max_length)) == []

    def test_several(self, generator):
        keys = ["G major", "B minor"]
        scores = generator.generate([Conditions(key=key) for key in keys], max_length=12)
        assert [key_of(score) for score in scores] == [(1, False), (2, True)]

    def test_they_are_no_pieces_to_learn_from(self, generator):
        with pytest.raises(TypeError, match="Conditions"):
            generator.fit([Conditions()], verbose=0)
        with pytest.raises(TypeError, match="Conditions"):
            generator.score([Conditions()])

    def test_a_time_signature_that_the_model_does_not_know(self, generator):
        with pytest.raises(ValueError, match=r"time signature '13/8'.*4/4"):
            generator.generate(Conditions(time_signature="13/8"), max_length=12)


@pytest.mark.parametrize(
    ("time_signature", "written"), [((2, 2), "4/4"), ((3, 2), "6/4"), ((6, 8), "6/8")]
)
def test_sixteenths_are_exact_in_every_time_signature(time_signature, written):
    notes = [(index / 4, 60 + index % 5, 0.25) for index in range(24)]
    score = piano(*notes, time_signature=time_signature)
    assert f"TimeSig_{written}" in events(score)
    tokenizer = NoteTokenizer()
    assert heard(tokenizer.detokenize(np.asarray(tokenizer(to_midi(score))))) == notes
