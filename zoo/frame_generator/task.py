"""The task of the frame generator."""

import functools
from collections.abc import Sequence
from typing import Any, Self

import keras
import numpy as np
import tensorflow as tf

from seqzoo.zoo.base.recurrent_stack import Cell
from seqzoo.zoo.frame_generator.backbone import FrameGeneratorBackbone
from seqzoo.zoo.frame_generator.preprocessor import FrameGeneratorPreprocessor
from seqzoo.zoo.frame_generator.tokenizer import FrameTokenizer
from seqzoo.zoo.frame_generator.tokens import MARK, transition_mask
from seqzoo.zoo.generation.causal_lm import RecurrentCausalLM
from seqzoo.zoo.music.frames import KEYS, RollError, is_one_roll


@keras.saving.register_keras_serializable("seqzoo")
class FrameGenerator(RecurrentCausalLM):
    """Continues a piano roll frame by frame, and computes frame likelihoods (many to many).

    Raw inputs: piano rolls, arrays `(frames, 88)` of 0 and 1. Raw output of `generate`: rolls,
    uint8. Network: stacked recurrent layers over frames (`PeepholeLSTM` by default); the next token
    is predicted from their output, the partial frame and the last token. A frame is written as its
    keys from the lowest to the highest, and an end mark. Keys that do not ascend have no
    probability, so that the probabilities of all possible frames sum to 1. Loss: cross-entropy in
    nats per token. Exported signatures: `generate`, `score` and `step`.

    >>> generator = FrameGenerator.from_examples(embedding_dim=8, units=16, num_layers=1)
    >>> generator.generate(None, max_length=16).shape[1]
    88
    """

    backbone_cls = FrameGeneratorBackbone
    preprocessor_cls = FrameGeneratorPreprocessor
    default_learning_rate = 3e-3

    @classmethod
    def from_examples(
        cls,
        examples: Any = None,
        *,
        embedding_dim: int = 128,
        units: int = 256,
        num_layers: int = 1,
        cell: Cell = "peephole_lstm",
        dropout: float = 0.3,
        sequence_length: int = 1200,
        keys: int = KEYS,
    ) -> Self:
        """Creates an untrained generator; see `FrameGeneratorBackbone` for the arguments.

        Args:
            examples: Ignored, because the vocabulary is fixed.
            embedding_dim: Size of the embedding.
            units: Size of every recurrent layer.
            num_layers: Number of recurrent layers.
            cell: Type of the recurrent layers.
            dropout: Dropout rate.
            sequence_length: Number of tokens in a training window.
            keys: Number of keys in a frame.
        """
        return cls.untrained(
            FrameTokenizer(keys),
            sequence_length,
            embedding_dim=embedding_dim,
            units=units,
            num_layers=num_layers,
            cell=cell,
            dropout=dropout,
        )

    def transition_mask(self, vocabulary_size: int) -> np.ndarray | None:
        """Returns a mask in which keys ascend within a frame, and a piece ends between frames."""
        return transition_mask(vocabulary_size)

    def frame_log_likelihood(self, inputs: Any, batch_size: int = 16) -> list[np.ndarray]:
        """Returns the log-probability of every frame, given all frames before it.

        It is the sum over the frame's keys and its end mark, conditioned on the piece not ending:
        the end token is excluded before normalization, so that the probabilities of all possible
        frames sum to 1. This is the measure of Boulanger-Lewandowski et al. (2012,
        arXiv:1206.6392).

        Args:
            inputs: Piano rolls.
            batch_size: Rolls in a batch. Defaults to 16.

        Returns:
            A float64 array `(frames,)` in nats for each roll.

        Raises:
            ValueError: If there are no rolls.
        """
        self.check_preprocessor()
        sequences = self.preprocessor.token_ids(inputs)
        # Batches of similar lengths need little padding.
        order = np.argsort([len(ids) for ids in sequences], kind="stable")
        likelihoods: dict[int, np.ndarray] = {}
        for start in range(0, len(order), batch_size):
            batch = order[start : start + batch_size]
            padded = keras.utils.pad_sequences([sequences[i] for i in batch], padding="post")
            rows = np.asarray(self._log_probability_function(padded), float)
            likelihoods |= {
                i: _frame_sums(row, sequences[i][1:]) for i, row in zip(batch, rows, strict=True)
            }
        return [likelihoods[i] for i in range(len(sequences))]

    @functools.cached_property
    def _log_probability_function(self):
        """Computes log-probabilities of all tokens but the first, with the end token excluded."""

        @tf.function(input_signature=[tf.TensorSpec([None, None], tf.int32)], autograph=False)
        def log_probabilities(token_ids):
            before, following = token_ids[:, :-1], token_ids[:, 1:]
            states = self.backbone.initial_states(tf.shape(token_ids)[0])
            outputs, _ = self.backbone.run(before, before != 0, states)
            logits = self.mask_special_tokens(self.logits(outputs, before), may_end=False)
            return tf.gather(tf.nn.log_softmax(logits), following, batch_dims=2)

        return log_probabilities

    def generate(
        self,
        inputs: Any = None,
        max_length: int | None = None,
        stop_token_ids: Sequence[int] | str | None = "auto",
        strip_prompt: bool = False,
    ) -> Any:
        """Continues piano rolls; see `keras_nlp.models.CausalLM.generate`.

        Args:
            inputs: A roll, a list or dataset of rolls, or token ids as in keras-hub. `None` starts
                a new piece.
            max_length: Maximum number of tokens of the result, start token and prompt included.
                Defaults to the preprocessor's `sequence_length`.
            stop_token_ids: Tokens that end the piece. With `None`, it continues up to `max_length`.
                Defaults to the end token.
            strip_prompt: Whether to leave the prompt out of the result. Defaults to `False`.

        Returns:
            A roll, uint8 `(frames, keys)`, for one roll, a list of them for several.

        Raises:
            RollError: If an input is not a roll, or a prompt leaves no room for another token
                within `max_length`.
        """
        if self.preprocessor is None or isinstance(inputs, dict):
            return super().generate(inputs, max_length, stop_token_ids, strip_prompt)
        one = inputs is None or is_one_roll(inputs)
        rolls = list(self.preprocessor.one_by_one(b"" if inputs is None else inputs))
        max_length = self.preprocessor.sequence_length if max_length is None else max_length
        longest = max(len(ids) - 1 for ids in self.preprocessor.token_ids(rolls))
        if longest >= max_length:
            raise RollError(
                f"The prompt has {longest} tokens with its start, which leaves no room below "
                f"max_length={max_length}: shorten the prompt or raise max_length."
            )
        continued = super().generate(rolls, max_length, stop_token_ids, strip_prompt)
        return continued[0] if one else continued


def _frame_sums(log_probabilities, token_ids):
    """Sums over the tokens of each frame; tokens after the last complete frame are left out."""
    marks = np.flatnonzero(token_ids == MARK)
    if not marks.size:
        return np.zeros(0)
    starts = np.append(0, marks[:-1] + 1)
    return np.add.reduceat(log_probabilities[: marks[-1] + 1], starts)
