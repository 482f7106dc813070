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

MAX_COUNT = 64
"""The maximum number of pieces, which are sampled as one batch."""

DEFAULT_CANDIDATES = 16
"""The default number of pieces that --complete chooses from."""

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
    notes: str | None
    prompt_bars: int
    voice_track: str | None
    conditions: dict
    vocal_range: tuple[int, int] | None
    metre_changes: bool | None
    harmonise: bool
    bars: int | None
    form: str | None
    chords: str | None
    chord_symbols: bool
    length: int | None
    endless: bool
    complete: bool
    candidates: int
    pieces: int
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
    given = _check_ways(request)
    _check_start(request)
    if request.harmonise:
        _check_harmonise(request)
    if request.form is not None:
        _check_form(request)
    if request.chords is not None:
        _check_chords(request)
    if request.vocal_range is not None:
        from seqzoo.zoo.note_generator.conditions import checked_vocal_range

        checked_vocal_range(request.vocal_range)
    if request.vocal_range is not None and request.conditions["voice"] is False:
        raise UsageError("--piano-alone has no voice: leave out --vocal-range.")
    if request.complete and request.endless:
        raise UsageError("--complete and --endless do not go together: leave out one.")
    if request.sampler == "beam" and given not in (None, "--complete"):
        raise UsageError(
            f"{given} needs a sampler that goes event by event: {', '.join(_STREAMING)}."
        )
    _check_count(request)
    if (request.out is None) != request.stream:
        raise UsageError(
            "--stream prints notes and writes no files: leave out --out."
            if request.stream
            else "Name the folder for the score by --out, or print notes by --stream."
        )
    if request.stream and request.chord_symbols:
        raise UsageError("--stream writes no score: leave out --chord-symbols.")
    if request.sound_font is not None and not request.sound_font.is_file():
        raise UsageError(f"There is no sound font {request.sound_font}: check --sound-font.")


def _check_ways(request: Request) -> str | None:
    """Returns the option that says how far the piece goes; checks that there is one at most."""
    has_form = request.form is not None
    ways = {
        "--bars": request.bars is not None and not request.complete and not has_form,
        "--complete": request.complete and not has_form,
        "--form": has_form,
        "--stream": request.stream,
        "--harmonise": request.harmonise,
    }
    given = [name for name, is_given in ways.items() if is_given]
    if len(given) > 1:
        raise UsageError(f"{' and '.join(given)} do not go together: leave out all but one.")
    return next(iter(given), None)


def _check_start(request: Request) -> None:
    """Checks the prompt and the conditions."""
    if request.notes is not None and request.prompt is not None:
        raise UsageError("--notes and --prompt both begin the piece: leave out one.")
    if request.voice_track is not None and request.prompt is None:
        raise UsageError("--voice-track names a track of a prompt: name a score by --prompt.")
    asked = [name for name, value in request.conditions.items() if value is not None]
    if asked and request.prompt is not None:
        raise UsageError(
            f"A prompt has its own {asked[0]}: leave out --prompt, or the option of {asked[0]}."
        )


def _check_harmonise(request: Request) -> None:
    if request.length is not None or request.endless:
        raise UsageError(
            "--harmonise writes as long as the voice sings: leave out --length and --endless."
        )
    if request.vocal_range is not None:
        raise UsageError("--harmonise keeps the voice as it is: leave out --vocal-range.")
    if request.metre_changes is not None:
        option = option_of("metre_changes", request.metre_changes)
        raise UsageError(f"--harmonise keeps the time signatures of the voice: leave out {option}.")
    if request.chords is not None:
        raise UsageError("--harmonise finds chords for the voice itself: leave out --chords.")
    if request.prompt is None and request.notes is None:
        raise UsageError(
            "--harmonise needs a voice: name a score with one by --prompt, or give its --notes."
        )
    if request.conditions["voice"] is False:
        raise UsageError("--harmonise keeps a voice: leave out --piano-alone.")


def _check_form(request: Request) -> None:
    from seqzoo.zoo.note_generator.conditions import checked_form

    assert request.form is not None
    checked_form(request.form)
    if request.bars is None:
        raise UsageError("--form needs the number of bars of a section: give it by --bars.")
    if request.endless:
        raise UsageError("--form ends with its last section: leave out --endless.")
    if request.metre_changes:
        raise UsageError("All sections of a --form have one metre: leave out --metre-changes.")


def _check_chords(request: Request) -> None:
    if request.chord_symbols:
        raise UsageError("--chords are written above the staff anyway: leave out --chord-symbols.")


def _check_count(request: Request) -> None:
    if request.pieces == 1:
        return
    if request.stream:
        raise UsageError("--stream prints one piece: leave out --count.")
    if request.sampler in ("greedy", "beam"):
        raise UsageError(
            f"--sampler {request.sampler} always writes the same piece: leave out --count, or "
            "choose top_k, top_p or random."
        )
    if request.complete and request.form is None and request.candidates < request.pieces:
        raise UsageError(
            f"--complete chooses {request.pieces} pieces among {request.candidates} candidates: "
            f"give at least --candidates {request.pieces}."
        )
    _check_folder(request.out, request.pieces)


def _check_folder(out: Path | None, pieces: int) -> None:
    """Refuses a folder with more pieces, which would stay beside a contact sheet without them."""
    found = [] if out is None else sorted(folder.name for folder in out.glob("[0-9][0-9]"))
    if found and int(found[-1]) > pieces:
        raise UsageError(
            f"{out} has {int(found[-1])} pieces of an earlier command: name another folder, or "
            "delete it."
        )


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
