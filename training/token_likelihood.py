"""Token likelihoods of models that have `score`."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np


def nats_per_token(scores: Sequence[Mapping[str, np.ndarray]]) -> float:
    """Returns the mean negative log-likelihood of tokens, in nats.

    Args:
        scores: Outputs of `RecurrentCausalLM.score` or of the signature `score`.
    """
    log_probability, length = (
        sum(float(np.sum(score[name])) for score in scores)
        for name in ("log_probability", "length")
    )
    return -log_probability / length


def score_exported(sequences: Sequence[np.ndarray], unit: str) -> Callable:
    """Measures an exported model by its signature `score`.

    Args:
        sequences: Token ids, int32, each with its start token.
        unit: The noun for a token in the name of the measurement.

    Returns:
        A function that takes `answer(signature, **inputs)` and returns the nats per token.
    """

    def measure(answer):
        scores = [answer("score", token_ids=ids[None, 1:]) for ids in sequences]
        return {f"nats per {unit}": nats_per_token(scores)}

    return measure
