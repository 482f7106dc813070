"""Prompts of scores, and their tempo and key in continuations."""

from collections.abc import Sequence
from typing import Any

import symusic

from seqzoo.zoo.music.reader import from_midi, to_midi
from seqzoo.zoo.music.score import (
    FASTEST,
    SLOWEST,
    TimeSignature,
    bars,
    has_voice,
    key_of,
    piano_score,
    song_parts,
)
from seqzoo.zoo.note_generator.conditions import Conditions


def bars_of_prompt(prompt: Any, ids: Sequence[int], bar: int) -> int:
    """Returns the number of bars of a prompt.

    Args:
        prompt: A score; or `Conditions` or `None`, which have no bars.
        ids: The ids of its events. A bar that begins at their end does not count.
        bar: The id of the event that begins a bar.
    """
    if prompt is None or isinstance(prompt, Conditions):
        return 0
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
        _set_tempo(score, prompt.tempo)
    elif prompt:
        given = from_midi(prompt)
        _set_tempo(score, given.tempos[0].qpm)
        if key_of(given):
            score.key_signatures = given.key_signatures
    return score


def _set_tempo(score, tempo):
    score.tempos[0].qpm = min(max(tempo, SLOWEST), FASTEST)
