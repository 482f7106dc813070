import keras
import keras_nlp
import numpy as np
import pytest
import symusic
import tensorflow as tf

from seqzoo.zoo.music.score import Key, key_of, song_parts
from seqzoo.zoo.note_generator import NoteGenerator, NoteTokenizer, ScoreError
from seqzoo.zoo.note_generator.composing.harmonize import harmonise
from seqzoo.zoo.note_generator.events.transposed_pitch import semitones_above_written
from tests.zoo.music.scores import QUARTER, piano, time_signatures

MELODY = [(0.5, 60, 0.5), (1, 64, 1), (3, 67, 2), (6, 72, 1), (10, 71, 0.25), (11, 60, 1)]


@pytest.fixture(scope="module")
def task():
    keras.utils.set_random_seed(3)
    return NoteGenerator.from_examples(embedding_dim=8, units=8, num_layers=1)


def sung(score):
    return [
        (note.onset / QUARTER, note.pitch, (note.end - note.onset) / QUARTER)
        for note in song_parts(score).voice
    ]


@pytest.mark.parametrize("seed", range(8))
def test_the_voice_is_kept_whatever_is_drawn(task, seed):
    task.compile(sampler=keras_nlp.samplers.RandomSampler(seed=seed, temperature=1.5))
    melody = piano(*MELODY, time_signature=(3, 4), qpm=96)
    melody.key_signatures.append(symusic.KeySignature(0, 0, 0))
    song = harmonise(task, melody)
    assert sung(song) == MELODY
    assert time_signatures(song) == [(0, "3/4")]
    assert key_of(song) == (0, False)
    accompaniment = song_parts(song).piano
    assert accompaniment
    # Nothing begins after the last bar of the voice.
    assert max(note.onset for note in accompaniment) < 12 * QUARTER


def test_a_piano_that_is_there_is_not_heard(task):
    def song(*accompaniment):
        score = piano(*accompaniment, time_signature=(3, 4), qpm=96)
        voice = symusic.Track(name="Voice", program=52)
        for onset, pitch, duration in MELODY:
            voice.notes.append(
                symusic.Note(round(onset * QUARTER), round(duration * QUARTER), pitch, 80)
            )
        score.tracks.append(voice)
        score.key_signatures.append(symusic.KeySignature(0, 0, 0))
        return score

    found = []
    for given in (song((0, 48, 12)), song((0, 36, 3), (4, 50, 8))):
        task.compile(sampler=keras_nlp.samplers.RandomSampler(seed=1))
        found.append(harmonise(task, given))
    assert song_parts(found[0]) == song_parts(found[1])
    assert sung(found[0]) == MELODY


def leading_notes(task):
    """Replaces the network by one that plays C or D, and expects the same of the voice on a beat.

    The state holds the latest piano note.
    """
    names = task.preprocessor.tokenizer.get_vocabulary()
    likely = ("Piano_48", "Piano_50", "Duration_1.0.12", "Position", "Bar", "EOS")
    logits = np.array([0.0 if name.startswith(likely) else -9.0 for name in names], "float32")
    expected = np.zeros((len(names), len(names)), "float32")
    for bass in (48, 50):
        expected[names.index(f"Piano_{bass}"), names.index(f"Voice_{bass + 12}")] = 12
    is_piano = np.array([name.startswith("Piano") for name in names])
    beats = [f"Position_{position}" for position in range(0, 48, 12)]
    is_beat = np.array([[name in beats] for name in names], "float32")

    def next_logits(token_ids, states):
        latest = tf.cast(states[:, 0, 0, 0], tf.int32)
        latest = tf.where(tf.gather(is_piano, token_ids), token_ids, latest)
        states = tf.ones_like(states) * tf.cast(latest, tf.float32)[:, None, None, None]
        expects = tf.gather(is_beat, token_ids) * tf.gather(expected, latest)
        return task.mask_transitions(logits + expects, token_ids), states

    return next_logits


def test_the_piano_leads_to_what_the_voice_will_sing(task, monkeypatch):
    monkeypatch.setattr(task, "next_logits", leading_notes(task))
    pitches = [60, 62, 62, 60, 62, 60, 60, 62] * 6
    melody = piano(*((index, pitch, 1) for index, pitch in enumerate(pitches)))
    melody.key_signatures.append(symusic.KeySignature(0, 0, 0))
    shares = {}
    for candidates in (1, 32):
        task.compile(sampler=keras_nlp.samplers.RandomSampler(seed=2))
        notes = song_parts(harmonise(task, melody, candidates)).piano
        led = [
            [note.pitch for note in notes if note.onset < index * QUARTER][-1:] == [pitch - 12]
            for index, pitch in enumerate(pitches)
            if index
        ]
        shares[candidates] = np.mean(led)
    assert shares[1] < 0.7
    assert shares[32] > 0.9


def test_a_seed_gives_a_song(task):
    songs = []
    for seed in (5, 5, 6):
        task.compile(sampler=keras_nlp.samplers.RandomSampler(seed=seed))
        songs.append(song_parts(harmonise(task, piano(*MELODY))).piano)
    assert songs[0] == songs[1] != songs[2]


@pytest.mark.parametrize("candidates", [0, -1, 1.5, True])
def test_other_numbers_of_candidates_are_refused(task, candidates):
    with pytest.raises(ValueError, match="candidates"):
        harmonise(task, piano(*MELODY), candidates)


def test_chords_are_no_melody(task):
    with pytest.raises(ScoreError, match="no voice and more than one line"):
        harmonise(task, piano((0, 60, 1), (0, 64, 1)))


def test_beam_search_is_refused(task):
    task.compile(sampler=keras_nlp.samplers.BeamSampler(num_beams=2))
    with pytest.raises(ValueError, match="BeamSampler"):
        harmonise(task, piano(*MELODY))


def test_key_tempo_time_signature_and_long_notes_of_the_melody_are_kept(task):
    """Events know no F sharp major, no 100 quarter notes a minute, no 13/8, no note of 20 beats."""
    melody = piano((0, 66, 20), (20.5, 70, 5.5), time_signature=(13, 8), qpm=100)
    melody.key_signatures.append(symusic.KeySignature(0, 6, 0))
    task.compile(sampler=keras_nlp.samplers.RandomSampler(seed=2))
    song = harmonise(task, melody)
    assert sung(song) == [(0, 66, 20), (20.5, 70, 5.5)]
    assert key_of(song) == (6, False)
    assert [tempo.qpm for tempo in song.tempos] == [pytest.approx(100)]
    assert time_signatures(song) == [(0, "13/8")]
    assert song_parts(song).piano


@pytest.mark.parametrize("fifths", [-5, 1, 6])
def test_all_that_the_piano_plays_can_be_heard(task, fifths, monkeypatch):
    """No event is a pitch that lies beyond the keys in the key of the song."""
    written = []
    decode = NoteTokenizer.detokenize
    monkeypatch.setattr(
        NoteTokenizer, "detokenize", lambda *args: written.extend(args[1]) or decode(*args)
    )
    melody = piano(*((index, 60, 1) for index in range(24)))
    melody.key_signatures.append(symusic.KeySignature(0, fifths, 0))
    task.compile(sampler=keras_nlp.samplers.RandomSampler(seed=fifths, temperature=2.0))
    harmonise(task, melody)
    names = [NoteTokenizer().id_to_token(token_id) for token_id in written]
    pitches = [
        int(name.removeprefix("Piano_")) + semitones_above_written(Key(fifths, False))
        for name in names
        if name.startswith("Piano_")
    ]
    assert len(pitches) > 50
    assert 21 <= min(pitches) <= max(pitches) <= 108
