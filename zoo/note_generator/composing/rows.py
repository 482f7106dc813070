"""Several pieces, sampled as one batch under the control of Python."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np
import tensorflow as tf

from seqzoo.zoo.generation.step import GenerationStep
from seqzoo.zoo.generation.streaming import check_streams

if TYPE_CHECKING:
    from seqzoo.zoo.note_generator.task import NoteGenerator


class Row(Protocol):
    """A piece of a batch."""

    def write(self, drawn: int) -> int | None:
        """Returns the event to write: the sampled one or another; `None` if the piece is whole."""


def write_rows(
    task: NoteGenerator, prompt_ids: Sequence[int], rows: Sequence[Row], max_new_tokens: int
) -> None:
    """Samples events for all rows together until every one is whole; no row samples the end token.

    The network reads what a row writes, which need not be what was sampled.

    Args:
        task: A `NoteGenerator`.
        prompt_ids: The events of the common prompt, without the start token.
        rows: The pieces.
        max_new_tokens: Maximum number of events to add to each.

    Raises:
        ValueError: If the sampler of `compile` does not work token by token, such as beam search.
    """
    check_streams(task.sampler)
    tokenizer = task.preprocessor.tokenizer
    step, generation = task.make_stream_function(), GenerationStep(task)
    ids = np.array([[tokenizer.start_token_id, *prompt_ids]] * len(rows), "int32")
    states = generation.initial_states(len(rows))
    if prompt_ids:
        states = generation.read(ids[:, :-1], len(prompt_ids))
    last = ids[:, -1]
    whole = [False] * len(rows)
    for _ in range(max_new_tokens):
        drawn, states = step(tf.constant(last), states, may_end=False)
        written = [
            None if is_whole else row.write(token_id)
            for row, token_id, is_whole in zip(rows, drawn.numpy().tolist(), whole, strict=True)
        ]
        whole = [event is None for event in written]
        if all(whole):
            return
        last = np.array([tokenizer.pad_token_id if e is None else e for e in written], "int32")
