"""`seqzoo generate` with a frame generator."""

import keras
import numpy as np
import pytest
import symusic

from seqzoo.zoo import FrameGenerator
from seqzoo.zoo.music.roll_scores import roll_score
from tests.cli.test_errors import check


@pytest.fixture(scope="module")
def preset(tmp_path_factory):
    keras.utils.set_random_seed(3)
    generator = FrameGenerator.from_examples(embedding_dim=6, units=8)
    folder = tmp_path_factory.mktemp("rolls") / "preset"
    generator.save_to_preset(folder)
    return folder


@pytest.fixture(scope="module")
def roll():
    roll = (np.random.default_rng(1).random((8, 88)) < 0.05).astype("uint8")
    roll[-1, 40] = 1
    return roll


def compose(seqzoo, preset, folder, *options):
    out = folder / "out"
    ran = seqzoo("generate", preset, "--out", out, "--length", 40, *options, cwd=folder)
    assert ran.returncode == 0, ran.stderr
    return np.load(out / "roll.npy"), symusic.Score(out / "score.mid")


@pytest.mark.parametrize("kind", ["npy", "mid"])
def test_it_continues_the_first_bars_of_a_prompt(seqzoo, preset, roll, tmp_path, kind):
    np.save(tmp_path / "prompt.npy", roll)
    roll_score(roll, quarters=0.5).dump_midi(tmp_path / "prompt.mid")
    options = ("--prompt-bars", 1, "--frame", 0.5, "--endless")
    prompt = f"prompt.{kind}"
    continued, score = compose(seqzoo, preset, tmp_path, "--prompt", prompt, *options)
    # A bar of four quarter notes has eight frames.
    np.testing.assert_array_equal(continued[:8], roll)
    assert len(continued) > 8
    assert score.note_num() > 0
    assert (tmp_path / "out" / "score.png").stat().st_size > 1000


def test_a_seed_is_a_piece(seqzoo, preset, tmp_path):
    one, again, other = (
        compose(seqzoo, preset, tmp_path, "--seed", seed, "--sampler", "random")[0]
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, again)
    assert one.shape != other.shape or (one != other).any()


@pytest.mark.parametrize(
    "option",
    [
        ("--harmonise",),
        ("--key", "C major"),
        ("--bars", "2"),
        ("--piano-alone",),
        ("--metre-changes",),
        ("--one-metre",),
    ],
)
def test_what_is_of_scores_is_refused(seqzoo, preset, tmp_path, option):
    prompt = ("--prompt", "x.mid") if option == ("--harmonise",) else ()
    ran = seqzoo("generate", preset, "--out", "out", *option, *prompt, cwd=tmp_path)
    check(ran, 2, f"{option[0]} is for note generators")


def broken_arrays(folder):
    (folder / "text.npy").write_bytes(b"no array")
    with (folder / "archive.npy").open("wb") as file:
        np.savez(file, np.zeros((3, 88)))
    whole = np.lib.format.magic(1, 0) + b"\x76\0"
    header = "{'descr': '|u1', 'fortran_order': False, 'shape': (900000000000, 88), }"
    (folder / "huge.npy").write_bytes(whole + header.ljust(117).encode() + b"\n")
    np.save(folder / "pickle.npy", np.array([[{}] * 88]), allow_pickle=True)


@pytest.mark.parametrize("kind", ["text", "archive", "huge", "pickle"])
def test_broken_arrays(seqzoo, preset, tmp_path, kind):
    broken_arrays(tmp_path)
    ran = seqzoo("generate", preset, "--out", "out", "--prompt", f"{kind}.npy", cwd=tmp_path)
    check(ran, 2, f"{kind}.npy cannot be read as a piano roll")


def test_a_prompt_without_frames(seqzoo, preset, tmp_path):
    np.save(tmp_path / "empty.npy", np.zeros((0, 88), "uint8"))
    ran = seqzoo("generate", preset, "--out", "out", "--prompt", "empty.npy", cwd=tmp_path)
    check(ran, 2, "empty.npy is empty: give a prompt with frames or notes")


def test_a_prompt_keeps_a_frame_though_it_is_longer_than_its_bars(seqzoo, preset, roll, tmp_path):
    np.save(tmp_path / "prompt.npy", roll)
    options = ("--prompt", "prompt.npy", "--prompt-bars", 1, "--frame", 100, "--endless")
    continued, _ = compose(seqzoo, preset, tmp_path, *options)
    np.testing.assert_array_equal(continued[0], roll[0])


def test_a_frame_has_an_end(seqzoo, preset, tmp_path):
    ran = seqzoo("generate", preset, "--out", "out", "--frame", "inf", cwd=tmp_path)
    assert ran.returncode == 2
    assert "Invalid value for '--frame'" in ran.stderr
