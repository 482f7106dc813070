"""Arguments that several commands have, and the headings of the help."""

from typing import Annotated

import typer

Preset = Annotated[str, typer.Argument(help="A preset of `seqzoo list`, or the folder of one.")]
Data = Annotated[
    list[str],
    typer.Option(
        help="A data set of `seqzoo list`, a folder of scores, a file of piano rolls, CoNLL files, "
        "or a folder of pictures with captions; repeatable."
    ),
]
Part = Annotated[str, typer.Option(help="train, validation, test or all.")]

# Headings of the help of `train`, `evaluate` and `predict`: the models that have the arguments.
NETWORK = "Network"
NOTES = "Note generator"
TAGGER = "Tagger"
CAPTIONER = "Captioner"
WORDS = "Tagger and captioner"
