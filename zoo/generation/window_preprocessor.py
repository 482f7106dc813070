"""Preprocessor that cuts raw inputs of any length into token windows."""

from collections.abc import Iterable
from typing import Any

import keras_nlp
import numpy as np
import tensorflow as tf

from seqzoo.core.arguments import check_positive_integer


class WindowPreprocessor(keras_nlp.models.CausalLMPreprocessor):
    """A `keras_nlp.models.CausalLMPreprocessor` that uses all tokens of long inputs.

    Called on raw inputs, it returns the first `sequence_length` tokens of each, as keras-hub's
    preprocessors do. `windows` returns all tokens.

    Args:
        tokenizer: A `keras_nlp.tokenizers.Tokenizer` with start, end and padding tokens; the
            padding token must have id 0.
        sequence_length: Number of tokens in a window. Defaults to 256.
        **kwargs: Arguments of `keras_nlp.models.CausalLMPreprocessor`.
    """

    def __init__(
        self, tokenizer: keras_nlp.tokenizers.Tokenizer, sequence_length: int = 256, **kwargs: Any
    ) -> None:
        check_positive_integer("sequence_length", sequence_length)
        super().__init__(tokenizer, sequence_length=sequence_length, **kwargs)

    def raw(self, inputs: Any) -> Any:
        """Returns raw inputs as an array for `tf.data`; a `tf.data.Dataset` stays unchanged."""
        return inputs if isinstance(inputs, tf.data.Dataset) else np.asarray(inputs, dtype=object)

    def one_by_one(self, inputs: Any) -> Any:
        """Returns an iterable of single raw inputs; a batched dataset is unbatched."""
        inputs = self.raw(inputs)
        if not isinstance(inputs, tf.data.Dataset):
            return inputs
        if inputs.element_spec.shape.rank:
            inputs = inputs.unbatch()
        return inputs.as_numpy_iterator()

    def token_ids(self, inputs: Any) -> list[np.ndarray]:
        """Returns all tokens of every raw input: start token, tokens, end token; int32.

        Raises:
            ValueError: If there are no inputs.
        """
        start, end = self.tokenizer.start_token_id, self.tokenizer.end_token_id
        sequences = [
            np.array([start, *np.asarray(self.tokenizer(x)).tolist(), end], "int32")
            for x in self.one_by_one(inputs)
        ]
        if not sequences:
            raise ValueError("There are no inputs: give at least one.")
        return sequences

    def windows(
        self, inputs: Any, shuffle: bool = False, seed: int | None = None
    ) -> tf.data.Dataset:
        """Returns windows of raw inputs; see `window_dataset`.

        Args:
            inputs: Raw inputs: a list or an unbatched `tf.data.Dataset`.
            shuffle: Whether to reshuffle in every epoch. Defaults to `False`.
            seed: Seed of the shuffling.
        """
        dataset = window_dataset(self.token_ids(inputs), self.sequence_length)
        if shuffle:
            dataset = dataset.shuffle(dataset.cardinality(), seed=seed)
        return dataset


def window_dataset(sequences: Iterable[np.ndarray], length: int) -> tf.data.Dataset:
    """Cuts token sequences into windows; every token but the first is a target exactly once.

    Args:
        sequences: Token ids, each beginning with the start token.
        length: Number of tokens in a window; the last window of a sequence is padded with 0.

    Returns:
        An unbatched dataset of `(x, y, sample_weight)`. `x` holds `token_ids` and
        `padding_mask`, `y` the next tokens; `sample_weight` is 0 at padding. All are `(length,)`.
    """
    return tf.data.Dataset.from_tensor_slices(window_arrays(sequences, length))


def window_arrays(
    sequences: Iterable[np.ndarray], length: int
) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    """Returns the data of `window_dataset` as arrays `(windows, length)`."""
    inputs, targets = [], []
    for sequence in sequences:
        for start in range(0, len(sequence) - 1, length):
            window = sequence[start : start + length + 1]
            inputs.append(_padded(window[:-1], length))
            targets.append(_padded(window[1:], length))
    token_ids, y = np.stack(inputs), np.stack(targets)
    # No real target is padding, so a padded target marks a padded input.
    present = y != 0
    return {"token_ids": token_ids, "padding_mask": present}, y, present.astype("float32")


def _padded(token_ids, length):
    return np.pad(token_ids, (0, length - len(token_ids)))
