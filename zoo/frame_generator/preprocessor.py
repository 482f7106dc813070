"""The preprocessor of the frame generator: piano rolls to windows of tokens."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from seqzoo.core.types import Tensor
from seqzoo.zoo.frame_generator.backbone import FrameGeneratorBackbone
from seqzoo.zoo.frame_generator.tokenizer import FrameTokenizer
from seqzoo.zoo.generation.window_preprocessor import WindowPreprocessor
from seqzoo.zoo.music.frames import RollError, is_one_roll, roll_bytes


@keras.saving.register_keras_serializable("seqzoo")
class FrameGeneratorPreprocessor(WindowPreprocessor):
    """Cuts piano rolls into windows of tokens; see `WindowPreprocessor`.

    It is called on the bytes of rolls, as tensors or as returned by `raw`. `raw` takes rolls as
    arrays `(frames, keys)` of 0 and 1, or as bytes.
    """

    backbone_cls = FrameGeneratorBackbone
    tokenizer_cls = FrameTokenizer

    def raw(self, inputs: Any) -> Any:
        """Returns rolls as an array of bytes.

        Raises:
            RollError: If an input is not a roll.
        """
        if isinstance(inputs, tf.data.Dataset):
            return inputs
        if tf.is_tensor(inputs):
            inputs = inputs.numpy()
        if is_one_roll(inputs):
            inputs = [inputs]
        try:
            rolls = list(inputs)
        except TypeError:
            raise RollError(f"Piano rolls must come in a list. Received: {inputs!r}") from None
        raw = np.empty(len(rolls), dtype=object)
        raw[:] = [roll_bytes(roll, self.tokenizer.keys) for roll in rolls]
        return raw

    def generate_preprocess(self, x: Any, sequence_length: int | None = None) -> dict[str, Tensor]:
        """Tokenizes prompts; see `keras_nlp.models.CausalLMPreprocessor`.

        Args:
            x: Array or list of rolls.
            sequence_length: Padded length. Defaults to the preprocessor's `sequence_length`.
        """
        if not self.built:
            self.build(None)
        token_ids, padding_mask = self.packer(
            [np.asarray(self.tokenizer(roll)).tolist() for roll in self.raw(x)],
            sequence_length=sequence_length,
            add_end_value=False,
        )
        return {"token_ids": token_ids, "padding_mask": padding_mask}
