"""Continuation by a given number of bars."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import symusic

from seqzoo.zoo.music.score import ScoreError
from seqzoo.zoo.note_generator.events.names import BAR
from seqzoo.zoo.note_generator.prompt import bars_of_prompt, first_bars, in_prompt_style

if TYPE_CHECKING:
    from seqzoo.zoo.note_generator.task import NoteGenerator


def continue_for_bars(
    task: NoteGenerator, prompt: Any, count: int, max_new_tokens: int
) -> tuple[symusic.Score, int]:
    """Continues a score by a number of complete bars; the piece cannot end earlier.

    The bars follow those of the prompt. Notes that extend beyond the last bar line are cut there.

    Args:
        task: A `NoteGenerator`.
        prompt: A score or `Conditions`. `None` starts a new piece.
        count: The number of bars.
        max_new_tokens: Maximum number of events to add.

    Returns:
        The score, prompt included, and the number of bars completed within `max_new_tokens` events.

    Raises:
        ScoreError: If the prompt is missing, unreadable or without notes; or if there is no prompt
            and no bar was completed.
        ValueError: If `count` is below 1, or the sampler chooses among whole sequences, such as
            beam search.
    """
    if count < 1:
        raise ValueError(f"A continuation has at least one bar. Received: count={count!r}")
    midi = next(iter(task.preprocessor.one_by_one([b"" if prompt is None else prompt])))
    tokenizer = task.preprocessor.tokenizer
    ids = task.preprocessor.prompt_ids(midi)
    bar = tokenizer.token_to_id(BAR)
    begun = ids.count(bar)
    given = bars_of_prompt(prompt, ids, bar)
    for event in task.stream(prompt, endless=True, max_length=max_new_tokens):
        begun += event.token_id == bar
        if begun > given + count:
            break
        ids.append(event.token_id)
    whole = min(max(begun - given - 1, 0), count)
    if not given + whole:
        raise ScoreError(
            f"No bar is complete after {max_new_tokens} events: raise the number of events."
        )
    score = in_prompt_style(tokenizer.detokenize(ids), midi)
    return first_bars(score, given + whole), whole
