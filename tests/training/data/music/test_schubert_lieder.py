"""The songs of the OpenScore Lieder Corpus, where they are at hand."""

import os
from pathlib import Path

import pytest

from seqzoo.core.errors import SeqzooError
from seqzoo.training.data.music.scores import SCORE_SETS
from seqzoo.training.datasets.schubert_lieder.schubert_lieder_dataset_builder import Builder
from seqzoo.zoo.music.reader import from_midi
from seqzoo.zoo.music.score import song_parts

SONGS = Path(os.environ.get("SEQZOO_DATA", ""), "schubert-lieder")


@pytest.mark.slow
@pytest.mark.skipif(not SONGS.is_dir(), reason="no songs in SEQZOO_DATA")
def test_songs_have_a_voice_and_a_piano():
    splits = SCORE_SETS.load("schubert-lieder")
    assert [len(split) for split in (splits.train, splits.validation, splits.test)] == [64, 8, 8]
    names = [piece.name for piece in splits.train + splits.validation + splits.test]
    assert len(set(names)) == 80
    songs = [song_parts(from_midi(piece.midi)) for piece in splits.validation + splits.test]
    assert all(song.piano and song.voice for song in songs)
    for song in songs:
        # Of tenors and sopranos; a wrong split, or a wrong octave, lies elsewhere.
        assert min(note.pitch for note in song.voice) >= 45
        assert max(note.pitch for note in song.voice) <= 84


def test_what_is_missing_is_said(tmp_path, monkeypatch):
    (tmp_path / "schubert-lieder").mkdir()
    monkeypatch.setenv("SEQZOO_DATA", str(tmp_path))
    with pytest.raises(SeqzooError, match=r"lacks 80 of 80 songs"):
        Builder(data_dir=tmp_path / "prepared").download_and_prepare()
