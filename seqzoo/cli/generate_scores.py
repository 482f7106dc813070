"""`seqzoo generate` with a note generator."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqzoo.cli.composing import DEFAULT_LENGTH, Request, make_sampler
from seqzoo.cli.models import load_preset
from seqzoo.core.errors import UsageError
from seqzoo.core.limits import MAX_LENGTH

if TYPE_CHECKING:
    import symusic

    from seqzoo.zoo.note_generator.conditions import Conditions
    from seqzoo.zoo.note_generator.task import NoteGenerator

_EVENTS_OF_A_BAR = 64
"""The default --length of --complete --bars allows as many for every bar; most bars have fewer."""


def generate(preset: str, request: Request) -> None:
    """Composes, and writes the score into a folder, or prints notes as they are made."""
    if request.frame is not None:
        raise UsageError("--frame is for piano rolls: leave it out.")
    from seqzoo.zoo.note_generator.conditions import checked_vocal_range

    start = _prompt(request)
    vocal_range = request.vocal_range and checked_vocal_range(request.vocal_range)
    task = load_preset(preset)
    if vocal_range:
        task.preprocessor.vocal_range = vocal_range
    if request.metre_changes is not None:
        task.preprocessor.metre_changes = request.metre_changes
    task.compile(sampler=make_sampler(request.sampler, request.temperature, request.seed))
    if request.out is None:  # with --stream alone; see `check`
        from seqzoo.cli.generate_stream import print_notes

        print_notes(task.stream(start, request.endless, request.length))
        return
    from seqzoo.cli.generate_files import write_files
    from seqzoo.zoo.music.score import bars

    score = _compose(task, start, request)
    score.tracks[0].name = _title(score, start, request)
    prompt_ticks = bars(start)[-1].end if request.prompt and not request.harmonise else 0
    write_files(score, _composer(task), prompt_ticks, request.out, request.sound_font)


def _title(score: symusic.Score, start: Any, request: Request) -> str:
    """Returns the title: that of the prompt with a suffix, or the kind and the key of the piece."""
    if request.prompt is not None:
        return f"{start.tracks[0].name}, {'harmonised' if request.harmonise else 'continued'}"
    from seqzoo.zoo.note_generator.conditions import untitled

    return untitled(score)


def _composer(task: NoteGenerator) -> str:
    """Returns, for example, "seqzoo, after Schubert", if the preset records its training data."""
    from seqzoo.training.data.published import DATA_SETS

    names = task.training_runs[-1].data if task.training_runs else ()
    composers = (DATA_SETS[name].composer for name in names if name in DATA_SETS)
    models = dict.fromkeys(filter(None, composers))
    return f"seqzoo, after {' and '.join(models)}" if models else "seqzoo"


def _default_length(request: Request) -> int:
    """Returns the maximum number of events without --length."""
    if request.bars is None:
        return DEFAULT_LENGTH
    if request.complete:
        return min(max(DEFAULT_LENGTH, _EVENTS_OF_A_BAR * request.bars), MAX_LENGTH)
    return MAX_LENGTH


def _compose(task: NoteGenerator, start: Any, request: Request) -> symusic.Score:
    """Composes the score of a request."""
    from seqzoo.core.progress import note

    length = request.length or _default_length(request)
    if request.bars is not None and not request.complete:
        from seqzoo.zoo.note_generator.continue_bars import continue_for_bars

        score, whole = continue_for_bars(task, start, request.bars, length)
        if whole < request.bars:
            note(f"Only {whole} of {request.bars} bars are whole after {length} events.")
        return score
    if request.harmonise:
        from seqzoo.zoo.note_generator.harmonize import harmonise

        return harmonise(task, start, request.candidates)
    if request.complete:
        from seqzoo.zoo.note_generator.completion import complete

        bars = request.bars or 0
        completion = complete(task, start, length, request.candidates, bars)
        note(completion.sentence(request.candidates, bars))
        return completion.score
    (midi,) = task.preprocessor.raw(b"" if start is None else start)
    events = 1 + len(task.preprocessor.prompt_ids(midi))
    stop = None if request.endless else "auto"
    return task.generate(start, max_length=events + length, stop_token_ids=stop)


def _prompt(request: Request) -> symusic.Score | Conditions | None:
    """Returns a score, the conditions of a new piece, or `None`."""
    from seqzoo.zoo.music.score import can_be_played
    from seqzoo.zoo.note_generator.conditions import Conditions
    from seqzoo.zoo.note_generator.prompt import first_bars

    if request.prompt is None:
        asked = {name: value for name, value in request.conditions.items() if value is not None}
        return Conditions(**asked) if asked else None
    score = read_prompt(request.prompt, request.voice_track)
    if request.harmonise:
        return score
    prompt = first_bars(score, request.prompt_bars)
    if not can_be_played(prompt):
        raise UsageError(
            f"The first {request.prompt_bars} bars of {request.prompt} have no notes: raise "
            "--prompt-bars."
        )
    return prompt


def read_prompt(prompt: str, voice_track: str | None) -> symusic.Score:
    """Reads a score file or a work of the music21 corpus."""
    from seqzoo.zoo.music.reader import ScoreError, read_score

    if Path(prompt).exists():
        return read_score(prompt, voice_track)
    from music21.corpus import CorpusException, getWork

    try:
        found = getWork(prompt)
    except CorpusException:
        raise ScoreError(
            f"There is no file and no music21 work {prompt!r}: give a score file, or a work such "
            "as schubert/Lindenbaum."
        ) from None
    if isinstance(found, list):
        raise ScoreError(
            f"{len(found)} files of music21 are called {prompt!r}: give one, such as {found[0]}."
        )
    return read_score(found, voice_track)
