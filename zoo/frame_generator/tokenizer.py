"""The tokenizer of the frame generator: piano rolls as tokens."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from seqzoo.core.arguments import check_sizes
from seqzoo.core.types import Config
from seqzoo.zoo.base.tokenizer import FixedVocabularyTokenizer
from seqzoo.zoo.frame_generator.backbone import FrameGeneratorBackbone
from seqzoo.zoo.frame_generator.tokens import MARK, NAMES
from seqzoo.zoo.music.frames import KEYS, LOWEST


@keras.saving.register_keras_serializable("seqzoo")
class FrameTokenizer(FixedVocabularyTokenizer):
    """Turns piano rolls into token ids and back.

    A frame is written as its keys from the lowest to the highest, and an end mark. A raw input is
    the bytes of a roll, as of `roll_bytes`. Ids are ragged, without start and end tokens.
    `detokenize` returns rolls, uint8 `(frames, keys)`.

    Args:
        keys: Number of keys in a frame; the first has MIDI pitch 21. Defaults to 88, the keys of a
            piano.
        **kwargs: Arguments of `keras_nlp.tokenizers.Tokenizer`.

    >>> tokenizer = FrameTokenizer(keys=3)
    >>> tokenizer(bytes([1, 0, 1] + [0, 0, 0])).numpy()
    array([4, 6, 3, 3], dtype=int32)
    >>> tokenizer.detokenize([4, 6, 3, 3])
    array([[1, 0, 1],
           [0, 0, 0]], dtype=uint8)
    """

    backbone_cls = FrameGeneratorBackbone

    def __init__(self, keys: int = KEYS, **kwargs: Any) -> None:
        check_sizes({"keys": keys})
        super().__init__(**kwargs)
        self.keys = keys
        self.add_special_tokens()

    def tokenize(self, inputs: Any) -> Any:
        """Converts rolls, a string tensor `()` or `(batch,)`, to token ids, int32."""
        inputs = tf.convert_to_tensor(inputs)
        if inputs.shape.rank == 0:
            return self._tokens_of_one(inputs)
        spec = tf.RaggedTensorSpec([None], tf.int32, ragged_rank=0)
        return tf.map_fn(self._tokens_of_one, inputs, fn_output_signature=spec)

    def _tokens_of_one(self, roll):
        frames = tf.reshape(tf.io.decode_raw(roll, tf.uint8), [-1, self.keys])
        # An extra column that is always 1 becomes the end mark of the frame.
        with_mark = tf.pad(frames, [[0, 0], [0, 1]], constant_values=1)
        columns = tf.cast(tf.where(with_mark > 0)[:, 1], tf.int32)
        return tf.where(columns == self.keys, MARK, MARK + 1 + columns)

    def detokenize(self, inputs: Any) -> Any:
        """Converts a sequence of token ids to a roll, or a list of sequences to rolls.

        An incomplete last frame and tokens that are not keys are left out.
        """
        if len(inputs) and np.ndim(inputs[0]) > 0:
            return [self.detokenize(ids) for ids in inputs]
        token_ids = np.array([int(i) for i in inputs], int)
        marks = token_ids == MARK
        frames = np.cumsum(marks) - marks
        roll = np.zeros((marks.sum() + 1, self.keys), "uint8")
        is_key = (token_ids > MARK) & (token_ids < self.vocabulary_size())
        roll[frames[is_key], token_ids[is_key] - MARK - 1] = 1
        return roll[:-1]

    def get_vocabulary(self) -> list[str]:
        """Returns the names of the tokens in the order of their ids."""
        return [*NAMES, *(f"Pitch_{LOWEST + key}" for key in range(self.keys))]

    def vocabulary_size(self) -> int:
        """Returns the number of tokens, special tokens included."""
        return len(NAMES) + self.keys

    def get_config(self) -> Config:
        """Returns all constructor arguments."""
        return {**super().get_config(), "keys": self.keys}
