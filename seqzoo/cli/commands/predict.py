"""The arguments of `seqzoo predict`."""

from pathlib import Path
from typing import Annotated

import typer

from seqzoo.cli.commands.arguments import CAPTIONER, TAGGER, Preset


def predict(
    preset: Preset,
    inputs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="TEXT or PICTURE",
            help="Texts, or pictures and folders of pictures. Without any, and for -, standard "
            "input: a text on each line, or one picture.",
        ),
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="Print a JSON object for each text or picture.")
    ] = False,
    file: Annotated[
        list[Path] | None,
        typer.Option(help="A file with a text; repeatable.", rich_help_panel=TAGGER),
    ] = None,
    lines: Annotated[
        bool | None,
        typer.Option(
            "--lines", help="Each line of a --file is a text of its own.", rich_help_panel=TAGGER
        ),
    ] = None,
    min_score: Annotated[
        float | None,
        typer.Option(
            help="Least probability of what is shown, from 0 to 1.", rich_help_panel=TAGGER
        ),
    ] = None,
    language: Annotated[
        str | None,
        typer.Option(
            help="Of the captions; by default the model's first.", rich_help_panel=CAPTIONER
        ),
    ] = None,
    captions: Annotated[
        int | None,
        typer.Option(
            help="For each picture, the best first; several are shown with their scores, the mean "
            "log-probability of a token.",
            rich_help_panel=CAPTIONER,
        ),
    ] = None,
    beam_width: Annotated[
        int | None,
        typer.Option(
            help="Captions that are followed at once; by default 4, or --captions if that is more.",
            rich_help_panel=CAPTIONER,
        ),
    ] = None,
    temperature: Annotated[
        float | None,
        typer.Option(
            help="Above 0, captions are drawn at random instead; 1 as likely as the model finds "
            "them.",
            rich_help_panel=CAPTIONER,
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=2**31 - 1,
            help="Another seed, other captions at a --temperature.",
            rich_help_panel=CAPTIONER,
        ),
    ] = None,
) -> None:
    """Find named entities in texts, or say what pictures show; answers come one by one."""
    from seqzoo.cli.predict import run

    options = {
        "file": file or None,
        "lines": lines,
        "min_score": min_score,
        "language": language,
        "captions": captions,
        "beam_width": beam_width,
        "temperature": temperature,
        "seed": seed,
    }
    run(preset, inputs or [], json, options)
