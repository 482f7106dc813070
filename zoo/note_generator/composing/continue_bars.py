"""Continuation by a given number of bars."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import symusic

from seqzoo.zoo.music.score import ScoreError
from seqzoo.zoo.note_generator.composing.rows import write_rows
from seqzoo.zoo.note_generator.events.names import BAR
from seqzoo.zoo.note_generator.prompt import bars_of_prompt, first_bars, in_prompt_style

if TYPE_CHECKING:
    from seqzoo.zoo.note_generator.task import NoteGenerator


class Continuation(NamedTuple):
    """A score, prompt included, and the number of whole bars that were added to the prompt."""

    score: symusic.Score
    bars: int


def continue_for_bars(
    task: NoteGenerator, prompt: Any, count: int, max_new_tokens: int
) -> Continuation:
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
    return continuations_for_bars(task, prompt, count, max_new_tokens, pieces=1)[0]


def continuations_for_bars(
    task: NoteGenerator, prompt: Any, count: int, max_new_tokens: int, pieces: int
) -> list[Continuation]:
    """Continues a score several times, as one batch; see `continue_for_bars`.

    Args:
        task: A `NoteGenerator`.
        prompt: A score or `Conditions`. `None` starts a new piece.
        count: The number of bars.
        max_new_tokens: Maximum number of events to add to each piece.
        pieces: The number of pieces.
    """
    if count < 1:
        raise ValueError(f"A continuation has at least one bar. Received: count={count!r}")
    midi, ids = task.preprocessor.one_prompt(prompt)
    tokenizer = task.preprocessor.tokenizer
    bar = tokenizer.token_to_id(BAR)
    given = bars_of_prompt(prompt, ids)
    rows = [_Row(ids, bar, given + count) for _ in range(pieces)]
    write_rows(task, ids, rows, max_new_tokens)
    continuations = []
    for row in rows:
        whole = min(max(row.begun - given - 1, 0), count)
        if not given + whole:
            raise ScoreError(
                f"No bar is complete after {max_new_tokens} events: raise the number of events."
            )
        score = in_prompt_style(tokenizer.detokenize(row.ids), midi)
        continuations.append(Continuation(first_bars(score, given + whole), whole))
    return continuations


class _Row:
    """A piece that is whole after a number of bars; see `Row`."""

    def __init__(self, ids: Sequence[int], bar: int, bars: int) -> None:
        self.ids = list(ids)
        self.begun = self.ids.count(bar)
        self._bar, self._bars = bar, bars

    def write(self, drawn: int) -> int | None:
        self.begun += drawn == self._bar
        if self.begun > self._bars:
            return None
        self.ids.append(drawn)
        return drawn
