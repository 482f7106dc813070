import io
import os

import pytest

from seqzoo.cli.texts import TextError, text_batches
from seqzoo.core.errors import UsageError


@pytest.fixture
def standard_input(monkeypatch):
    """A pipe in the place of standard input: the end to write to."""
    reading, writing = os.pipe()
    with open(reading, encoding="utf-8") as stdin, open(writing, "wb", buffering=0) as pipe:
        monkeypatch.setattr("sys.stdin", stdin)
        yield pipe


def all_texts(*arguments):
    return [text for batch in text_batches(*arguments) for text in batch]


@pytest.mark.parametrize("texts", [[], ["-"]])
def test_a_line_that_waits_is_not_held_back_for_the_next(standard_input, texts):
    batches = text_batches(texts, [], False)
    standard_input.write("São Tomé\nRio".encode())
    assert next(batches) == ["São Tomé"]
    standard_input.write(b" Branco\r\n\nFaro")
    assert next(batches) == ["Rio Branco", ""]
    standard_input.close()
    assert list(batches) == [["Faro"]]


def test_a_letter_that_comes_in_two_halves(standard_input):
    batches = text_batches([], [], False)
    first, second = "é\n".encode()[:1], "é\n".encode()[1:]
    standard_input.write(b"sim\n" + first)
    assert next(batches) == ["sim"]
    standard_input.write(second)
    assert next(batches) == ["é"]


def test_standard_input_that_is_not_utf8(standard_input):
    standard_input.write(b"um\ndois\ntr\xeas\n")
    standard_input.close()
    batches = text_batches([], [], False)
    assert next(batches) == ["um", "dois"]
    with pytest.raises(TextError, match="standard input, line 3: this is not UTF-8"):
        next(batches)


def test_no_standard_input_at_all(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO()))
    assert all_texts([], [], False) == []


def test_a_file_is_one_text_or_its_lines(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes("\ufeffAna\r\nEva\n\nRui".encode())
    assert all_texts([], [path], False) == ["Ana\r\nEva\n\nRui"]
    assert all_texts([], [path], True) == ["Ana", "Eva", "", "Rui"]


def test_arguments_come_before_files_in_their_order(tmp_path, standard_input):
    for name in ("b.txt", "a.txt"):
        (tmp_path / name).write_text(name)
    standard_input.write(b"in\n")
    standard_input.close()
    files = [tmp_path / "b.txt", tmp_path / "a.txt", type(tmp_path)("-")]
    assert all_texts(["one", "two"], files, False) == ["one", "two", "b.txt", "a.txt", "in"]


@pytest.mark.parametrize("by_line", [False, True])
def test_files_that_are_none(tmp_path, by_line):
    with pytest.raises(TextError, match=r"nowhere.txt cannot be read \(No such file"):
        text_batches([], [tmp_path / "nowhere.txt"], by_line)
    with pytest.raises(TextError, match=r"cannot be read \(Is a directory"):
        text_batches([], [tmp_path], by_line)
    (tmp_path / "empty.txt").touch()
    with pytest.raises(TextError, match=r"empty\.txt is empty"):
        all_texts([], [tmp_path / "empty.txt"], by_line)
    (tmp_path / "latin.txt").write_bytes("um\nárea".encode("latin-1"))
    with pytest.raises(TextError, match=r"latin\.txt, line 2: this is not UTF-8"):
        all_texts([], [tmp_path / "latin.txt"], by_line)


def test_an_argument_that_is_not_utf8():
    with pytest.raises(UsageError, match="not UTF-8"):
        text_batches([os.fsdecode(b"\xe1rea")], [], False)
