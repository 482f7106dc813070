"""What scores are composed from: prompts, notes and conditions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from seqzoo.cli.composing import Request
from seqzoo.core.errors import UsageError

if TYPE_CHECKING:
    import symusic

    from seqzoo.zoo.music.chord_symbols import Progression
    from seqzoo.zoo.note_generator.conditions import Conditions


def read_start(request: Request, chords: Progression) -> symusic.Score | Conditions | None:
    """Returns a score, the conditions of a new piece, or `None`.

    Without another key, the piece has that of its chords.
    """
    from seqzoo.zoo.music.chord_symbols import key_of_progression
    from seqzoo.zoo.note_generator.conditions import Conditions, spoken_key

    if request.prompt is not None:
        return _prompt(request)
    asked = {name: value for name, value in request.conditions.items() if value is not None}
    if chords:
        asked = {"key": spoken_key(key_of_progression(chords)), **asked}
    if request.notes is not None:
        return _primer(request.notes, Conditions(**asked), has_key="key" in asked)
    return Conditions(**asked) if asked else None


def _prompt(request: Request) -> symusic.Score:
    from seqzoo.zoo.music.score import can_be_played
    from seqzoo.zoo.note_generator.prompt import first_bars

    assert request.prompt is not None
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


def _primer(text: str, conditions: Conditions, has_key: bool) -> symusic.Score:
    from seqzoo.zoo.music.note_names import parsed_notes
    from seqzoo.zoo.note_generator.conditions import parsed_key
    from seqzoo.zoo.note_generator.prompt import score_of_notes

    key = parsed_key(conditions.key) if has_key else None
    return score_of_notes(parsed_notes(text), conditions, key)


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
