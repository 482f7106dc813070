import shutil

import numpy as np
import pytest

from seqzoo.training.data.music.pieces import Piece, read_pieces, split_by_piece
from seqzoo.training.data.music.scores import SCORE_SETS
from seqzoo.zoo.music.reader import ScoreError, from_midi
from tests.contracts.model_cases import melody


def piece(pitches, name="p"):
    return Piece(name, melody(pitches).dumps_midi())


def pitches_of(piece):
    return [note.pitch for note in from_midi(piece.midi).tracks[0].notes]


def many_pieces():
    return [piece([40 + i, 41 + 2 * i % 17, 60, 50 + i * i % 23], f"p{i}") for i in range(40)]


def test_every_piece_is_in_one_split():
    splits = split_by_piece(many_pieces())
    names = [p.name for split in (splits.train, splits.validation, splits.test) for p in split]
    assert sorted(names) == sorted(p.name for p in many_pieces())
    assert (len(splits.train), len(splits.validation), len(splits.test)) == (32, 4, 4)


def test_the_split_depends_on_the_music_only():
    def test_music(pieces):
        return {p.midi for p in split_by_piece(pieces).test}

    renamed = [Piece(f"other {i}", p.midi) for i, p in enumerate(reversed(many_pieces()))]
    assert test_music(many_pieces()) == test_music(renamed)


def test_copies_in_other_keys_stay_together():
    pieces = many_pieces()
    splits = split_by_piece(pieces + [p.transposed(3) for p in pieces])
    for split in (splits.train, splits.validation, splits.test):
        names = {p.name for p in split}
        assert all(f"{name} +3" in names for name in names if "+" not in name)


@pytest.mark.parametrize(("count", "sizes"), [(1, (1, 0, 0)), (2, (1, 1, 0)), (3, (1, 1, 1))])
def test_small_collections(count, sizes):
    splits = split_by_piece(many_pieces()[:count])
    assert (len(splits.train), len(splits.validation), len(splits.test)) == sizes


def test_transposition_moves_every_note():
    assert pitches_of(piece([60, 64, 67]).transposed(-5)) == [55, 59, 62]


def test_intervals_keep_to_the_keys_of_a_piano():
    assert piece([60]).intervals() == list(range(-5, 7))
    assert piece([23, 60]).intervals() == list(range(-2, 7))
    assert piece([21, 108]).intervals() == [0]


def test_broken_files_are_named_and_skipped(score_folder, tmp_path):
    folder = shutil.copytree(score_folder, tmp_path / "scores")
    (folder / "broken.mid").write_bytes(b"MThd, but no more")
    (folder / "empty.xml").write_text("")
    splits = SCORE_SETS.load(folder)
    assert len(splits.train + splits.validation + splits.test) == 8
    assert len(splits.skipped) == 2
    assert "broken.mid" in splits.skipped[0]
    assert "empty.xml" in splits.skipped[1]


def test_nothing_left_is_an_error(tmp_path):
    (tmp_path / "broken.mid").write_bytes(b"")
    with pytest.raises(ScoreError, match=r"None of 1 files.*broken\.mid"):
        read_pieces([tmp_path / "broken.mid"])


def test_unknown_data_names_what_there_is():
    with pytest.raises(ScoreError, match=r"no data set and no folder 'bach'.*bach-chorales"):
        SCORE_SETS.load("bach")


def test_a_piece_on_both_sides_of_two_data_sets_is_held_out():
    pieces = many_pieces()
    first = split_by_piece(pieces[:30])
    second = split_by_piece([p.transposed(2) for p in pieces[10:]])
    (splits,) = SCORE_SETS.without_leaks([first, second])
    assert len(splits.train + splits.validation + splits.test) == 60
    sides = [
        {tuple(np.diff(pitches_of(p))) for p in split}
        for split in (splits.train, splits.validation, splits.test)
    ]
    assert not sides[0] & sides[1]
    assert not sides[0] & sides[2]
    assert not sides[1] & sides[2]
