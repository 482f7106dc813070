import random

import numpy as np
import pytest
import symusic
import tensorflow as tf

from seqzoo.zoo.music.reader import to_midi
from seqzoo.zoo.music.score import (
    TICKS_PER_QUARTER,
    PianoNote,
    bars,
    piano_notes,
    song_parts,
    without_overlaps,
)
from seqzoo.zoo.note_generator import NoteTokenizer, read_score
from seqzoo.zoo.note_generator.events.notes import EventNotes
from tests.zoo.music.scores import corpus_path, piano

tokenizer = NoteTokenizer()


@pytest.fixture(scope="module")
def notes_of():
    notes = EventNotes(tokenizer)
    return tf.function(
        notes, input_signature=[tf.TensorSpec([None, None], tf.int32)], autograph=False
    )


def rows(answer, row=0):
    """The notes of a row as (part, pitch, onset, duration), times in ticks."""
    count = answer["count"][row]
    columns = [
        np.rint(answer[name][row, :count].numpy() * scale).astype(int).tolist()
        for name, scale in (("part", 1), ("onset", TICKS_PER_QUARTER), ("pitch", 1))
    ]
    durations = np.rint(answer["duration"][row, :count].numpy() * TICKS_PER_QUARTER).astype(int)
    notes = list(zip(*columns, durations.tolist(), strict=True))
    # A reduction cuts the notes that still sound when their pitch starts again.
    return sorted(
        (part, note.pitch, note.onset, note.end - note.onset)
        for part in (0, 1)
        for note in without_overlaps(
            PianoNote(onset, pitch, onset + duration, 80)
            for number, onset, pitch, duration in notes
            if number == part
        )
    )


def expected(score):
    """The same by the tokenizer."""
    return sorted(
        (part, note.pitch, note.onset, note.end - note.onset)
        for part, notes in zip((1, 0), song_parts(score), strict=True)
        for note in notes
    )


def random_song(seed):
    rng = random.Random(seed)
    beats = [
        (rng.randrange(200) / 12, rng.randint(40, 80), rng.randint(1, 36) / 12) for _ in range(40)
    ]
    score = piano(
        *beats, time_signature=rng.choice([(3, 4), (6, 8), (2, 2), (9, 16), (5, 4)]), qpm=76
    )
    score.key_signatures.append(symusic.KeySignature(0, rng.randint(-7, 7), rng.randrange(2)))
    voice = symusic.Track(name="Voice", program=52)
    for index in range(rng.randint(0, 12)):
        voice.notes.append(symusic.Note(960 * index + 40 * rng.randrange(12), 400, 70, 80))
    score.tracks.append(voice)
    return score


@pytest.mark.parametrize("seed", range(20))
def test_they_are_those_of_the_tokenizer(seed, notes_of):
    token_ids = np.asarray(tokenizer(to_midi(random_song(seed))))
    answer = notes_of(token_ids[None])
    assert rows(answer) == expected(tokenizer.detokenize(token_ids))
    assert answer["tempo"].numpy() == [76]


@pytest.mark.parametrize("seed", range(8))
def test_bars_are_those_of_the_score(seed, notes_of):
    score = random_song(seed)
    # A change of time signature at the beginning of the third bar.
    second = bars(score)[2].start
    score.time_signatures.append(symusic.TimeSignature(second, 5, 8))
    token_ids = np.asarray(tokenizer(to_midi(score)))
    answer = notes_of(np.pad(token_ids, [0, 3])[None])
    again = tokenizer.detokenize(token_ids)
    # In the last bars of a score notes may only sound on; those are not written.
    last = max(note.onset for note in piano_notes(again))
    starts = [bar.start / TICKS_PER_QUARTER for bar in bars(again) if bar.start <= last]
    assert answer["bar_count"].numpy() == [len(starts)]
    np.testing.assert_allclose(answer["bar"].numpy()[0], starts)


def test_a_song_by_schubert(notes_of):
    token_ids = np.asarray(tokenizer(to_midi(read_score(corpus_path("schubert/Lindenbaum")))))
    assert rows(notes_of(token_ids[None])) == expected(tokenizer.detokenize(token_ids))


def test_rows_of_a_batch_do_not_meet(notes_of):
    songs = [np.asarray(tokenizer(to_midi(random_song(seed)))) for seed in (1, 2)]
    batch = np.zeros((3, max(map(len, songs)) + 5), "int32")
    for row, song in enumerate(songs):
        batch[row, : len(song)] = song
    answer = notes_of(batch)
    for row, song in enumerate(songs):
        assert rows(answer, row) == rows(notes_of(song[None]))
    assert answer["count"].numpy()[2] == answer["bar_count"].numpy()[2] == 0
    assert answer["tempo"].numpy()[2] == 120


@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (2, 0), (1, 1)])
def test_nothing(shape, notes_of):
    answer = notes_of(np.zeros(shape, "int32"))
    assert answer["onset"].shape == (shape[0], 0)
    assert answer["count"].shape == answer["tempo"].shape == shape[:1]


def test_pitches_without_a_duration_are_skipped(notes_of):
    names = ["Bar_None", "Piano_60", "Piano_64", "Duration_1.0.12", "Duration_2.0.12", "Voice_70"]
    token_ids = [[tokenizer.token_to_id(name) for name in names]]
    assert rows(notes_of(np.array(token_ids, "int32"))) == [(1, 64, 0, 480)]


def test_before_a_part_is_named_the_piano_plays(notes_of):
    names = ["Bar_None", "TimeSig_3/4", "Position_12", "Piano_60", "Duration_1.0.12"]
    ids = [tokenizer.token_to_id(name) for name in names]
    note = (1, 60, 480, 480)
    assert rows(notes_of(np.array([ids], "int32"))) == [note]
    assert expected(tokenizer.detokenize(ids)) == [note]
