"""`seqzoo predict`."""

import os
import sys
from collections.abc import Mapping, Sequence

from seqzoo.cli.control_characters import without_controls
from seqzoo.cli.models import load_preset, model_name
from seqzoo.cli.predict_captions import caption_answers
from seqzoo.cli.predict_entities import entity_answers
from seqzoo.errors import SeqzooError, UsageError

_ANSWERS = {"captioner": caption_answers, "ner": entity_answers}
"""What answers for each model: `(task, inputs, as_json, *, <options>)` to an iterator of answers.

An error among the answers is that of one input; the others are answered still.
"""


def run(
    preset: str, inputs: Sequence[str], as_json: bool, options: Mapping[str, object | None]
) -> None:
    """Prints the answer to every input as soon as it is there.

    Args:
        preset: A captioner or a tagger.
        inputs: The arguments: pictures or texts.
        as_json: Whether an answer is a JSON object on a line.
        options: The options of all models by name, `None` where one is not given.

    Raises:
        UsageError: If an option that is given is none of this model.
        SystemExit: With status 1 at the end, if an input had no answer.
    """
    task = load_preset(preset)
    name = model_name(task)
    if name not in _ANSWERS:
        raise UsageError(
            f"{preset} is a {name}, which predicts nothing of texts or pictures: give a preset of "
            f"{', '.join(_ANSWERS)}."
        )
    given = {option: value for option, value in options.items() if value is not None}
    # The options of a model are the arguments that need their name.
    _check_options(preset, name, given, _ANSWERS[name].__kwdefaults__)
    # JSON is UTF-8 everywhere, and what a file's name holds besides becomes JSON's own escapes. A
    # terminal shows what it can.
    sys.stdout.reconfigure(
        **{"encoding": "utf-8", "errors": "backslashreplace"} if as_json else {"errors": "replace"}
    )
    _print(_ANSWERS[name](task, inputs, as_json, **given))


def _check_options(preset, model, given, fitting):
    if unfit := [option for option in given if option not in fitting]:
        raise UsageError(
            f"{preset} is a {model}, which has no {_flags(unfit)}: its options are "
            f"{_flags(fitting)}."
        )


def _flags(options):
    return ", ".join(f"--{option.replace('_', '-')}" for option in options)


def _print(answers):
    failed = False
    try:
        for answer in answers:
            if isinstance(answer, SeqzooError):
                print(f"seqzoo: {without_controls(str(answer))}", file=sys.stderr, flush=True)
                failed = True
            else:
                print(answer, flush=True)
    except BrokenPipeError:
        _leave_output()
    if failed:
        sys.exit(1)


def _leave_output():
    """Lets go of a pipe that nobody reads, into which Python would write once more at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
