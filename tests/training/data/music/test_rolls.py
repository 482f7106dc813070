import numpy as np
import pytest
from scipy.io import savemat

from seqzoo.core.errors import SeqzooError
from seqzoo.training.data.music.rolls import RollPiece, read_rolls, roll_key
from seqzoo.training.data.music.transposition import transpose_at_random
from tests.contracts.model_cases import random_rolls
from tests.training.data.music.roll_files import write_rolls


def piece(*keys):
    roll = np.zeros((len(keys), 88), "uint8")
    roll[np.arange(len(keys)), keys] = 1
    return RollPiece("piece", roll)


def test_a_file_is_read_in_its_splits_and_order(tmp_path):
    rolls = random_rolls([4, 2, 7, 1], 88)
    write_rolls(tmp_path / "rolls.mat", rolls[:2], rolls[2:3], rolls[3:])
    splits = read_rolls(tmp_path / "rolls.mat")
    received = [p.roll for p in splits.train + splits.validation + splits.test]
    for roll, expected in zip(received, rolls, strict=True):
        np.testing.assert_array_equal(roll, expected)
        assert roll.dtype == "uint8"
    assert [p.name for p in splits.train] == ["train 0", "train 1"]


def test_what_is_no_file_of_rolls_is_refused(tmp_path):
    path = tmp_path / "rolls.mat"
    path.write_bytes(b"no MATLAB file")
    with pytest.raises(SeqzooError, match=r"rolls\.mat cannot be read"):
        read_rolls(path)
    savemat(path, {"traindata": np.zeros((2, 88))})
    with pytest.raises(SeqzooError, match="has no validdata"):
        read_rolls(path)
    write_rolls(path, random_rolls([3], 88), [np.full((2, 88), 7)], [])
    with pytest.raises(SeqzooError, match=r"rolls\.mat, validation 0: .*other numbers"):
        read_rolls(path)


def test_transposition_moves_every_note_alike():
    moved = piece(40, 44, 47).transposed(3)
    np.testing.assert_array_equal(moved.roll, piece(43, 47, 50).roll)


def test_intervals_keep_a_piece_on_the_keys_and_each_key_once():
    assert piece(40).intervals() == list(range(-5, 7))
    assert piece(2, 85).intervals() == [-2, -1, 0, 1, 2]
    assert RollPiece("silence", np.zeros((3, 88), "uint8")).intervals() == [0]
    for interval in piece(3, 83).intervals():
        assert piece(3, 83).transposed(interval).roll.sum() == 2


def test_an_epoch_draws_keys_anew_and_a_seed_repeats_them():
    pieces = [piece(30 + n, 50 + n) for n in range(8)]

    def drawn(seed):
        rng = np.random.default_rng(seed)
        return np.stack([p.roll for p in transpose_at_random(pieces, rng)])

    np.testing.assert_array_equal(drawn(1), drawn(1))
    assert (drawn(1) != drawn(2)).any()
    assert (drawn(1).sum((1, 2)) == 2).all()


def test_copies_in_any_key_share_a_key_and_other_pieces_do_not():
    assert roll_key(piece(40, 44, 47)) == roll_key(piece(43, 47, 50))
    silent = [RollPiece("silence", np.zeros((frames, 88), "uint8")) for frames in (2, 3)]
    others = [piece(40, 44, 47), piece(40, 44), piece(40, 45, 47), piece(47, 44, 40), *silent]
    assert len({roll_key(other) for other in others}) == len(others)
