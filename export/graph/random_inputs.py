"""Random inputs of a model, with a fixed seed."""

import keras
import numpy as np
import tensorflow as tf

from seqzoo.core.keras_internals import all_layers


class RandomInputs:
    """Generates random inputs that a model accepts.

    Args:
        model: A Functional or Sequential model that is built.
        first_token: The lowest integer. Defaults to 1, as 0 can be padding and false a mask.
    """

    def __init__(self, model: keras.Model, first_token: int = 1) -> None:
        self._model = model
        self._generator = np.random.default_rng(0)
        self._first_token = first_token
        every_layer = all_layers(model)
        embeddings = [each for each in every_layer if isinstance(each, keras.layers.Embedding)]
        self._tokens = min((layer.input_dim for layer in embeddings), default=2)

    def sequences(self, time: int) -> list[np.ndarray]:
        """Returns two sequences for every input, with time steps that the layers may mask."""
        specs = [tf.TensorSpec(each.shape, each.dtype) for each in self._model.inputs]
        return [self._masked(self.values(spec, [time, time])) for spec in specs]

    def _masked(self, sequences):
        """Masks the last sequence at its first, its last and some inner time steps."""
        every_layer = all_layers(self._model)
        values = [each.mask_value for each in every_layer if isinstance(each, keras.layers.Masking)]
        if sequences.dtype != object:
            for n, value in enumerate({0, *values}):
                sequences[-1, n::5] = value
                sequences[-1, -1] = value
        return sequences

    def values(self, spec: tf.TensorSpec, lengths: list[int]) -> np.ndarray:
        """Returns an input `(batch, ...)` with sequences of the given lengths, padded with zeros.

        Args:
            spec: The shape and dtype of the input.
            lengths: The length of every sequence; all dynamic axes have the maximum.
        """
        batch, *rest = spec.shape
        ends = np.resize(lengths, batch or len(lengths))
        has_time = bool(rest) and rest[0] is None
        shape = [len(ends), *(max(ends) if size is None else size for size in rest)]
        values = self._draw(shape, spec.dtype)
        if has_time:
            present = np.arange(shape[1]) < ends[:, None]
            present = present.reshape([*present.shape, *(1 for _ in shape[2:])])
            values = np.where(present, values, np.zeros_like(values))
        return np.asarray(values).astype(spec.dtype.as_numpy_dtype)

    def _draw(self, shape, dtype):
        if dtype.is_integer:
            return self._generator.integers(self._first_token, max(2, self._tokens), shape)
        if dtype == tf.string:
            return self._generator.choice([b"um texto", b"a text", b""], shape)
        if dtype.is_bool:
            return self._generator.integers(self._first_token, 2, shape).astype(bool)
        return self._generator.normal(0, 1, shape)
