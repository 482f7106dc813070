"""Prompts as tokens, and tokens as scores; runs in processes without TensorFlow."""

from collections.abc import Mapping
from typing import Any

import symusic

from seqzoo.core.errors import UsageError
from seqzoo.serving.scores.asked import PlayedNote, PromptRequest, ScoreFile, ScoreRequest
from seqzoo.zoo.music.reader import parse_score, to_midi
from seqzoo.zoo.music.score import (
    TICKS_PER_QUARTER,
    PianoNote,
    can_be_played,
    has_voice,
    key_of,
)
from seqzoo.zoo.note_generator.conditions import Conditions, parsed_key, spoken_key, untitled
from seqzoo.zoo.note_generator.events.encoding import decode
from seqzoo.zoo.note_generator.events.vocabulary import vocabulary
from seqzoo.zoo.note_generator.prompt import (
    bars_of_prompt,
    first_bars,
    prompt_ids,
    score_of_notes,
    set_tempo,
)

_VELOCITY = 80
_COMPOSER = "seqzoo"
# For a column of a screen: the width of about three bars, and pages as long as verovio makes them.
_SCREEN = {"pageWidth": 1500, "pageHeight": 60000, "adjustPageHeight": True}


def prompt(request: PromptRequest) -> dict[str, Any]:
    """Returns the tokens of a prompt, and its properties.

    Raises:
        SeqzooError: If the prompt cannot be used; the message says why.
    """
    _check_vocabulary(request.vocabulary)
    conditions = Conditions(**request.conditions)
    # Checks the time signature, which a score may write in any way.
    condition_ids = prompt_ids(conditions)
    if request.file is None and not request.notes:
        return {**_asked(conditions), "token_ids": condition_ids, "bars": 0, "title": ""}
    score = _played(request.notes, conditions) if request.file is None else _read(request.file)
    ids = prompt_ids(to_midi(score))
    return {
        **_found(score),
        "token_ids": ids,
        "bars": bars_of_prompt(score, ids),
        "title": "" if request.file is None else f"{score.tracks[0].name}, continued",
    }


def score(request: ScoreRequest) -> dict[str, Any]:
    """Returns the score of tokens as MusicXML, and engraved as SVG.

    Raises:
        SeqzooError: If the tokens hold no notes.
    """
    from seqzoo.zoo.music.engraving import EngravingError, engraved
    from seqzoo.zoo.music.musicxml.writer import musicxml

    _check_vocabulary(request.vocabulary)
    written = decode(request.token_ids)
    if request.bars is not None:
        written = first_bars(written, request.bars)
    if not can_be_played(written):
        raise UsageError("The piece has no notes yet.")
    if request.tempo is not None:
        set_tempo(written, request.tempo)
    title = request.title or untitled(written)
    written.tracks[0].name = ""
    document = musicxml(written, title, _COMPOSER)
    try:
        pages, missing = engraved(document, _COMPOSER, **_SCREEN), None
    except EngravingError as error:
        pages, missing = [], str(error)
    return {"musicxml": document.decode(), "pages": pages, "missing": missing}


def _check_vocabulary(names: tuple[str, ...]) -> None:
    if list(names) != list(vocabulary()):
        raise UsageError("The model has other events than this version of seqzoo: export it again.")


def _asked(conditions: Conditions) -> Mapping[str, Any]:
    return {
        "key": spoken_key(parsed_key(conditions.key)),
        "time_signature": conditions.time_signature,
        "tempo": conditions.tempo,
        "voice": conditions.voice,
    }


def _found(score: symusic.Score) -> Mapping[str, Any]:
    """Returns the properties of a score, with the time signature at its end."""
    key, last = key_of(score), score.time_signatures[-1]
    return {
        "key": spoken_key(key) if key else None,
        "time_signature": f"{last.numerator}/{last.denominator}",
        "tempo": score.tempos[0].qpm,
        "voice": has_voice(score),
    }


def _read(file: ScoreFile) -> symusic.Score:
    """Returns an uploaded score, or its first bars."""
    score = parse_score(file.content, file.name)
    if file.bars is None:
        return score
    kept = first_bars(score, file.bars)
    if not can_be_played(kept):
        raise UsageError(f"The first {file.bars} bars of {file.name} have no notes: use more.")
    return kept


def _played(notes: tuple[PlayedNote, ...], conditions: Conditions) -> symusic.Score:
    """Returns the score of notes that were played."""
    played = [
        PianoNote(_ticks(note.onset), note.pitch, _ticks(note.onset + note.duration), _VELOCITY)
        for note in sorted(notes)
    ]
    return score_of_notes(played, conditions, parsed_key(conditions.key))


def _ticks(quarters: float) -> int:
    return round(quarters * TICKS_PER_QUARTER)
