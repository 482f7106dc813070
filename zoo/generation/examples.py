"""Example inputs of token models for comparing the runtimes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from seqzoo.zoo.generation.causal_lm import RecurrentCausalLM


class TokenExamples:
    """Reproducible random inputs: ordinary, empty, long, and batches of mixed lengths."""

    def __init__(self, task: RecurrentCausalLM) -> None:
        self.state_shape = task.backbone.state_shape
        self.vocabulary_size = task.backbone.vocabulary_size
        self.dtype = task.backbone.state_dtype
        self.start = task.preprocessor.tokenizer.start_token_id
        logits = np.zeros((self.vocabulary_size, self.vocabulary_size), "float32")
        self.can_follow = (
            np.asarray(task.mask_transitions(logits, np.arange(self.vocabulary_size))) == 0
        )

    def sequences(self, lengths: Sequence[int]) -> np.ndarray:
        """Returns valid random sequences of these lengths, int32, padded to the longest."""
        rng = np.random.default_rng(0)
        token_ids = np.zeros((len(lengths), max(lengths)), "int32")
        for row, length in zip(token_ids, lengths, strict=True):
            previous = self.start
            for index in range(length):
                # Skips the three special tokens.
                following = 3 + np.flatnonzero(self.can_follow[previous, 3:])
                row[index] = previous = rng.choice(following)
        return token_ids

    def score(self) -> list[dict[str, np.ndarray]]:
        """Returns examples for `score`."""
        return [
            {"token_ids": self.sequences([40])},
            {"token_ids": self.sequences([7, 64, 1, 0])},
            {"token_ids": self.sequences([0])},
        ]

    def generate(self) -> list[dict[str, Any]]:
        """Returns examples for `generate`."""
        settings = [
            ([24], 64, 0.0),
            ([9, 24, 0], 64, 0.0),
            ([9, 24, 0], 64, 1.0),
            ([0], 1, 0.7),
        ]
        return [
            {
                "token_ids": self.sequences(lengths),
                "length": np.int32(length),
                "temperature": np.float32(temperature),
                "seed": np.int32(7),
            }
            for lengths, length, temperature in settings
        ]

    def generate_by_noise(self) -> list[dict[str, Any]]:
        """Returns examples for `generate` in TFLite, with noise in place of length and seed."""
        examples = []
        for example in self.generate():
            length, _ = example.pop("length"), example.pop("seed")
            size = len(example["token_ids"]), length
            noise = np.random.default_rng(7).random(size, "float32")
            examples.append({**example, "noise": noise})
        return examples

    def step(self) -> list[dict[str, np.ndarray]]:
        """Returns examples for `step`."""
        # A single token, and the whole vocabulary.
        rng = np.random.default_rng(1)
        return [
            {
                "token_ids": np.array(token_ids, "int32"),
                "states": rng.normal(0, 0.5, (len(token_ids), *self.state_shape)).astype(
                    self.dtype
                ),
            }
            for token_ids in ([3], range(self.vocabulary_size))
        ]
