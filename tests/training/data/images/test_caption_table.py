import doctest

import pytest

from seqzoo.training.data.images import caption_table, duplicates, flickr8k
from seqzoo.training.data.images.caption_rows import CaptionFileError
from seqzoo.training.data.images.caption_table import read_table


@pytest.fixture
def table(tmp_path):
    def write(text, name="captions.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        return path

    return write


def rows(path):
    return [(row.image, row.caption, row.language) for row in read_table(path)]


def test_quotes_keep_commas_quotes_and_line_ends(table):
    path = table(
        'image,caption\na.jpg,"Near the shore , a ""red"" ball ."\n'
        'b.jpg,"Two\nlines."\nc.jpg,Plain\n'
    )
    assert rows(path) == [
        ("a.jpg", 'Near the shore , a "red" ball .', "en"),
        ("b.jpg", "Two\nlines.", "en"),
        ("c.jpg", "Plain", "en"),
    ]
    assert [row.place for row in read_table(path)] == [f"{path}, line {n}" for n in (2, 3, 5)]


def test_columns_have_any_order_and_others_are_not_read(table):
    path = table("Language, caption ,id,IMAGE\npt,Um cão.,7,a.jpg\n,A dog.,8,a.jpg\n")
    assert rows(path) == [("a.jpg", "Um cão.", "pt"), ("a.jpg", "A dog.", "en")]


def test_tsv_has_tabs(table):
    path = table("image\tcaption\na.jpg\tA dog, asleep.\n", "captions.tsv")
    assert rows(path) == [("a.jpg", "A dog, asleep.", "en")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_and_a_byte_order_mark(table, encoding, end):
    path = table(
        end.join(["image,caption", "a.jpg,Pão.", "", "b.jpg,Maçã.", ""]), encoding=encoding
    )
    assert rows(path) == [("a.jpg", "Pão.", "en"), ("b.jpg", "Maçã.", "en")]


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("image,caption\na.jpg,Near the shore, a ball\n", 2, "a row of 3 under a header of 2"),
        ("image,caption\n\na.jpg\n", 3, "a row of 1 under a header of 2"),
        ('image,caption\na.jpg,ok\nb.jpg,"open\nc.jpg,ok\n', 3, "close every quote"),
        ('image,caption\na.jpg,"A" dog\n', 2, "close every quote"),
        ("image,caption\n ,A dog.\n", 2, "no image is named"),
        ("image,caption,language\na.jpg,A dog.,English\n", 2, "'English' is not a language"),
        ("a.jpg,A dog.\n", 1, "no column image"),
        ("image,text\na.jpg,A dog.\n", 1, "no column caption"),
    ],
)
def test_a_bad_row_is_named(table, text, line, problem):
    path = table(text)
    with pytest.raises(CaptionFileError) as caught:
        read_table(path)
    assert str(caught.value).startswith(f"{path}, line {line}: ")
    assert problem in str(caught.value)


def test_other_encodings_are_named_with_the_line(table):
    path = table("image,caption\na.jpg,ok\nb.jpg,Maçã.\n", encoding="latin-1")
    with pytest.raises(CaptionFileError, match="line 3: this is not UTF-8"):
        read_table(path)


def test_an_empty_file_has_no_header(table):
    with pytest.raises(CaptionFileError, match="no column image"):
        read_table(table(""))


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(CaptionFileError, match=r"missing\.csv cannot be read"):
        read_table(tmp_path / "missing.csv")


@pytest.mark.parametrize("module", [caption_table, flickr8k, duplicates])
def test_examples(module):
    results = doctest.testmod(module)
    assert results.attempted > 0
    assert results.failed == 0


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
@pytest.mark.parametrize("name", ["captions.csv", "captions.tsv", "captions.txt"])
def test_the_header_says_what_stands_between_columns(table, delimiter, name):
    lines = [["image", "caption", "language"], ["a.jpg", "A dog: asleep.", "en"]]
    path = table("\n".join(map(delimiter.join, lines)), name)
    assert rows(path) == [("a.jpg", "A dog: asleep.", "en")]


def test_semicolons_with_commas_in_captions(table):
    path = table('"file_name";"caption"\na.jpg;A dog, asleep.\nb.jpg;"One; two"\n')
    assert rows(path) == [("a.jpg", "A dog, asleep.", "en"), ("b.jpg", "One; two", "en")]


def test_the_number_of_a_caption_is_not_the_images(table):
    path = table("image,caption\nimg0.jpg#0,A dog.\nimg0.jpg#12,My dog.\n")
    assert rows(path) == [("img0.jpg", "A dog.", "en"), ("img0.jpg", "My dog.", "en")]
