"""`seqzoo generate`."""

from pathlib import Path
from typing import NamedTuple

from seqzoo.cli.models import load_preset, model_name
from seqzoo.errors import UsageError
from seqzoo.zoo.base.limits import MAX_LENGTH, MAX_TEMPERATURE

_DEFAULT_LENGTH = 512
_STREAMING = ("greedy", "top_k", "top_p", "random")


class Request(NamedTuple):
    """What is to be composed; see `seqzoo generate --help`."""

    out: Path | None
    opening: str | None
    opening_bars: int
    conditions: dict
    compass: tuple[int, int] | None
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


def run(preset: str, request: Request) -> None:
    """Composes, and writes the score into a folder, or prints notes as they are made."""
    _check(request)
    from seqzoo.zoo.note_generator.compass import checked_compass

    start = _opening(request)
    compass = request.compass and checked_compass(request.compass)
    task = load_preset(preset)
    if model_name(task) != "note-generator":
        raise UsageError(f"{preset} composes nothing: give the preset of a note generator.")
    if compass:
        task.preprocessor.voice_compass = compass
    task.compile(sampler=make_sampler(request.sampler, request.temperature, request.seed))
    if request.stream:
        from seqzoo.cli.generate_stream import print_notes

        print_notes(task.stream(start, request.endless, request.length))
        return
    from seqzoo.cli.generate_files import write_files
    from seqzoo.zoo.note_generator.piano_score import bars

    score = _compose(task, start, request)
    score.tracks[0].name = _title(start, request)
    opening_ticks = bars(start)[-1].end if request.opening and not request.harmonise else 0
    write_files(score, opening_ticks, request.out, request.sound_font)


def _title(start, request: Request) -> str:
    if request.opening is None:
        return "Untitled"
    return f"{start.tracks[0].name}, {'harmonised' if request.harmonise else 'continued'}"


def _check(request: Request) -> None:
    if request.length is not None and not 1 <= request.length <= MAX_LENGTH:
        raise UsageError(f"--length must lie between 1 and {MAX_LENGTH}, not {request.length}.")
    if not 0 < request.temperature <= MAX_TEMPERATURE:
        raise UsageError(
            f"--temperature must be above 0 and at most {MAX_TEMPERATURE:g}, not "
            f"{request.temperature}; use --sampler greedy for the likeliest events."
        )
    ways = {
        "--bars": request.bars is not None,
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
    if request.harmonise and request.compass is not None:
        raise UsageError("--harmonise keeps the voice as it is: leave out --compass.")
    if request.compass is not None and request.conditions["voice"] is False:
        raise UsageError("--piano-alone has no voice: leave out --compass.")
    if request.harmonise and request.opening is None:
        raise UsageError("--harmonise needs a voice: name a score with one by --opening.")
    asked = [name for name, value in request.conditions.items() if value is not None]
    if asked and request.opening is not None:
        raise UsageError(
            f"An opening has its own {asked[0]}: leave out --opening, or the option of {asked[0]}."
        )
    if request.complete and request.endless:
        raise UsageError("--complete and --endless do not go together: leave out one.")
    if request.sampler == "beam" and (request.stream or request.bars or request.harmonise):
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


def _compose(task, start, request: Request):
    """The score of a request."""
    from seqzoo.training.progress import note

    length = request.length or (_DEFAULT_LENGTH if request.bars is None else MAX_LENGTH)
    if request.bars is not None:
        from seqzoo.zoo.note_generator.bar_limit import continue_for

        score, whole = continue_for(task, start, request.bars, length)
        if whole < request.bars:
            note(f"Only {whole} of {request.bars} bars are whole after {length} events.")
        return score
    if request.harmonise:
        from seqzoo.zoo.note_generator.accompaniment import harmonise

        return harmonise(task, start)
    if request.complete:
        from seqzoo.zoo.note_generator.completion import complete

        completion = complete(task, start, length, request.candidates)
        note(completion.sentence(request.candidates))
        return completion.score
    (midi,) = task.preprocessor.raw(b"" if start is None else start)
    events = 1 + len(task.preprocessor.opening_ids(midi))
    stop = None if request.endless else "auto"
    return task.generate(start, max_length=events + length, stop_token_ids=stop)


def _opening(request: Request):
    """A score, or the conditions of a new piece, or nothing."""
    from seqzoo.zoo.note_generator.conditions import Conditions
    from seqzoo.zoo.note_generator.opening import first_bars
    from seqzoo.zoo.note_generator.piano_score import can_be_played

    if request.opening is None:
        asked = {name: value for name, value in request.conditions.items() if value is not None}
        return Conditions(**asked) if asked else None
    score = _read(request.opening)
    if request.harmonise:
        return score
    opening = first_bars(score, request.opening_bars)
    if not can_be_played(opening):
        raise UsageError(
            f"The first {request.opening_bars} bars of {request.opening} have no notes: raise "
            "--opening-bars."
        )
    return opening


def _read(opening: str):
    """A score file, or a work of the music21 corpus."""
    from seqzoo.zoo.note_generator.score_reader import ScoreError, read_score

    if Path(opening).exists():
        return read_score(opening)
    from music21.corpus import CorpusException, getWork

    try:
        found = getWork(opening)
    except CorpusException:
        raise ScoreError(
            f"There is no file and no music21 work {opening!r}: give a score file, or a work such "
            "as schubert/Lindenbaum."
        ) from None
    if isinstance(found, list):
        raise ScoreError(
            f"{len(found)} files of music21 are called {opening!r}: give one, such as {found[0]}."
        )
    return read_score(found)


def make_sampler(name: str, temperature: float, seed: int):
    """A keras-hub sampler.

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
