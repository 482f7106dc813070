"""`seqzoo predict` on pictures, with a captioner that names their first colour."""

import io
import json
import os
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from seqzoo.cli.app import app
from seqzoo.cli.commands import predict
from seqzoo.core.errors import UsageError
from seqzoo.zoo.images.captioned_image import Caption
from seqzoo.zoo.images.reader import ImageError

WORDS = {"en": ("red", "green", "blue"), "pt": ("vermelho", "verde", "azul")}


class Painter:
    """What a captioner is to the command; keeps what it is asked."""

    languages = tuple(WORDS)

    def __init__(self):
        self.asked = []

    def generate(self, images, language=None, captions=1, **search):
        self.asked.append((len(images), search))
        words = [WORDS[language][image[0, 0].argmax()] for image in images]
        return [[Caption(f"{word} {n}", -n / 4) for n in range(1, captions + 1)] for word in words]


@pytest.fixture
def painter(monkeypatch):
    painter = Painter()
    monkeypatch.setattr(predict, "load_preset", lambda preset: painter)
    monkeypatch.setattr(predict, "model_name", lambda task: "image-captioner")
    return painter


@pytest.fixture(autouse=True)
def pictures(tmp_path, monkeypatch):
    """The working directory: pictures of one colour, a folder of others, and what is none."""
    monkeypatch.chdir(tmp_path)
    os.mkdir("album")
    for index, name in enumerate(("red.png", "green.jpg", "album/blue.png")):
        picture(index).save(name)
    with open("notes.png", "w") as file:
        file.write("This is no picture.")


def picture(channel):
    return Image.fromarray(np.full((6, 8, 3), np.eye(3)[channel] * 255, "uint8"))


@pytest.fixture
def ask(painter):
    """Runs the command; what is wrong usage comes through."""

    def run(*arguments, status=0, **options):
        ran = CliRunner().invoke(app, ["predict", "painter", *arguments], **options)
        if isinstance(ran.exception, (UsageError, ImageError)):
            raise ran.exception
        assert ran.exit_code == status, ran.output
        return ran

    return run


def test_pictures_and_folders_in_their_order(ask):
    picture(1).save("album/a.png")
    ran = ask("red.png", "album", "green.jpg")
    assert ran.stdout.splitlines() == [
        "red.png: red 1",
        "album/a.png: green 1",
        "album/blue.png: blue 1",
        "green.jpg: green 1",
    ]
    assert ran.stderr == ""


def test_several_captions_have_their_scores(ask):
    out = ask("red.png", "--captions", "2", "--language", "pt").stdout
    assert out == "red.png: vermelho 1 (-0.25)\nred.png: vermelho 2 (-0.50)\n"


@pytest.mark.parametrize("arguments", [(), ("-",)])
def test_a_picture_on_standard_input(ask, arguments):
    contents = io.BytesIO()
    picture(2).save(contents, "PNG")
    assert ask(*arguments, input=contents.getvalue()).stdout == "standard input: blue 1\n"


def test_a_terminal_is_no_picture(painter, monkeypatch):
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    with pytest.raises(UsageError, match="no picture on standard input"):
        predict.run("painter", [], False, {})


def test_json_for_programs(ask):
    odd = os.fsdecode(b"caf\xc3\xa9 \xff.png")
    picture(0).save(odd)
    lines = ask("red.png", odd, "--json", "--captions", "2").stdout.splitlines()
    assert [json.loads(line) for line in lines] == [
        {
            "file": name,
            "language": "en",
            "captions": [{"text": "red 1", "score": -0.25}, {"text": "red 2", "score": -0.5}],
        }
        for name in ("red.png", odd)
    ]


def test_the_others_are_answered_where_a_picture_cannot_be_read(ask):
    ran = ask("notes.png", "red.png", "nowhere.png", "album", status=1)
    assert ran.stdout.splitlines() == ["red.png: red 1", "album/blue.png: blue 1"]
    first, second = ran.stderr.splitlines()
    assert first.startswith("seqzoo: notes.png is not a readable picture")
    assert second.startswith("seqzoo: nowhere.png does not exist")


