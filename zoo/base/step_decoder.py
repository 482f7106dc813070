"""What a device does with the `step` signature, in NumPy: score a sequence, continue it."""

from collections.abc import Callable

import numpy as np


class StepDecoder:
    """Scores and continues sequences by single time steps.

    The reference for a program on a device, which has an interpreter and little else.

    Args:
        step: Takes `token_ids` `(batch,)` and `states`; returns `logits` and the new `states`.
        state_shape: The shape of one sequence's states.
        start: Id of the start token.
        end: Id of the end token.
        pad: Id of padding.
    """

    def __init__(self, step: Callable[..., dict], state_shape, start: int, end: int, pad: int):
        self._step = step
        self._state_shape = tuple(state_shape)
        self._start, self._end, self._pad = start, end, pad

    def score(self, token_ids: np.ndarray) -> dict[str, np.ndarray]:
        """What the `score` signature answers to `token_ids` `(batch, time)`."""
        batch, time = token_ids.shape
        total = np.zeros(batch)
        previous, states = self._first(batch)
        for t in range(time):
            logits, states = self._advance(previous, states)
            previous = token_ids[:, t]
            chosen = _log_softmax(logits)[np.arange(batch), previous]
            total += np.where(previous != self._pad, chosen, 0)
        return {"log_probability": total, "length": np.sum(token_ids != self._pad, axis=1)}

    def generate(self, token_ids: np.ndarray, length: int) -> dict[str, np.ndarray]:
        """What the `generate` signature answers at temperature 0."""
        batch, time = token_ids.shape
        prompt_lengths = np.sum(token_ids != self._pad, axis=1)
        written = np.pad(token_ids, ((0, 0), (0, length)), constant_values=self._pad)
        done = np.zeros(batch, bool)
        previous, states = self._first(batch)
        for t in range(time + length):
            logits, states = self._advance(previous, states)
            logits[:, [self._pad, self._start]] = -np.inf
            in_prompt = t < prompt_lengths
            done |= t >= prompt_lengths + length
            previous = np.where(in_prompt, written[:, t], np.argmax(logits, axis=1))
            previous = np.where(done, self._pad, previous).astype("int32")
            done |= ~in_prompt & (previous == self._end)
            written[:, t] = previous
        return {"token_ids": written, "length": np.sum(written != self._pad, axis=1)}

    def _first(self, batch):
        states = np.zeros((batch, *self._state_shape), "float32")
        return np.full(batch, self._start, "int32"), states

    def _advance(self, token_ids, states):
        outputs = self._step(token_ids=token_ids.astype("int32"), states=states)
        return np.array(outputs["logits"], dtype=float), outputs["states"]


def _log_softmax(logits):
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
