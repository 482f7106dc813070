"""What a served model says of itself beside its graph."""

import pytest

from seqzoo.serving.extra_files import read_languages, read_vocabulary


@pytest.fixture
def write(tmp_path):
    (tmp_path / "assets.extra").mkdir()

    def write(name, content):
        (tmp_path / "assets.extra" / name).write_bytes(content)
        return tmp_path

    return write


def test_a_model_without_files(tmp_path):
    assert (read_vocabulary(tmp_path), read_languages(tmp_path)) == ((), ())


def test_the_vocabulary_is_one_token_a_line(write):
    assert read_vocabulary(write("vocabulary.txt", "a\né\n".encode())) == ("a", "é")


def test_the_languages_of_a_captioner(write):
    settings = b'{"languages": ["pt", "en"], "image_size": [8, 8]}'
    assert read_languages(write("settings.json", settings)) == ("pt", "en")


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"{}", b'{"languages": "pt"}', b'{"languages": [1]}', b"[" * 10**5, b"\xff"],
)
def test_other_settings_name_no_languages(write, content):
    assert read_languages(write("settings.json", content)) == ()


def test_a_file_that_is_too_large_or_no_text_is_as_none(write):
    assert read_vocabulary(write("vocabulary.txt", b"a\n" * 2**20)) == ()
    assert read_vocabulary(write("vocabulary.txt", b"\xff")) == ()
