"""Prompts as events, and their tempo and key in continuations."""

import itertools
from collections.abc import Sequence
from typing import Any

import symusic

from seqzoo.zoo.music.key_and_spelling import estimated_key
from seqzoo.zoo.music.reader import from_midi, to_midi
from seqzoo.zoo.music.score import (
    FASTEST,
    HIGHEST,
    LOWEST,
    MAX_QUARTERS,
    SLOWEST,
    TICKS_PER_QUARTER,
    Key,
    PianoNote,
    TimeSignature,
    bars,
    has_voice,
    key_of,
    piano_score,
    song_parts,
)
from seqzoo.zoo.note_generator.conditions import ConditionError, Conditions
from seqzoo.zoo.note_generator.events.encoding import decode, encode
from seqzoo.zoo.note_generator.events.names import BAR, TIME_SIGNATURE
from seqzoo.zoo.note_generator.events.vocabulary import vocabulary


def prompt_ids(prompt: bytes | Conditions) -> list[int]:
    """Returns the event ids of a prompt, up to the end of its last note.

    A prompt that ends on a bar line is continued in a new bar.

    Args:
        prompt: The bytes of a MIDI file, empty for no prompt; or the conditions of a new piece.

    Raises:
        ScoreError: If the bytes are not a MIDI file.
    """
    if isinstance(prompt, Conditions):
        return _condition_ids(prompt)
    ids = encode(prompt)
    return ids + _last_bar_lines(ids, from_midi(prompt).end()) if ids else ids


def _last_bar_lines(ids: list[int], end: int) -> list[int]:
    """Returns the bar events after the last onset, up to the tick at which the score ends."""
    # The bars of the events may differ from those of the score, and times are rounded.
    written = decode(ids)
    end = max(end, written.end())
    found = bars(written, end)
    names = list(vocabulary())
    bar, time_signature = (
        [i for i in ids if names[i].startswith(kind)] for kind in (BAR, TIME_SIGNATURE)
    )
    missing = [bar[-1], time_signature[-1]] * (len(found) - len(bar))
    return missing + bar[-1:] * (found[-1].end == end)


def _condition_ids(conditions: Conditions) -> list[int]:
    names = (*conditions.tokens(), BAR, TIME_SIGNATURE + conditions.time_signature)
    return [vocabulary()[name] for name in names]


def score_of_notes(
    notes: Sequence[PianoNote], conditions: Conditions, key: Key | None = None
) -> symusic.Score:
    """Returns the score of notes that begin a piece: of the voice, or without one of the piano.

    Args:
        notes: The notes, by onset.
        conditions: The conditions of the piece.
        key: The key. Defaults to one estimated from the notes.

    Raises:
        ConditionError: If the voice would sing two notes at once, or a note lies beyond the keys of
            a piano or the first `MAX_QUARTERS` quarter notes.
    """
    if conditions.voice and any(
        note.end > following.onset for note, following in itertools.pairwise(notes)
    ):
        raise ConditionError(
            "The voice sings one note at a time: leave out notes that sound together, or compose "
            "for piano alone (--piano-alone)."
        )
    if any(note.end > MAX_QUARTERS * TICKS_PER_QUARTER for note in notes):
        raise ConditionError(
            f"The notes end after {MAX_QUARTERS:,} quarter notes: leave out those at the end."
        )
    if not all(LOWEST <= note.pitch <= HIGHEST for note in notes):
        raise ConditionError("A note is not on the keys of a piano: give notes from A0 to C8.")
    score = piano_score(
        [] if conditions.voice else notes,
        [TimeSignature(0, *map(int, conditions.time_signature.split("/")))],
        voice=notes if conditions.voice else [],
        key=key or estimated_key(notes),
    )
    set_tempo(score, conditions.tempo)
    return score


def bars_of_prompt(prompt: Any, ids: Sequence[int]) -> int:
    """Returns the number of bars of a prompt.

    Args:
        prompt: A score; or `Conditions` or `None`, which have no bars.
        ids: The ids of its events. A bar that begins at their end does not count.
    """
    if prompt is None or isinstance(prompt, Conditions):
        return 0
    bar = vocabulary()[BAR]
    return list(ids).count(bar) - (list(ids[-1:]) == [bar])


def first_bars(score: symusic.Score, count: int) -> symusic.Score:
    """Returns the first bars of a score; notes are cut at the last bar line.

    Args:
        score: The score.
        count: The number of bars; a shorter score is returned whole.

    Returns:
        A piano reduction as of `read_score`. A song keeps its voice track even if the voice enters
        later.

    Raises:
        ValueError: If `count` is below 1.
    """
    if count < 1:
        raise ValueError(f"A prompt has at least one bar. Received: count={count!r}")
    score = from_midi(to_midi(score))
    written = bars(score)
    end = written[min(count, len(written)) - 1].end
    piano, voice = (
        [note._replace(end=min(note.end, end)) for note in notes if note.onset < end]
        for notes in song_parts(score)
    )
    time_signatures = [
        TimeSignature(m.time, m.numerator, m.denominator)
        for m in score.time_signatures
        if m.time < end
    ]
    tempo, name = score.tempos[0].qpm, score.tracks[0].name
    return piano_score(piano, time_signatures, tempo, name, voice, key_of(score), has_voice(score))


def in_prompt_style(score: symusic.Score, prompt: bytes | Conditions) -> symusic.Score:
    """Sets the tempo and key spelling of a continuation to those of its prompt.

    Events distinguish only seven tempos, and one spelling of each key.

    Args:
        score: The continuation, which is modified.
        prompt: The prompt, as returned by `NoteGeneratorPreprocessor.raw`.

    Returns:
        The same score.
    """
    if isinstance(prompt, Conditions):
        set_tempo(score, prompt.tempo)
    elif prompt:
        given = from_midi(prompt)
        set_tempo(score, given.tempos[0].qpm)
        if key_of(given):
            score.key_signatures = given.key_signatures
    return score


def set_tempo(score: symusic.Score, tempo: float) -> None:
    """Sets the tempo of a piano reduction, within the range of tempos that are written."""
    score.tempos[0].qpm = min(max(tempo, SLOWEST), FASTEST)
