"""`seqzoo generate` with a frame generator."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from seqzoo.cli.composing import DEFAULT_LENGTH, Request, make_sampler, option_of
from seqzoo.cli.models import load_preset
from seqzoo.core.errors import UsageError

# Options that do not apply, since a roll has no bars, voices or time signatures.
_OF_SCORES = (
    *("notes", "voice_track", "vocal_range", "harmonise", "bars", "form", "chords"),
    *("chord_symbols", "complete", "stream"),
)


def generate(preset: str, request: Request) -> None:
    """Continues a piano roll, and writes it as an array and as a score into a folder."""
    given = [option_of(name, True) for name in _OF_SCORES if getattr(request, name)]
    given += ["--count"] * (request.pieces > 1)
    asked = {**request.conditions, "metre_changes": request.metre_changes}
    given += [option_of(name, value) for name, value in asked.items() if value is not None]
    if given:
        raise UsageError(f"{given[0]} is for note generators, and {preset} is a frame generator.")
    quarters = 1.0 if request.frame is None else request.frame
    # A roll has no bars: the option counts bars of four quarter notes.
    frames = max(1, round(4 * request.prompt_bars / quarters))
    prompt = None if request.prompt is None else _prompt(request.prompt, frames, quarters)
    task = load_preset(preset)
    task.compile(sampler=make_sampler(request.sampler, request.temperature, request.seed))
    if prompt is None:
        tokens = 1
    else:
        (ids,) = task.preprocessor.token_ids([prompt])
        # The end token does not belong to the prompt.
        tokens = len(ids) - 1
    roll = task.generate(
        prompt,
        max_length=tokens + (request.length or DEFAULT_LENGTH),
        stop_token_ids=None if request.endless else "auto",
    )
    _write(roll, prompt, quarters, request)


def _prompt(path: str, frames: int, quarters: float) -> Any:
    """Returns the first frames of a roll: an array in a NumPy file, or a score."""
    from seqzoo.cli.score_prompts import read_prompt
    from seqzoo.zoo.music.roll_scores import score_roll

    is_array = path.endswith(".npy")
    roll = _read_array(path) if is_array else score_roll(read_prompt(path, None), quarters)
    if not len(roll):
        raise UsageError(f"{path} is empty: give a prompt with frames or notes.")
    return roll[:frames]


def _read_array(path):
    import numpy as np

    try:
        with open(path, "rb") as file:
            # Unlike `np.load`, this does not accept archives.
            return np.atleast_1d(np.lib.format.read_array(file, allow_pickle=False))
    except (OSError, ValueError, EOFError, MemoryError) as error:
        raise UsageError(
            f"{path} cannot be read as a piano roll ({error}): give a file of numpy.save with an "
            "array (frames, 88), or a score."
        ) from error


def _write(roll: Any, prompt: Any, quarters: float, request: Request) -> None:
    import numpy as np

    from seqzoo.cli.generate_files import write_files
    from seqzoo.core.atomic import atomic_file
    from seqzoo.zoo.music.roll_scores import roll_score, ticks_of

    assert request.out is not None  # see `check`
    name = "Piano roll" if request.prompt is None else f"{Path(request.prompt).stem}, continued"
    score = roll_score(roll, quarters, name)
    path = request.out / "roll.npy"
    with atomic_file(path) as unfinished, unfinished.open("wb") as file:
        np.save(file, roll)
    print(f"Array: {path}")
    prompt_ticks = 0 if prompt is None else ticks_of(len(prompt), quarters)
    write_files(score, "seqzoo", prompt_ticks, request.out, request.sound_font).tell()
