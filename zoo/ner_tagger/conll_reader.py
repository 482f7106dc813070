"""Tagged sentences from files in the format of the CoNLL shared tasks, and back."""

import codecs
import os
import re
from collections.abc import Iterable
from pathlib import Path

from seqzoo.errors import SeqzooError
from seqzoo.zoo.base.atomic import atomic_file
from seqzoo.zoo.ner_tagger.tagged_sentence import TaggedSentence
from seqzoo.zoo.ner_tagger.tagging_schemes import TagError, detect_scheme, to_iob2

__all__ = ["ConllError", "read_conll", "write_conll"]

_DOCUMENT = "-DOCSTART-"


class ConllError(SeqzooError, ValueError):
    """A file that is no CoNLL file, or sentences that cannot be written to one."""


def read_conll(path: str | os.PathLike, scheme: str = "auto") -> list[TaggedSentence]:
    r"""Reads a CoNLL file.

    A word stands on a line, in 2 to 4 columns between spaces or tabs: the word first, its tag
    last. Blank lines and lines that start with `-DOCSTART-` stand between sentences. Any other
    whitespace, such as a no-break space, is part of a word. The text is UTF-8, with or without
    a byte order mark; lines end in any of the usual ways.

    Args:
        path: The file.
        scheme: The scheme of the tags, one of `seqzoo.zoo.ner_tagger.tagging_schemes.SCHEMES`;
            `auto` finds it out.

    Returns:
        The sentences in their order, with tags in IOB2.

    Raises:
        ConllError: If the file cannot be read, has no sentence, or has a bad line.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "my.conll"
    ...     _ = path.write_text("Ana\tNOUN\tI-PER\nensina\tVERB\tO\n")
    ...     read_conll(path)
    [TaggedSentence(words=('Ana', 'ensina'), tags=('B-PER', 'O'))]
    """
    sentences, lines = _rows(path)
    if not sentences:
        raise ConllError(f"{path} has no sentences; write a word and its tag on every line.")
    tags = [[columns[-1] for columns in sentence] for sentence in sentences]
    try:
        scheme = detect_scheme(tags) if scheme == "auto" else scheme
        tags = [to_iob2(its_tags, scheme, index) for index, its_tags in enumerate(tags)]
    except TagError as error:
        line = lines[error.sentence] + error.word
        raise ConllError(f"{path}, line {line}: {error}.") from error
    return [
        TaggedSentence(tuple(columns[0] for columns in sentence), its_tags)
        for sentence, its_tags in zip(sentences, tags, strict=True)
    ]


def write_conll(sentences: Iterable[TaggedSentence], path: str | os.PathLike) -> None:
    """Writes a CoNLL file that `read_conll` reads as the same sentences.

    It has two columns, the word and its tag in IOB2, with a space between them.

    Args:
        sentences: The sentences, at least one.
        path: The file. It appears under its name when it is whole.

    Raises:
        ConllError: If there is no sentence, or one that the format cannot hold: without words,
            with tags that are not IOB2 or not as many as words, or with a word that has spaces,
            tabs or line ends in it.
        OSError: If the file cannot be written.
    """
    blocks = [_block(sentence, number) for number, sentence in enumerate(sentences, 1)]
    if not blocks:
        raise ConllError(f"There are no sentences to write to {path}; give at least one.")
    with atomic_file(path) as written:
        written.write_text("\n".join(blocks), encoding="utf-8", newline="\n")


def _rows(path):
    """The columns of every word of every sentence, and the line each sentence starts on."""
    sentences, lines = [], []
    inside = False
    width = None
    for number, line in enumerate(_text(path).split("\n"), 1):
        columns = _columns(line)
        inside = inside and columns != [""] and columns[0] != _DOCUMENT
        if columns == [""] or columns[0] == _DOCUMENT:
            continue
        _check_width(len(columns), width, f"{path}, line {number}")
        width = len(columns)
        if not inside:
            inside = True
            sentences.append([])
            lines.append(number)
        sentences[-1].append(columns)
    return sentences, lines


def _columns(line):
    return re.split("[ \t]+", line.strip(" \t"))


def _check_width(count, before, place):
    if not 2 <= count <= 4:
        columns = "1 column" if count == 1 else f"{count} columns"
        raise ConllError(f"{place}: {columns}; write the word first and its tag last, in 2 to 4.")
    if before not in (None, count):
        raise ConllError(
            f"{place}: {count} columns after a line of {before}; write as many on every line, and "
            "no spaces in a word."
        )


def _text(path):
    try:
        data = Path(path).read_bytes().removeprefix(codecs.BOM_UTF8)
    except OSError as error:
        raise ConllError(f"{path} cannot be read ({error.strerror}); check the path.") from error
    try:
        return _one_line_end(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        # The part before the error is valid.
        number = _one_line_end(data[: error.start].decode("utf-8")).count("\n") + 1
        raise ConllError(
            f"{path}, line {number}: this is not UTF-8; save the file in that encoding."
        ) from error


def _one_line_end(text):
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _block(sentence, number):
    """The lines of a sentence."""
    place = f"Sentence {number} cannot be written"
    if not sentence.words or len(sentence.words) != len(sentence.tags):
        raise ConllError(
            f"{place}: words and tags number {len(sentence.words)} and {len(sentence.tags)}; give "
            "as many tags as words, at least one."
        )
    try:
        to_iob2(sentence.tags, "IOB2")
    except TagError as error:
        raise ConllError(f"{place}: {error}.") from error
    for word in (*sentence.words, *sentence.tags):
        if not _fits(word):
            raise ConllError(
                f"{place}: {word!r} would be read as something else; leave out such words, spaces "
                "and line ends."
            )
    pairs = zip(sentence.words, sentence.tags, strict=True)
    return "".join(f"{word} {tag}\n" for word, tag in pairs)


def _fits(word):
    """Whether a word is read as it was written, wherever it stands."""
    if re.search("[ \t\r\n\ud800-\udfff]", word):
        return False
    return word not in ("", _DOCUMENT) and not word.startswith("\ufeff")
