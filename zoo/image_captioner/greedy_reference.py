"""Reference implementation of greedy search, to check exported signatures against."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from seqzoo.core.types import Tensor
from seqzoo.zoo.generation.masking import IMPOSSIBLE

if TYPE_CHECKING:
    from seqzoo.zoo.image_captioner.task import ImageCaptioner


def greedy_by_training_graph(task: ImageCaptioner) -> Callable[..., dict[str, Tensor] | None]:
    """Returns a greedy search that calls the functional model that `fit` trains.

    It reads the whole prefix again for every word.
    """
    tokenizer, size = task.preprocessor.tokenizer, task.preprocessor.no_repeat_ngram_size
    never = [token for token in tokenizer.special_token_ids if token != tokenizer.end_token_id]

    def caption(images, language, beam_width):
        if beam_width != 1:
            return None
        read = np.full((len(images), 1), tokenizer.start_token_id() + language)
        features = task.backbone.image_encoder(images, training=False)
        totals, ended = np.zeros(len(images)), np.zeros(len(images), bool)
        for index in range(task.preprocessor.sequence_length + 1):
            outputs = task.backbone.decode(features, read)
            logits = np.asarray(task.token_logits(outputs), float)[:, -1]
            steps = logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))
            steps[:, never] = IMPOSSIBLE
            for row, written in enumerate(read[:, 1:].tolist()):
                steps[row, _repeating(written, size)] = IMPOSSIBLE
            if index == 0:
                steps[:, tokenizer.end_token_id] = IMPOSSIBLE
            words = steps.argmax(axis=-1)
            if index == task.preprocessor.sequence_length:
                words[:] = tokenizer.end_token_id
            totals += np.where(ended, 0, steps[np.arange(len(images)), words])
            read = np.concatenate([read, np.where(ended, 0, words)[:, None]], axis=1)
            ended |= words == tokenizer.end_token_id
        tokens = read[:, 1:]
        lengths = np.count_nonzero(tokens, axis=1)
        tokens = np.where(tokens == tokenizer.end_token_id, 0, tokens).astype("int32")
        return {
            "token_ids": tokens[:, None],
            "scores": (totals / lengths)[:, None].astype("float32"),
        }

    return caption


def _repeating(written, size):
    """Returns the tokens that would write an n-gram a second time; none if `size` is 0."""
    if not size:
        return []
    start = written[len(written) - size + 1 :]
    return [
        written[place + size - 1]
        for place in range(len(written) - size + 1)
        if written[place : place + size - 1] == start
    ]