def test_a_name_that_is_too_long_for_a_file(ask):
    ran = ask("red.png", "x" * 300, status=1)
    assert ran.stdout == "red.png: red 1\n"
    (line,) = ran.stderr.splitlines()
    assert line.endswith("cannot be opened (File name too long); check its name and permissions.")


def test_no_picture_at_all(ask, painter):
    assert ask("notes.png", status=1).stdout == ""
    assert painter.asked == []
    os.mkdir("empty")
    with pytest.raises(ImageError, match="empty has no pictures"):
        ask("red.png", "empty")


def test_answers_come_before_all_pictures_are_read(painter, capsys):
    read_when_asked = []

    def generate(images, **options):
        read_when_asked.append(capsys.readouterr().out.count("red.png"))
        return Painter.generate(painter, images, **options)

    painter.generate = generate
    predict.run("painter", ["red.png"] * 20, False, {})
    assert [count for count, _ in painter.asked] == [8, 8, 4]
    assert read_when_asked == [0, 8, 8]


def test_options_reach_the_model(ask, painter):
    ask("red.png")
    ask("red.png", "--beam-width", "7")
    ask("red.png", "--temperature", "0.5", "--seed", "3")
    first, second, third = [search for _, search in painter.asked]
    assert first == {"beam_width": 4, "temperature": 0.0, "seed": None}
    assert second == {"beam_width": 7, "temperature": 0.0, "seed": None}
    assert isinstance(third.pop("seed"), int)
    assert third == {"beam_width": 4, "temperature": 0.5}


def test_a_seed_repeats_and_batches_draw_numbers_of_their_own(ask, painter):
    for seed in ("3", "3", "4"):
        ask(*["red.png"] * 20, "--temperature", "1", "--seed", seed)
    seeds = [search["seed"] for _, search in painter.asked]
    assert seeds[:3] == seeds[3:6]
    assert len(set(seeds)) == 6
    assert all(0 <= seed < 2**31 for seed in seeds)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ["--lines"],
            "is of the model image-captioner, which has no --lines: its options are --language",
        ),
        (["--min-score", "0", "--file", "a.txt"], "has no --file, --min-score"),
        (["--language", "de"], "--language 'de': give one of en, pt"),
        (["--captions", "0"], "--captions must lie between 1 and 64, not 0"),
        (["--beam-width", "65"], "--beam-width must lie between 1 and 64, not 65"),
        (["--temperature", "-1"], "--temperature must lie between 0 and 100, not -1"),
        (["--temperature", "nan"], "--temperature must lie between 0 and 100, not nan"),
    ],
)
def test_options_that_do_not_fit(ask, painter, arguments, words):
    with pytest.raises(UsageError, match=words):
        ask("red.png", *arguments)
    assert painter.asked == []


def test_no_controls_reach_the_terminal(ask):
    picture(0).save("\x1b[31m.png")
    assert "\x1b" not in ask("\x1b[31m.png").stdout
    assert "\x1b" not in ask("\x1b[32m.png", status=1).stderr


def test_pictures_of_a_folder_that_cannot_be_read_are_named(ask):
    with open("album/a.heic", "wb") as file:
        file.write(b"\0\0\0\x18ftypheic" + bytes(40))
    picture(1).save("album/c.jfif", "JPEG")
    ran = ask("album", status=1)
    assert ran.stdout.splitlines() == ["album/blue.png: blue 1", "album/c.jfif: green 1"]
    assert "album/a.heic is in the format HEIC, which is not supported; save it as" in ran.stderr


def test_pictures_are_looked_for_before_tensorflow_is_there():
    """The command silences what TensorFlow writes when it is imported, which is later."""
    script = "import sys, seqzoo.cli.commands.predict; print('tensorflow' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert ran.stdout == "False\n"
