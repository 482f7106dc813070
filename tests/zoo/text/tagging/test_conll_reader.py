import os
import tempfile
import warnings
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import given

from seqzoo.core.errors import SeqzooError
from seqzoo.zoo.text.tagging.conll_reader import ConllError, read_conll, write_conll
from seqzoo.zoo.text.tagging.tagged_sentence import TaggedSentence

LESSON = TaggedSentence(
    ("Lívia", "Prado", "ensina", "álgebra", "."),
    ("B-PESSOA", "I-PESSOA", "O", "B-DISCIPLINA", "O"),
)
RAIN = TaggedSentence(("It", "rains", "in", "Belém"), ("O", "O", "O", "B-LOCAL"))
TEXT = (
    "Lívia B-PESSOA\nPrado I-PESSOA\nensina O\nálgebra B-DISCIPLINA\n. O\n"
    "\nIt O\nrains O\nin O\nBelém B-LOCAL\n"
)


@pytest.fixture
def read(tmp_path):
    """Reads a text, or bytes, as if it were the content of `my.conll`."""

    def read_content(content, **options):
        path = tmp_path / "my.conll"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_conll(path, **options)

    return read_content


@pytest.mark.parametrize(
    "content",
    [
        TEXT,
        TEXT.replace("\n", "\r\n"),
        TEXT.replace("\n", "\r"),
        "\ufeff" + TEXT,
        TEXT.rstrip("\n"),
        TEXT.replace("\n", "  \t\n"),
        TEXT.replace(" ", "\t"),
        TEXT.replace(" ", "   "),
        TEXT.replace(" ", " NOUN "),
        TEXT.replace(" ", "\tNOUN\tI-NP\t"),
        "\n\n" + TEXT.replace("\n\n", "\n \t\n\n") + "\n\n",
        "-DOCSTART- -X- -X- -X- O\n\n" + TEXT.replace("\n\n", "\n-DOCSTART- O\n"),
        TEXT.replace("B-", "I-"),
    ],
    ids=[
        "plain",
        "CRLF",
        "CR",
        "BOM",
        "no final newline",
        "trailing spaces",
        "tabs",
        "several spaces",
        "3 columns",
        "4 columns",
        "more blank lines",
        "DOCSTART",
        "IOB1",
    ],
)
def test_two_sentences_in_many_forms(read, content):
    assert read(content) == [LESSON, RAIN]


@pytest.mark.parametrize("space", ["\u00a0", "\u2003", "\u2028", "\u0085", "\x0b", "\x0c", "\x1c"])
def test_only_spaces_and_tabs_part_columns(read, space):
    assert read(f"{space} O\nSão{space}Luís B-LOCAL\n") == [
        TaggedSentence((space, f"São{space}Luís"), ("O", "B-LOCAL"))
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            "Oi O\nmundo\n",
            r"my\.conll, line 2: 1 column, 'mundo'; write the word first and its tag",
        ),
        ("\n\nOi a b c O\n", r"line 3: 5 columns, 'Oi a b c O'; .*--columns word=2,tag=3"),
        (
            "Oi O\n\nmundo X O\n",
            r"line 3: 3 columns, 'mundo X O', after a line of 2; write as many",
        ),
        ("Oi B-X\r\n\r\nmundo PER\r\n", r"my\.conll, line 3: 'PER' is not a tag; write O outside"),
        ("1\tAna\tB-X\tO\n2\tri\tO\tO\n\n1\tRui\tB-X\tO\n", "only counts; .*word=2,tag=3"),
        ("1 Ana B-X\n2 ri O\n\n3 Rui B-X\n", "line 1: the first column only counts; say where"),
        ("1-1 Ana B-X\n1-2 ri O\n\n2-1 Rui B-X\n", "only counts"),
        ("1\tAna\tB-X\n2-3\tno\tO\n5\tri\tO\n", "only counts; .*word=2,tag=3"),
        ("doc1 B-X Ana\ndoc1 O ri\n", "only counts; .*word=3,tag=2"),
        ("Sentence: 1\tAna\tB-X\n\tri\tO\n", "line 1: the first column only counts"),
        ("Oi O\nLia B-X\u00a0\n", r"line 2: 'B-X\\xa0' is not a tag"),
        ("Oi\tO\n\tB-X\n", r"line 2: the word is empty, and its tag is 'B-X'; write the word"),
        ("Oi O\n#verdade\n", r"line 2: 1 column, '#verdade'"),
        (b"Oi O\r\rmundo O\r\xe1gua O\r", r"my\.conll, line 4: this is not UTF-8; save the file"),
        ("Oi O\n".encode("utf-16"), r"my\.conll, line 1: this is not UTF-8; save"),
        ("A S-X\n\nB B-X\n", r"my\.conll, line 3: 'B-X' at the end of a sentence is not IOBES"),
        ("", r"my\.conll has no sentences; write a word and its tag on every line\."),
        ("\ufeff\n-DOCSTART- O\n", r"my\.conll has no sentences"),
    ],
)
def test_a_bad_line_is_named(read, content, message):
    with pytest.raises(ConllError, match=message) as caught:
        read(content)
    assert isinstance(caught.value, SeqzooError)
    assert "\n" not in str(caught.value)


