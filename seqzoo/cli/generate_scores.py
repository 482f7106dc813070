"""`seqzoo generate` with a note generator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from seqzoo.cli.composing import DEFAULT_LENGTH, Request, make_sampler
from seqzoo.cli.models import load_preset
from seqzoo.core.errors import UsageError
from seqzoo.core.limits import MAX_LENGTH
from seqzoo.core.progress import note

if TYPE_CHECKING:
    import symusic

    from seqzoo.zoo.music.chord_symbols import PlacedChord, Progression
    from seqzoo.zoo.note_generator.task import NoteGenerator

_EVENTS_OF_A_BAR = 64
"""The default --length of --complete --bars allows as many for every bar; most bars have fewer."""


class _Piece(NamedTuple):
    """A composed piece, and a sentence about its end, which may be empty."""

    score: symusic.Score
    sentence: str = ""


def generate(preset: str, request: Request) -> None:
    """Composes, and writes scores into a folder, or prints notes as they are made."""
    if request.frame is not None:
        raise UsageError("--frame is for piano rolls: leave it out.")
    from seqzoo.cli.score_prompts import read_start
    from seqzoo.zoo.music.chord_symbols import parsed_progression
    from seqzoo.zoo.note_generator.conditions import checked_vocal_range

    chords = () if request.chords is None else parsed_progression(request.chords)
    start = read_start(request, chords)
    vocal_range = request.vocal_range and checked_vocal_range(request.vocal_range)
    task = load_preset(preset)
    if vocal_range:
        task.preprocessor.vocal_range = vocal_range
    if request.metre_changes is not None:
        task.preprocessor.metre_changes = request.metre_changes
    task.compile(sampler=make_sampler(request.sampler, request.temperature, request.seed))
    _tell_rounding(task, start, request)
    if chords and request.form is None:
        from seqzoo.zoo.note_generator.constraints.chord_constraint import continued_chords

        task.chord_plan = continued_chords(task, start, chords)
    if request.out is None:  # with --stream alone; see `check`
        from seqzoo.cli.generate_stream import print_notes

        print_notes(task.stream(start, request.endless, request.length))
        return
    pieces = _compose(task, start, request, chords)
    for piece in pieces:
        piece.score.tracks[0].name = _title(piece.score, start, request)
    _write(task, start, request, chords, pieces)


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


def _tell_rounding(task: NoteGenerator, start: Any, request: Request) -> None:
    """Says which notes of a prompt events cannot represent; a harmonised voice stays exact."""
    from seqzoo.zoo.note_generator.events.rounding import rounding

    if request.harmonise or (request.prompt is None and request.notes is None):
        return
    found = rounding(task.preprocessor.tokenizer, start)
    if found is not None:
        note(found.sentence())


def _default_length(request: Request) -> int:
    """Returns the maximum number of events without --length."""
    if request.bars is None:
        return DEFAULT_LENGTH
    if request.complete:
        return min(max(DEFAULT_LENGTH, _EVENTS_OF_A_BAR * request.bars), MAX_LENGTH)
    return MAX_LENGTH


def _compose(
    task: NoteGenerator, start: Any, request: Request, chords: Progression
) -> list[_Piece]:
    """Composes the pieces of a request."""
    length = request.length or _default_length(request)
    if request.form is not None:
        return _compose_form(task, start, request, chords)
    if request.harmonise:
        from seqzoo.zoo.note_generator.composing.harmonize import harmonise

        count, candidates = request.pieces, request.candidates
        return [_Piece(harmonise(task, start, candidates)) for _ in range(count)]
    if request.complete:
        from seqzoo.zoo.note_generator.composing.completion import completions

        bars, candidates = request.bars or 0, request.candidates
        completed = completions(task, start, length, candidates, bars, request.pieces)
        if len(completed) < request.pieces:
            note(f"Only {len(completed)} of {candidates} candidates have an end.")
        return [_Piece(each.score, each.sentence(candidates, bars)) for each in completed]
    if request.bars is not None:
        from seqzoo.zoo.note_generator.composing.continue_bars import continuations_for_bars

        continued = continuations_for_bars(task, start, request.bars, length, request.pieces)
        return [_Piece(score, _too_few(whole, request.bars, length)) for score, whole in continued]
    prompts = task.preprocessor.raw([b"" if start is None else start])
    events = 1 + len(task.preprocessor.prompt_ids(prompts[0]))
    stop = None if request.endless else "auto"
    scores = task.generate([*prompts] * request.pieces, events + length, stop_token_ids=stop)
    return [_Piece(score) for score in scores]


def _compose_form(
    task: NoteGenerator, start: Any, request: Request, chords: Progression
) -> list[_Piece]:
    from seqzoo.zoo.note_generator.composing.form import compose_form

    assert request.form is not None
    assert request.bars is not None  # see `check`
    formed = compose_form(
        task,
        start,
        request.form,
        request.bars,
        pieces=request.pieces,
        close=request.complete,
        chords=chords,
        max_new_tokens=request.length,
    )
    return [_Piece(each.score, each.sentence() if request.complete else "") for each in formed]


def _too_few(whole: int, bars: int, length: int) -> str:
    return "" if whole == bars else f"Only {whole} of {bars} bars are whole after {length} events."


def _write(
    task: NoteGenerator, start: Any, request: Request, chords: Progression, pieces: list[_Piece]
) -> None:
    """Writes one piece into the folder, or several, ranked, into numbered folders."""
    from seqzoo.cli.generate_files import write_files

    assert request.out is not None  # see `check`
    composer, sound_font = _composer(task), request.sound_font
    prompt_ticks = _prompt_ticks(start, request)
    if request.pieces == 1:
        (piece,) = pieces
        if piece.sentence:
            note(piece.sentence)
        above = _chords_above(task, piece.score, request, chords, prompt_ticks)
        written = write_files(piece.score, composer, prompt_ticks, request.out, sound_font, above)
        written.tell()
        return
    from seqzoo.cli.ranked_scores import write_contact_sheet, write_table
    from seqzoo.zoo.note_generator.composing.ranking import ranked

    scores = [piece.score for piece in pieces]
    rated = ranked(task, scores, None if request.harmonise else start)
    missing: dict[str, None] = {}
    for place, each in enumerate(rated, start=1):
        piece, folder = pieces[each.index], request.out / f"{place:02d}"
        above = _chords_above(task, piece.score, request, chords, prompt_ticks)
        written = write_files(piece.score, composer, prompt_ticks, folder, sound_font, above)
        missing |= dict.fromkeys(written.missing)
        print(f"Piece {place:02d}: {folder}")
        if piece.sentence:
            note(f"{place:02d}: {piece.sentence}")
    for sentence in missing:
        note(sentence)
    ordered = [scores[each.index] for each in rated]
    write_contact_sheet(ordered, rated, prompt_ticks, request.out)
    write_table(rated)


def _prompt_ticks(start: Any, request: Request) -> int:
    """Returns the end of what is given, in ticks; 0 if nothing is."""
    is_given = request.prompt is not None or request.notes is not None
    return start.end() if is_given and not request.harmonise else 0


def _chords_above(
    task: NoteGenerator,
    score: symusic.Score,
    request: Request,
    chords: Progression,
    prompt_ticks: int,
) -> list[PlacedChord]:
    """Returns the chord symbols to write: those given, after the prompt; or those of all bars."""
    from seqzoo.zoo.music.chord_symbols import analysed_chords

    if request.chord_symbols:
        return analysed_chords(score)
    if not chords:
        return []
    from seqzoo.zoo.note_generator.composing.form import form_plan
    from seqzoo.zoo.note_generator.constraints.chord_constraint import placed_chords

    plan = task.chord_plan
    if request.form is not None:
        assert request.bars is not None  # see `check`
        plan = form_plan(request.form, request.bars, chords)
    assert plan is not None
    return [chord for chord in placed_chords(plan, score) if chord.onset >= prompt_ticks]
