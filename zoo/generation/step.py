"""A single generation step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from keras import ops

from seqzoo.core.types import Tensor

if TYPE_CHECKING:
    from seqzoo.zoo.generation.causal_lm import RecurrentCausalLM


class GenerationStep:
    """Reads a token and returns the logits for sampling the next one.

    Its states combine those of the network and of the model's sampling constraint.

    Args:
        task: A `RecurrentCausalLM`.
    """

    def __init__(self, task: RecurrentCausalLM) -> None:
        self._task = task
        self._constraint = task.sampling_constraint()

    def initial_states(self, batch: int | Tensor) -> Any:
        """Returns the states before the first token."""
        return self._task.backbone.initial_states(batch), self._constraint.initial_state(batch)

    def read(self, token_ids: Tensor, count: int | Tensor) -> Any:
        """Returns the states after the first `count` tokens of the sequences.

        Args:
            token_ids: Integers `(batch, time)`.
            count: The number of tokens to read.
        """
        backbone = self._task.backbone
        seen = ops.arange(ops.shape(token_ids)[1]) < count
        _, network = backbone.run(
            token_ids,
            ops.broadcast_to(seen[None], ops.shape(token_ids)),
            backbone.initial_states(ops.shape(token_ids)[0]),
        )
        return network, self._constraint.advance_all(token_ids[:, :count])

    def __call__(
        self, token_ids: Tensor, states: Any, may_end: bool = True, allowed: Tensor | None = None
    ) -> tuple[Tensor, Any]:
        """Returns the logits `(batch, vocabulary)` after `token_ids`, and the new states.

        Args:
            token_ids: Integers `(batch,)`.
            states: The states before these tokens.
            may_end: See `RecurrentCausalLM.mask_special_tokens`.
            allowed: See `RecurrentCausalLM.mask_special_tokens`. Defaults to the tokens that the
                constraint allows.
        """
        network, constraint = states
        logits, network = self._task.next_logits(token_ids, network)
        constraint = self._constraint.advance(constraint, token_ids)
        if allowed is None:
            allowed = self._constraint.allowed_tokens(constraint)
        logits = self._task.mask_special_tokens(logits, may_end, allowed)
        return logits, (network, constraint)
