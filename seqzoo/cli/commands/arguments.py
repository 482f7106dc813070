"""Arguments that several commands share, and headings of the help."""

from typing import Annotated

import typer

# Headings in the help of `train`, `evaluate` and `predict`: the models that take the arguments.
NETWORK = "Network"
NOTES = "Note generator"
FRAMES = "Frame generator"
MUSIC = "Note generator and frame generator"
TAGGER = "Tagger"
CAPTIONER = "Captioner"

Preset = Annotated[str, typer.Argument(help="A preset of `seqzoo list`, or the folder of one.")]
Data = Annotated[
    list[str],
    typer.Option(
        help="A data set of `seqzoo list`, a folder of scores, a file of piano rolls, CoNLL files, "
        "or a folder of pictures with captions; repeatable."
    ),
]
Split = Annotated[str | None, typer.Option(help="train, validation, test or all.")]

Columns = Annotated[
    str | None,
    typer.Option(
        metavar="word=2,tag=3",
        help="Columns of CoNLL files; by default the word is first and its tag last.",
        rich_help_panel=TAGGER,
    ),
]
Scheme = Annotated[
    str | None,
    typer.Option(
        help="Tagging scheme of CoNLL files: IOB1, IOB2, IOBES, BILOU or IO; detected by default.",
        rich_help_panel=TAGGER,
    ),
]


def reading_of(columns: str | None, scheme: str | None) -> dict[str, str]:
    """Returns the given options for the format of the data."""
    given = {"columns": columns, "scheme": scheme}
    return {name: value for name, value in given.items() if value is not None}