def test_a_scheme_can_be_asked_for(read):
    content = "Lia I-PESSOA\n\nRio B-LOCAL\n"
    assert [s.tags for s in read(content, scheme="IOB1")] == [("B-PESSOA",), ("B-LOCAL",)]
    with pytest.raises(ConllError, match=r"line 1: 'I-PESSOA' at the start of a sentence is not"):
        read(content, scheme="IOB2")


@pytest.mark.parametrize(
    ("content", "options"),
    [
        ("1\tAna\tB-P\tO\n2\tvai\tO\tB-P\n", {"columns": "word=2,tag=3"}),
        ("1 Ana _ _ _ B-P\n2 vai _ _ _ O\n", {"columns": " tag=6, word=2"}),
        ("# id 7\tdomain=dev\nAna\tB-P\nvai\tO\n", {}),
        ("#\tpt.wikipedia.org\t[2009]\nAna\t_\tB-P\nvai\t_\tO\n", {}),
        ("# text = Ana vai\n# sent_id = O\nAna B-P\nvai O\n", {}),
        ("B-P\tAna\nO\tvai\n", {}),
        ("Ana PER\nvai O\n".replace("PER", "Pes"), {}),
        ("Ana\tB-P\n\tO\nvai\tO\n", {}),
        ("Ana B-P\n O\nvai O\n\n\ufeff", {}),
        ("Ana B-P\nvai O\n\n\u00a0\u200b\n", {}),
        ("\n\ufeffAna B-P\n\ufeffvai O\n", {}),
        ("\n\ufeff# text = Ana vai\nAna B-P\nvai O\n", {}),
    ],
)
def test_files_as_they_are_published(read, content, options):
    (sentence,) = read(content, **options)
    assert sentence.words == ("Ana", "vai")
    assert [tag[0] for tag in sentence.tags] == ["B", "O"]


def test_between_tabs_spaces_are_part_of_a_word(read):
    (sentence,) = read("São Luís\tB-L\n#\tO\n#\u00a0x\tO\n")
    assert sentence.words == ("São Luís", "#", "#\u00a0x")


def test_a_sign_may_be_a_word(read):
    assert [s.words for s in read("# O\nAna B-P\n\n#sol O\n# O\n")] == [("#", "Ana"), ("#sol", "#")]


def test_a_stray_inside_is_named(read):
    with pytest.warns(UserWarning, match="line 4: 'I-X' follows no entity .*in 1 of 3 entities"):
        sentences = read("A B-X\nB O\n\nC I-X\nD B-Y\n")
    assert [s.tags for s in sentences] == [("B-X", "O"), ("B-X", "B-Y")]


@pytest.mark.parametrize(
    ("content", "scheme"),
    [("A I-X\nB B-X\n\nC I-X\nD B-X\n", "auto"), ("A I-X\n\nB B-X\n", "IOB1")],
)
def test_what_iob1_allows_is_no_stray(read, content, scheme):
    with warnings.catch_warnings(action="error"):
        sentences = read(content, scheme=scheme)
    assert {tag for sentence in sentences for tag in sentence.tags} == {"B-X"}


@pytest.mark.parametrize("columns", ["", "word=1", "word=0,tag=2", "word=2,tag=2", "tag=1,ner=2"])
def test_columns_that_cannot_be_read(read, columns):
    with pytest.raises(ConllError, match="give the two numbers as in word=2,tag=3"):
        read(TEXT, columns=columns)


@pytest.mark.parametrize("name", ["missing.conll", "."])
def test_a_path_that_is_no_file(tmp_path, name):
    with pytest.raises(ConllError, match=r"cannot be read \(.+\); check the path\."):
        read_conll(tmp_path / name)


