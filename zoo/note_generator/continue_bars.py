"""Continuations of a given number of bars."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import symusic

from seqzoo.zoo.music.score import ScoreError
from seqzoo.zoo.note_generator.conditions import Conditions
from seqzoo.zoo.note_generator.prompt import first_bars, in_prompt_style
from seqzoo.zoo.note_generator.tokenizer import BAR

if TYPE_CHECKING:
    from seqzoo.zoo.note_generator.task import NoteGenerator


def continue_for_bars(
    task: NoteGenerator, prompt: Any, count: int, max_new_tokens: int
) -> tuple[symusic.Score, int]:
    """Continues a score for a number of whole bars; the piece does not end before.

    The bars begin after those of the prompt. Notes that sound on are cut at the last bar line.

    Args:
        task: A `NoteGenerator`.
        prompt: A score or `Conditions`. `None` starts from nothing.
        count: The number of bars.
        max_new_tokens: The most events that are added.

    Returns:
        The score, prompt included, and how many bars became whole within `max_new_tokens` events.

    Raises:
        ScoreError: If the prompt is missing, unreadable or without notes, or there is none and
            no bar became whole.
        ValueError: If no bars are asked for, or the sampler chooses among whole sequences, as beam
            search does.
    """
    if count < 1:
        raise ValueError(f"A continuation has at least one bar. Received: count={count!r}")
    midi = next(iter(task.preprocessor.one_by_one([b"" if prompt is None else prompt])))
    tokenizer = task.preprocessor.tokenizer
    ids = task.preprocessor.prompt_ids(midi)
    bar = tokenizer.token_to_id(BAR)
    begun = ids.count(bar)
    # A trailing Bar token is no bar of the prompt; conditions have none.
    is_given = prompt is not None and not isinstance(prompt, Conditions)
    given = begun - (ids[-1:] == [bar]) if is_given else 0
    for event in task.stream(prompt, endless=True, max_length=max_new_tokens):
        begun += event.token_id == bar
        if begun > given + count:
            break
        ids.append(event.token_id)
    whole = min(max(begun - given - 1, 0), count)
    if not given + whole:
        raise ScoreError(
            f"No bar is whole after {max_new_tokens} events: raise the number of events."
        )
    score = in_prompt_style(tokenizer.detokenize(ids), midi)
    return first_bars(score, given + whole), whole
