"""Continuations of a given number of bars."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import symusic

from seqzoo.zoo.music.score import ScoreError
from seqzoo.zoo.note_generator.conditions import Conditions
from seqzoo.zoo.note_generator.opening import as_begun, first_bars
from seqzoo.zoo.note_generator.tokenizer import BAR

if TYPE_CHECKING:
    from seqzoo.zoo.note_generator.task import NoteGenerator


def continue_for(
    task: NoteGenerator, opening: Any, count: int, most: int
) -> tuple[symusic.Score, int]:
    """Continues a score for a number of whole bars; the piece does not end before.

    The bars begin after those of the opening. Notes that sound on are cut at the last bar line.

    Args:
        task: A `NoteGenerator`.
        opening: A score or `Conditions`. `None` starts from nothing.
        count: The number of bars.
        most: The most events that are added.

    Returns:
        The score, opening included, and how many bars became whole within `most` events.

    Raises:
        ScoreError: If the opening is missing, unreadable or without notes, or there is none and
            no bar became whole.
        ValueError: If no bars are asked for, or the sampler chooses among whole sequences, as beam
            search does.
    """
    if count < 1:
        raise ValueError(f"A continuation has at least one bar. Received: count={count!r}")
    midi = next(iter(task.preprocessor.one_by_one([b"" if opening is None else opening])))
    tokenizer = task.preprocessor.tokenizer
    ids = task.preprocessor.opening_ids(midi)
    bar = tokenizer.token_to_id(BAR)
    begun = ids.count(bar)
    # A trailing Bar token is no bar of the opening; conditions have none.
    is_given = opening is not None and not isinstance(opening, Conditions)
    given = begun - (ids[-1:] == [bar]) if is_given else 0
    for event in task.stream(opening, endless=True, max_length=most):
        begun += event.token_id == bar
        if begun > given + count:
            break
        ids.append(event.token_id)
    whole = min(max(begun - given - 1, 0), count)
    if not given + whole:
        raise ScoreError(f"No bar is whole after {most} events: raise the number of events.")
    score = as_begun(tokenizer.detokenize(ids), midi)
    return first_bars(score, given + whole), whole
