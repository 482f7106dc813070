"""Independent references that exported token signatures are compared with."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import keras_nlp
import numpy as np

from seqzoo.core.types import Tensor

if TYPE_CHECKING:
    from seqzoo.zoo.generation.causal_lm import RecurrentCausalLM


def score_by_training_graph(task: RecurrentCausalLM) -> Callable[..., dict[str, Tensor] | None]:
    """Returns a reference for `score`: the functional model that `fit` trains, summed in NumPy."""
    start = task.preprocessor.tokenizer.start_token_id

    def score(token_ids):
        if not token_ids.size:
            return None
        shifted = np.pad(token_ids, [[0, 0], [1, 0]], constant_values=start)[:, :-1]
        present = token_ids != 0
        logits = np.asarray(task({"token_ids": shifted, "padding_mask": present}), dtype=float)
        logits -= logits.max(axis=-1, keepdims=True)
        log_probabilities = logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))
        chosen = np.take_along_axis(log_probabilities, token_ids[..., None], axis=-1)[..., 0]
        return {
            "log_probability": np.sum(chosen * present, axis=-1),
            "length": np.sum(present, axis=-1),
        }

    return score


def greedy_by_sampler(task: RecurrentCausalLM) -> Callable[..., dict[str, Tensor] | None]:
    """Returns a reference for `generate`: greedy decoding by keras-hub's sampling loop.

    It answers `None` for sampled tokens, which have no independent source, and for prompts of
    different lengths.
    """
    tokenizer = task.preprocessor.tokenizer

    def generate(token_ids, temperature, length=None, noise=None, seed=None):
        length = length if noise is None else noise.shape[1]
        prompt_lengths = np.sum(token_ids != 0, axis=1)
        if temperature > 0 or len(set(prompt_lengths)) > 1:
            return None
        prompt = np.pad(token_ids, [[0, 0], [1, 0]], constant_values=tokenizer.start_token_id)
        prompt = np.pad(prompt, [[0, 0], [0, length]])
        continued = task.continue_with(
            keras_nlp.samplers.GreedySampler(),
            {"token_ids": prompt, "padding_mask": prompt != 0},
            stop_token_ids=[tokenizer.end_token_id],
        )
        tokens = np.where(continued["padding_mask"], continued["token_ids"], 0)[:, 1:]
        return {"token_ids": tokens, "length": np.sum(tokens != 0, axis=1)}

    return generate


def step_by_sequence(task: RecurrentCausalLM) -> Callable[..., dict[str, Tensor] | None]:
    """Returns a reference for `step`: the layers, not their cells, on sequences of one token."""

    def step(token_ids, states):
        present = np.ones((len(token_ids), 1), bool)
        outputs, states = task.backbone.run(token_ids[:, None], present, states)
        return {"logits": task.logits(outputs, token_ids[:, None])[:, 0], "states": states}

    return step
