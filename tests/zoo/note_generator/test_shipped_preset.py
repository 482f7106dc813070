"""The trained composer that ships."""

import keras_nlp
import pytest

from seqzoo.training.data.music.scores import SCORE_SETS
from seqzoo.zoo import NoteGenerator, shipped_presets
from seqzoo.zoo.music.score import key_of, piano_notes, song_parts
from seqzoo.zoo.note_generator import Conditions

G_MAJOR = {0, 2, 4, 6, 7, 9, 11}


@pytest.fixture(scope="module")
def composer():
    return NoteGenerator.from_preset("schubert")


def test_it_keeps_a_key_and_has_both_parts(composer):
    composer.compile(sampler=keras_nlp.samplers.TopPSampler(p=0.95, temperature=0.9, seed=1))
    conditions = Conditions(key="G major", time_signature="3/4", tempo=96)
    songs = composer.generate([conditions] * 8, max_length=256)
    notes = [note for song in songs for note in piano_notes(song)]
    in_scale = [note.pitch % 12 in G_MAJOR for note in notes]
    # Of the notes of real songs nine in ten are in their scale; by chance it would be 58 %.
    assert sum(in_scale) > 0.75 * len(notes)
    assert all(key_of(song) == (1, False) for song in songs)
    assert any(song_parts(song).voice for song in songs)


def test_a_song_by_schubert_is_no_surprise(composer):
    score = composer.score([SCORE_SETS.load_all(["schubert-lindenbaum"]).train[0].midi])
    assert -score["log_probability"].sum() / score["length"].sum() < 2.5


def test_it_is_small_and_has_a_card():
    folder = shipped_presets()["schubert"]
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) < 10e6
    card = (folder / "README.md").read_text("utf-8")
    assert "CC0" in card
    assert "Limits" in card
