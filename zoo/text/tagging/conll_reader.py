"""Reading and writing of files in the format of the CoNLL shared tasks."""

import os
import re
import warnings
from collections.abc import Iterable, Sequence

from seqzoo.core.atomic import atomic_file
from seqzoo.zoo.text.tagging.conll_columns import (
    DOCUMENT,
    Columns,
    ConllError,
    Row,
    choose_columns,
    parse_columns,
    read_rows,
)
from seqzoo.zoo.text.tagging.tagged_sentence import TaggedSentence
from seqzoo.zoo.text.tagging.tagging_schemes import SCHEMES, TagError, detect_scheme, to_iob2

__all__ = ["ConllError", "read_conll", "write_conll"]


def read_conll(
    path: str | os.PathLike, scheme: str = "auto", columns: str | None = None
) -> list[TaggedSentence]:
    r"""Reads a CoNLL file.

    Each line has one word in 2 to 4 columns, separated by tabs, or else by spaces. The word is
    first and its tag last, or the tag is first if only the first column can be a tag. Blank lines
    and lines that start with `-DOCSTART-` separate sentences; comments (`# `) may precede
    sentences. Any other whitespace, such as a no-break space, is part of a word. Empty words
    outside of entities are skipped. The text is UTF-8, with or without a byte order mark; lines end
    with LF, CRLF or CR.

    Args:
        path: The file.
        scheme: The scheme of the tags, one of `seqzoo.zoo.text.tagging.tagging_schemes.SCHEMES`;
            `auto` detects it.
        columns: The columns of the word and the tag, counted from 1, such as `"word=2,tag=3"`;
            then there may be any number of columns. Defaults to the first and the last one.

    Returns:
        The sentences in the order of the file, with tags in IOB2.

    Raises:
        ConllError: If the file cannot be read, has no sentence, or has a bad line; or if the first
            of more than two columns only counts the words, sentences or documents.

    Warns:
        UserWarning: If a few entities begin with `I-` and the others with `B-`.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "my.conll"
    ...     _ = path.write_text("Ana\tNOUN\tI-PER\nensina\tVERB\tO\n")
    ...     read_conll(path)
    [TaggedSentence(words=('Ana', 'ensina'), tags=('B-PER', 'O'))]
    """
    if scheme not in ("auto", *SCHEMES):
        raise ConllError(f"There is no scheme {scheme!r}; give one of {', '.join(SCHEMES)}.")
    asked = None if columns is None else parse_columns(columns)
    sentences = read_rows(path, asked)
    chosen = asked or choose_columns(path, sentences)
    sentences = [kept for rows in sentences if (kept := _without_empty(path, rows, chosen))]
    if not sentences:
        raise ConllError(f"{path} has no sentences; write a word and its tag on every line.")
    written = [[row.cells[chosen.tag] for row in rows] for rows in sentences]
    is_asked = scheme != "auto"
    try:
        scheme = detect_scheme(written) if scheme == "auto" else scheme
        tags = [to_iob2(its_tags, scheme, index) for index, its_tags in enumerate(written)]
    except TagError as error:
        line = sentences[error.sentence][error.word].number
        raise ConllError(f"{path}, line {line}: {error}.") from error
    if not is_asked:
        _warn_of_strays(path, sentences, chosen, tags)
    return [
        TaggedSentence(tuple(row.cells[chosen.word] for row in rows), its_tags)
        for rows, its_tags in zip(sentences, tags, strict=True)
    ]


def write_conll(sentences: Iterable[TaggedSentence], path: str | os.PathLike) -> None:
    """Writes a CoNLL file that `read_conll` reads as the same sentences.

    It has two columns, the word and its tag in IOB2, separated by a space.

    Args:
        sentences: The sentences, at least one.
        path: The file, which is written atomically.

    Raises:
        ConllError: If there is no sentence, or one that the format cannot represent: without
            words, with tags that are not IOB2 or not as many as words, or with a word that
            contains spaces, tabs or line ends.
        OSError: If the file cannot be written.
    """
    blocks = [_block(sentence, number) for number, sentence in enumerate(sentences, 1)]
    if not blocks:
        raise ConllError(f"There are no sentences to write to {path}; give at least one.")
    with atomic_file(path) as written:
        written.write_text("\n".join(blocks), encoding="utf-8", newline="\n")


def _warn_of_strays(
    path: str | os.PathLike,
    sentences: Sequence[Sequence[Row]],
    columns: Columns,
    tags: Sequence[Sequence[str]],
) -> None:
    """Warns about the first `I-` that begins an entity if most entities begin with `B-`.

    In IOB1, only an entity right after another one with the same label begins with `B-`.
    """
    begun = [
        (row.number, row.cells[columns.tag])
        for rows, its_tags in zip(sentences, tags, strict=True)
        for row, tag, before in zip(rows, its_tags, ("O", *its_tags), strict=False)
        if tag.startswith("B-") and tag[2:] != before[2:]
    ]
    strays = [(number, written) for number, written in begun if written.startswith("I-")]
    if strays and 2 * len(strays) <= len(begun):
        number, written = strays[0]
        warnings.warn(
            f"{path}, line {number}: {written!r} follows no entity of its label, as in "
            f"{len(strays)} of {len(begun)} entities; it is read as the beginning of one.",
            stacklevel=3,
        )


def _without_empty(path: str | os.PathLike, rows: Sequence[Row], columns: Columns) -> list[Row]:
    """Returns the rows of a sentence without empty words."""
    for row in rows:
        if not row.cells[columns.word] and row.cells[columns.tag] != "O":
            raise ConllError(
                f"{path}, line {row.number}: the word is empty, and its tag is "
                f"{row.cells[columns.tag]!r}; write the word, or O."
            )
    return [row for row in rows if row.cells[columns.word]]


def _block(sentence: TaggedSentence, number: int) -> str:
    """Returns the lines of a sentence."""
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


def _fits(word: str) -> bool:
    """Returns whether a word is read back unchanged in any position."""
    if re.search("[ \t\r\n\ud800-\udfff]", word):
        return False
    return word not in ("", DOCUMENT) and not word.startswith("\ufeff")
