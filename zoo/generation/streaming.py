"""Streaming generation: tokens one by one, as they are sampled."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import keras_nlp
import numpy as np
import tensorflow as tf

from seqzoo.zoo.generation.step import GenerationStep

if TYPE_CHECKING:
    from seqzoo.zoo.generation.causal_lm import RecurrentCausalLM


def stream_tokens(
    task: RecurrentCausalLM,
    token_ids: Sequence[int],
    may_end: bool = True,
    max_new_tokens: int | None = None,
) -> Iterator[int]:
    """Continues a sequence as `generate` does with the same sampler, token by token.

    Only the states of a `GenerationStep` are kept between tokens, so memory does not grow.

    Args:
        task: A `RecurrentCausalLM`.
        token_ids: The tokens so far, start token included.
        may_end: Whether the end token may be sampled, which ends the stream.
        max_new_tokens: Maximum number of tokens. Defaults to no limit.

    Yields:
        Token ids.

    Raises:
        ValueError: If the sampler of `compile` does not work token by token, such as beam search.
    """
    check_streams(task.sampler)
    step, generation = task.make_stream_function(), GenerationStep(task)
    states = generation.initial_states(1)
    if len(token_ids) > 1:
        states = generation.read(np.asarray(token_ids[:-1], "int32")[None], len(token_ids) - 1)
    token = tf.constant([token_ids[-1]], tf.int32)
    end = None if task.preprocessor is None else task.preprocessor.tokenizer.end_token_id
    made = 0
    while max_new_tokens is None or made < max_new_tokens:
        token, states = step(token, states, may_end)
        drawn = int(token[0])
        yield drawn
        made += 1
        if drawn == end:
            return


def check_streams(sampler: keras_nlp.samplers.Sampler) -> None:
    """Checks that a sampler works token by token.

    Raises:
        ValueError: If it does not.
    """
    if type(sampler).__call__ is not keras_nlp.samplers.Sampler.__call__:
        raise ValueError(
            f"{type(sampler).__name__} chooses among whole sequences, which cannot be streamed: "
            "compile the model with another sampler."
        )


def stream_function(task: RecurrentCausalLM) -> Callable:
    """Returns a compiled step `(token, states) -> (next token, new states)`.

    Further arguments are those of `GenerationStep`. A Python boolean is compiled in; an array is an
    input of the compiled function.
    """
    sampler, next_logits = task.sampler, GenerationStep(task)

    def step(token, states, may_end=True, allowed=None):
        logits, states = next_logits(token, states, may_end, allowed)
        probabilities = sampler.compute_probabilities(logits)
        return tf.cast(sampler.get_next_token(probabilities), tf.int32), states

    return tf.function(step, autograph=False)
