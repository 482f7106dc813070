"""Tokens one by one, as they are drawn."""

from collections.abc import Callable, Iterator, Sequence

import keras_nlp
import numpy as np
import tensorflow as tf


def stream_tokens(
    task, token_ids: Sequence[int], may_end: bool = True, most: int | None = None
) -> Iterator[int]:
    """Continues a sequence as `generate` does with the same sampler, token by token.

    What is kept from token to token are the recurrent states and the demands of the rule of what
    can be drawn: the memory does not grow.

    Args:
        task: A `RecurrentCausalLM`.
        token_ids: What stands before, start token included.
        may_end: Whether the end token can be drawn; it is the last then.
        most: The most tokens. Defaults to no limit.

    Yields:
        Token ids.

    Raises:
        ValueError: If the sampler of `compile` needs more than the next token, as beam search.
    """
    check_streams(task.sampler)
    step = task.make_stream_function()
    rule = task.drawing_rule()
    states, demands = task.backbone.initial_states(1), rule.begin(1)
    if len(token_ids) > 1:
        seen = np.asarray(token_ids[:-1], "int32")[None]
        _, states = task.backbone.run(seen, np.ones(seen.shape, bool), states)
        demands = rule.behind_all(seen)
    token = tf.constant([token_ids[-1]], tf.int32)
    end = None if task.preprocessor is None else task.preprocessor.tokenizer.end_token_id
    made = 0
    while most is None or made < most:
        token, states, demands = step(token, states, demands, may_end)
        drawn = int(token[0])
        yield drawn
        made += 1
        if drawn == end:
            return


def check_streams(sampler: keras_nlp.samplers.Sampler) -> None:
    """Checks that a sampler draws token by token.

    Raises:
        ValueError: If it does not.
    """
    if type(sampler).__call__ is not keras_nlp.samplers.Sampler.__call__:
        raise ValueError(
            f"{type(sampler).__name__} chooses among whole sequences, which cannot be streamed: "
            "compile the model with another sampler."
        )


def stream_function(task) -> Callable:
    """One step, compiled: a token, with the states and demands before it, to the next ones.

    Further arguments are those of `RecurrentCausalLM.generable`; what is allowed is by default what
    the rule lets be drawn. A boolean is part of what is compiled, an array is not.
    """
    sampler, rule = task.sampler, task.drawing_rule()

    def step(token, states, demands, may_end=True, allowed=None):
        logits, states = task.next_logits(token, states)
        demands = rule.behind(demands, token)
        allowed = rule.drawable(demands) if allowed is None else allowed
        probabilities = sampler.compute_probabilities(task.generable(logits, may_end, allowed))
        return tf.cast(sampler.get_next_token(probabilities), tf.int32), states, demands

    return tf.function(step)
