"""Requests to `seqzoo generate`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from seqzoo.core.errors import UsageError
from seqzoo.core.limits import MAX_LENGTH, MAX_TEMPERATURE

if TYPE_CHECKING:
    from keras_nlp.samplers import Sampler

DEFAULT_LENGTH = 512
"""The default maximum number of events."""

_STREAMING = ("greedy", "top_k", "top_p", "random")

_NEGATED = {"voice": "piano_alone", "metre_changes": "one_metre"}
"""The names of options that stand for `False`."""


def option_of(name: str, value: object) -> str:
    """Returns the option by which a value was given.

    >>> option_of("metre_changes", False)
    '--one-metre'
    """
    return f"--{_NEGATED[name] if value is False else name}".replace("_", "-")


class Request(NamedTuple):
    """A request to compose; see `seqzoo generate --help`."""

    out: Path | None
    prompt: str | None
    prompt_bars: int
    voice_track: str | None
    conditions: dict
    vocal_range: tuple[int, int] | None
    metre_changes: bool | None
    harmonise: bool
    bars: int | None
    length: int | None
    endless: bool
    complete: bool
    candidates: int
    stream: bool
    sampler: str
    temperature: float
    seed: int
    sound_font: Path | None
    frame: float | None


def check(request: Request) -> None:
    """Checks a request before the preset is loaded, which takes time.

    Raises:
        UsageError: If options exclude each other, or a value is invalid.
    """
    if request.length is not None and not 1 <= request.length <= MAX_LENGTH:
        raise UsageError(f"--length must lie between 1 and {MAX_LENGTH}, not {request.length}.")
    if not 0 < request.temperature <= MAX_TEMPERATURE:
        raise UsageError(
            f"--temperature must be above 0 and at most {MAX_TEMPERATURE:g}, not "
            f"{request.temperature}; use --sampler greedy for the likeliest events."
        )
    ways = {
        "--bars": request.bars is not None and not request.complete,
        "--complete": request.complete,
        "--stream": request.stream,
        "--harmonise": request.harmonise,
    }
    given = [name for name, is_given in ways.items() if is_given]
    if len(given) > 1:
        raise UsageError(f"{' and '.join(given)} do not go together: leave out all but one.")
    if request.harmonise and (request.length is not None or request.endless):
        raise UsageError(
            "--harmonise writes as long as the voice sings: leave out --length and --endless."
        )
    if request.harmonise and request.vocal_range is not None:
        raise UsageError("--harmonise keeps the voice as it is: leave out --vocal-range.")
    if request.harmonise and request.metre_changes is not None:
        option = option_of("metre_changes", request.metre_changes)
        raise UsageError(f"--harmonise keeps the time signatures of the voice: leave out {option}.")
    if request.vocal_range is not None:
        from seqzoo.zoo.note_generator.conditions import checked_vocal_range

        checked_vocal_range(request.vocal_range)
    if request.vocal_range is not None and request.conditions["voice"] is False:
        raise UsageError("--piano-alone has no voice: leave out --vocal-range.")
    if request.harmonise and request.prompt is None:
        raise UsageError("--harmonise needs a voice: name a score with one by --prompt.")
    if request.voice_track is not None and request.prompt is None:
        raise UsageError("--voice-track names a track of a prompt: name a score by --prompt.")
    asked = [name for name, value in request.conditions.items() if value is not None]
    if asked and request.prompt is not None:
        raise UsageError(
            f"A prompt has its own {asked[0]}: leave out --prompt, or the option of {asked[0]}."
        )
    if request.complete and request.endless:
        raise UsageError("--complete and --endless do not go together: leave out one.")
    if request.sampler == "beam" and given and not request.complete:
        raise UsageError(
            f"{given[0]} needs a sampler that goes event by event: {', '.join(_STREAMING)}."
        )
    if (request.out is None) != request.stream:
        raise UsageError(
            "--stream prints notes and writes no files: leave out --out."
            if request.stream
            else "Name the folder for the score by --out, or print notes by --stream."
        )
    if request.sound_font is not None and not request.sound_font.is_file():
        raise UsageError(f"There is no sound font {request.sound_font}: check --sound-font.")


def make_sampler(name: str, temperature: float, seed: int) -> Sampler:
    """Makes a keras-hub sampler.

    Raises:
        UsageError: If there is no sampler of that name.
    """
    from keras_nlp import samplers

    makers = {
        "greedy": lambda: samplers.GreedySampler(),
        "top_k": lambda: samplers.TopKSampler(k=10, temperature=temperature, seed=seed),
        "top_p": lambda: samplers.TopPSampler(p=0.95, temperature=temperature, seed=seed),
        "random": lambda: samplers.RandomSampler(temperature=temperature, seed=seed),
        "beam": lambda: samplers.BeamSampler(num_beams=4, temperature=temperature),
    }
    if name not in makers:
        raise UsageError(f"There is no sampler {name!r}: the samplers are {', '.join(makers)}.")
    return makers[name]()