@pytest.mark.slow
def test_many_lines_take_memory_and_time_in_proportion(read):
    """230,000 lines; a reader that searched back over them would not end."""
    assert len(read(TEXT.replace("\n\n", "\n") * 25_000)) == 1
    assert len(read((TEXT + "\n") * 25_000)) == 50_000


# Bytes that are near to a file; any others are seldom more than one bad line.
PIECES = [" ", "\t", "\n", "\r\n", "\r", "O", "B-A", "I-A", "E-A", "S-A", "-DOCSTART-", "é", "\0"]
PIECES += ["\u00a0", "\u2028", "\ufeff"]
PIECES = [piece.encode() for piece in PIECES] + [b"\xff"]


@given(
    content=st.binary(max_size=60) | st.lists(st.sampled_from(PIECES), max_size=30).map(b"".join)
)
def test_any_bytes_give_sentences_or_an_error(content):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "any.conll")
        path.write_bytes(content)
        try:
            sentences = read_conll(path)
        except ConllError:
            return
    assert sentences
    for sentence in sentences:
        assert len(sentence.words) == len(sentence.tags) > 0
        assert all(sentence.words)
        assert all(tag[0] in "OBI" for tag in sentence.tags)


@given(
    st.lists(
        st.lists(
            st.tuples(
                st.text(min_size=1, max_size=5),
                st.sampled_from(["O", "B-A", "I-A", "B-São\u00a0Luís"]),
            ),
            max_size=4,
        ),
        max_size=3,
    )
)
def test_what_is_written_is_read_back(rows):
    sentences = [
        TaggedSentence(tuple(word for word, _ in row), tuple(tag for _, tag in row)) for row in rows
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "written.conll")
        try:
            write_conll(sentences, path)
        except ConllError:
            assert not path.exists()
            return
        assert read_conll(path) == sentences


@pytest.mark.parametrize(
    ("words", "tags", "problem"),
    [
        (("Oi", ""), ("O", "O"), "Sentence 2 cannot be written: '' would be read"),
        (("São Luís",), ("B-A",), "Sentence 2 cannot be written: 'São Luís' would be read"),
        (("a\nb",), ("O",), r"Sentence 2 cannot be written: 'a\\nb' would be read"),
        (("-DOCSTART-",), ("O",), "Sentence 2 cannot be written: '-DOCSTART-' would be"),
        (("\ufeffOi",), ("O",), "Sentence 2 cannot be written"),
        (("\ud800",), ("O",), "Sentence 2 cannot be written"),
        (("Oi",), ("B-a b",), "Sentence 2 cannot be written: 'B-a b' would be read"),
        (("Oi",), ("I-A",), "Sentence 2 cannot be written: 'I-A' at the start"),
        (("Oi",), ("O", "O"), "Sentence 2 cannot be written: words and tags number 1 and 2"),
        ((), (), "Sentence 2 cannot be written: words and tags number 0 and 0"),
    ],
)
def test_what_the_format_cannot_hold(tmp_path, words, tags, problem):
    with pytest.raises(ConllError, match=problem):
        write_conll([LESSON, TaggedSentence(words, tags)], tmp_path / "my.conll")
    assert not list(tmp_path.iterdir())


def test_nothing_to_write_is_an_error(tmp_path):
    with pytest.raises(ConllError, match="no sentences to write"):
        write_conll([], tmp_path / "my.conll")


def test_an_older_file_is_replaced(tmp_path):
    path = tmp_path / "my.conll"
    write_conll([LESSON], path)
    write_conll([RAIN, LESSON], path)
    assert read_conll(path) == [RAIN, LESSON]


@pytest.mark.representative("dev-1176")
@pytest.mark.skipif("SEQZOO_DATA" not in os.environ, reason="needs the files of SEQZOO_DATA")
@pytest.mark.parametrize(("name", "count"), [("train", 7827), ("dev", 1176)])
def test_lener_br_is_read_and_written_as_it_is(tmp_path, name, count):
    source = Path(os.environ["SEQZOO_DATA"], "lener-br", f"{name}.conll")
    sentences = read_conll(source)
    assert len(sentences) == count
    write_conll(sentences, tmp_path / "copy.conll")
    # The author's files end in one more blank line.
    assert (tmp_path / "copy.conll").read_bytes() + b"\n" == source.read_bytes()
