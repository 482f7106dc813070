"""`seqzoo predict`."""

import sys
from collections.abc import Mapping, Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated

import typer

from seqzoo.cli.broken_pipe import leave_output
from seqzoo.cli.commands.arguments import CAPTIONER, TAGGER, Preset
from seqzoo.cli.models import load_preset, model_name
from seqzoo.core.errors import SeqzooError, UsageError
from seqzoo.core.lazy import load_place
from seqzoo.zoo.registry import MODELS


def predict(
    preset: Preset,
    inputs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="TEXT or PICTURE",
            help="Texts, or pictures and folders of pictures. Without inputs, or for -, standard "
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
            "--lines", help="Each line of a --file is a separate text.", rich_help_panel=TAGGER
        ),
    ] = None,
    min_score: Annotated[
        float | None,
        typer.Option(
            help="Minimum probability of shown entities, from 0 to 1.", rich_help_panel=TAGGER
        ),
    ] = None,
    language: Annotated[
        str | None,
        typer.Option(
            help="Language of captions; by default the model's first.", rich_help_panel=CAPTIONER
        ),
    ] = None,
    captions: Annotated[
        int | None,
        typer.Option(
            help="Captions per picture, the best first; several are shown with their scores, the "
            "mean log-probability of a token.",
            rich_help_panel=CAPTIONER,
        ),
    ] = None,
    beam_width: Annotated[
        int | None,
        typer.Option(
            help="Beam width of the search; by default 4, or --captions if that is more.",
            rich_help_panel=CAPTIONER,
        ),
    ] = None,
    temperature: Annotated[
        float | None,
        typer.Option(
            help="Above 0, captions are sampled instead; 1 samples from the model's probabilities.",
            rich_help_panel=CAPTIONER,
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=2**31 - 1,
            help="Random seed of captions at a --temperature.",
            rich_help_panel=CAPTIONER,
        ),
    ] = None,
) -> None:
    """Find named entities in texts, or caption pictures; results are printed one by one."""
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


def run(
    preset: str, inputs: Sequence[str], as_json: bool, options: Mapping[str, object | None]
) -> None:
    """Prints the result for every input as soon as it is available.

    Args:
        preset: A captioner or a tagger.
        inputs: The arguments: pictures or texts.
        as_json: Whether a result is a JSON object on a line.
        options: The options of all models by name; `None` if an option is not given.

    Raises:
        UsageError: If a given option does not apply to this model.
        SystemExit: With status 1 at the end, if an input failed.
    """
    task = load_preset(preset)
    name = model_name(task)
    place = MODELS[name].predict
    if not place:
        predicting = [model.name for model in MODELS.values() if model.predict]
        raise UsageError(
            f"{preset} is of the model {name}, which predicts nothing of texts or pictures: give a "
            f"preset of {', '.join(predicting)}."
        )
    answers = load_place(place)
    given = {option: value for option, value in options.items() if value is not None}
    # The options of a model are its keyword-only arguments.
    _check_options(preset, name, given, answers.__kwdefaults__ or ())
    # JSON is always UTF-8, and undecodable bytes in file names become JSON escapes. On a terminal,
    # characters that it cannot show are replaced.
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(
            encoding="utf-8" if as_json else None,
            errors="backslashreplace" if as_json else "replace",
        )
    _print(answers(task, inputs, as_json, **given))


def _check_options(preset, model, given, fitting):
    if unfit := [option for option in given if option not in fitting]:
        raise UsageError(
            f"{preset} is of the model {model}, which has no {_flags(unfit)}: its options are "
            f"{_flags(fitting) or 'none'}."
        )


def _flags(options):
    return ", ".join(f"--{option.replace('_', '-')}" for option in options)


def _print(answers):
    from seqzoo.cli.control_characters import without_controls

    failed = False
    try:
        for answer in answers:
            if isinstance(answer, SeqzooError):
                print(f"seqzoo: {without_controls(str(answer))}", file=sys.stderr, flush=True)
                failed = True
            else:
                print(answer, flush=True)
    except BrokenPipeError:
        leave_output()
    if failed:
        sys.exit(1)
