import errno
import subprocess
import sys

import numpy as np
import pytest
from matplotlib.image import imread

from seqzoo.zoo.music.piano_roll import draw_contact_sheet, draw_piano_roll
from tests.zoo.music.scores import piano

BLUE, ORANGE = (0, 114, 178), (213, 94, 0)
LIGHT_BLUE, LIGHT_ORANGE = (86, 180, 233), (230, 159, 0)


@pytest.fixture
def drawn(tmp_path):
    """The pixels of a piano roll, as (height, width, RGB)."""

    def draw(score, **kwargs):
        draw_piano_roll(score, tmp_path / "roll.png", **kwargs)
        return np.round(imread(tmp_path / "roll.png")[..., :3] * 255).astype(int)

    return draw


def columns(pixels, colour):
    """The columns, of 1,600, in which a colour is seen below the legend."""
    return np.flatnonzero((pixels[60:] == colour).all(-1).any(0))


def rows(pixels, colour):
    return np.flatnonzero((pixels[60:] == colour).all(-1).any(1))


def test_notes_stand_by_time_and_pitch(drawn):
    low_then_high = drawn(piano((0, 60, 2), (6, 72, 2)))
    assert low_then_high.shape == (500, 1600, 3)
    left, right = np.array_split(low_then_high, 2, axis=1)
    assert rows(left, ORANGE).min() > rows(right, ORANGE).max()
    assert columns(low_then_high, BLUE).size == 0


def test_the_prompt_has_another_colour_and_a_legend(drawn):
    score = piano((0, 60, 4), (4, 64, 4), (8, 67, 4))
    plain, with_prompt = drawn(score), drawn(score, prompt_ticks=4 * 480)
    assert columns(with_prompt, BLUE).max() < columns(with_prompt, ORANGE).min()
    assert columns(plain, ORANGE).min() == columns(with_prompt, BLUE).min()
    assert not (plain[:30, 1200:] == BLUE).all(-1).any()
    assert (with_prompt[:30, 1200:] == BLUE).all(-1).any()


def test_a_voice_has_colours_of_its_own(drawn):
    song = piano((0, 48, 4), (4, 50, 4))
    song.tracks.append(piano((0, 72, 4), (4, 74, 4)).tracks[0])
    song.tracks[1].program = 52
    alone, with_prompt = drawn(song), drawn(song, prompt_ticks=4 * 480)
    assert rows(alone, LIGHT_ORANGE).max() < rows(alone, ORANGE).min()
    assert columns(alone, LIGHT_BLUE).size == columns(alone, BLUE).size == 0
    half = columns(with_prompt, BLUE).max()
    assert half < columns(with_prompt, ORANGE).min()
    assert columns(with_prompt, LIGHT_BLUE).max() == half
    assert columns(with_prompt, LIGHT_ORANGE).min() == columns(with_prompt, ORANGE).min()
    # Both have a legend.
    for pixels in (alone, with_prompt):
        assert (pixels[:30, 800:] == LIGHT_ORANGE).all(-1).any()


def test_the_prompt_is_measured_in_ticks_of_the_score(drawn):
    score = piano((0, 60, 4), (4, 64, 4))
    pixels = drawn(score, prompt_ticks=4 * 480)
    coarse = drawn(score.resample(48, min_dur=1), prompt_ticks=4 * 48)
    assert (pixels == coarse).all()


@pytest.mark.parametrize("title", ["$ for a song: x^2_", "Erlkönig 魔王", ""])
def test_titles(drawn, title, recwarn):
    drawn(piano((0, 60, 1)), title=title)
    assert not recwarn.list


def test_a_contact_sheet_has_two_rolls_in_a_row(tmp_path):
    scores = [piano((0, 60, 2), (2, 62, 2)), piano((0, 60, 4)), piano((0, 72, 1))]
    path = tmp_path / "sheet.png"
    draw_contact_sheet(scores, path, ["first", "second $x", "third"], prompt_ticks=960)
    pixels = np.round(imread(path)[..., :3] * 255).astype(int)
    assert pixels.shape == (600, 1600, 3)
    left, right = np.array_split(pixels[30:300], 2, axis=1)
    assert (left == BLUE).all(-1).any()
    assert (left == ORANGE).all(-1).any()
    assert (right == BLUE).all(-1).any()
    assert not (right == ORANGE).all(-1).any()
    assert (pixels[300:, :800] == BLUE).all(-1).any()
    assert (pixels[310:550, 800:] == 255).all()
    # The legend of all rolls is below them.
    assert (pixels[570:, 1200:] == BLUE).all(-1).any()
    assert (pixels[570:, 1200:] == ORANGE).all(-1).any()


def test_score_without_notes(drawn):
    assert columns(drawn(piano()), ORANGE).size == 0


def test_full_disk_leaves_the_older_file(tmp_path, monkeypatch):
    path = tmp_path / "roll.png"
    path.write_text("older")

    def fill_the_disk(self, file):
        file.write_text("half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("matplotlib.backends.backend_agg.FigureCanvasAgg.print_png", fill_the_disk)
    with pytest.raises(OSError, match="No space left"):
        draw_piano_roll(piano((0, 60, 1)), path)
    assert path.read_text() == "older"
    assert list(tmp_path.iterdir()) == [path]


def test_pyplot_is_not_needed(tmp_path):
    code = (
        "import sys; from seqzoo.zoo.music.piano_roll import draw_piano_roll as draw;"
        "print('matplotlib' in sys.modules);"
        f"import symusic; draw(symusic.Score(480), {str(tmp_path / 'roll.png')!r});"
        "print('matplotlib.pyplot' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
