"""The network of the frame generator."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from seqzoo.core.arguments import check_sizes
from seqzoo.core.types import Dtype, Tensor
from seqzoo.zoo.base.recurrent_stack import (
    Cell,
    recurrent_stack,
    run_stack,
    stack_state_shape,
    step_stack,
)
from seqzoo.zoo.frame_generator.frames import FramesOfTokens, GatherFrames
from seqzoo.zoo.frame_generator.tokens import MARK
from seqzoo.zoo.generation.backbone import StepwiseBackbone, token_inputs


@keras.saving.register_keras_serializable("seqzoo")
class FrameGeneratorBackbone(StepwiseBackbone):
    """A recurrent stack over frames, and a layer that writes a frame token by token.

    ```
    h[f] = stack(relu(W roll[f] + b), h[f-1])
    o[t] = relu(U h[f-1] + V so_far[t] + E token[t])
    ```

    roll[f] is a whole frame, so_far[t] the keys of frame f up to token t. The recurrent layers
    make one step for a frame and not for a token, as in RNN-NADE (Boulanger-Lewandowski et al.
    2012, arXiv:1206.6392): there are five times fewer, and the past is five times nearer.

    As a Keras model it maps `{"token_ids", "padding_mask"}`, both `(batch, time)`, to o
    `(batch, time, units)`. The states of a sequence are one vector: those of the layers, and
    after them the frame so far.

    Args:
        vocabulary_size: Number of tokens: four, and the keys.
        embedding_dim: Size of the embedding of a frame.
        units: Size of every recurrent layer, and of o.
        num_layers: Number of recurrent layers. Defaults to 1.
        cell: As of `RecurrentBackbone`.
        dropout: Share dropped from the embedding, from every layer's output and from o in
            training. Defaults to 0.
        dtype: Of the computation and the weights. Defaults to Keras's.
        **kwargs: Of `keras_nlp.models.Backbone`.

    Raises:
        ValueError: If `cell` is no name of a recurrent layer, or a size is no positive integer.
    """

    def __init__(
        self,
        vocabulary_size: int,
        embedding_dim: int,
        units: int,
        num_layers: int = 1,
        cell: Cell = "peephole_lstm",
        dropout: float = 0.0,
        dtype: Dtype | None = None,
        **kwargs: Any,
    ) -> None:
        check_sizes({"embedding_dim": embedding_dim})
        frames_of_tokens = FramesOfTokens(vocabulary_size, dtype=dtype, name="frames")
        frame_embedding = keras.layers.Dense(
            embedding_dim, "relu", dtype=dtype, name="frame_embedding"
        )
        recurrent_layers = recurrent_stack(cell, units, num_layers, dtype)
        from_frames = keras.layers.Dense(units, use_bias=False, dtype=dtype, name="from_frames")
        gather_frames = GatherFrames(dtype=dtype, name="gather_frames")
        from_keys = keras.layers.Dense(units, use_bias=False, dtype=dtype, name="from_keys")
        token_embedding = keras.layers.Embedding(
            vocabulary_size, units, dtype=dtype, name="token_embedding"
        )
        drop = keras.layers.Dropout(dropout, dtype=dtype, name="dropout")
        inputs = token_inputs()
        frames, complete, finished, so_far = frames_of_tokens(**inputs)
        x = drop(frame_embedding(frames))
        for layer in recurrent_layers:
            x = drop(layer(x, mask=complete)[0])
        outputs = ops.relu(
            gather_frames(from_frames(x), finished)
            + from_keys(so_far)
            + token_embedding(inputs["token_ids"])
        )
        super().__init__(inputs=inputs, outputs=drop(outputs), dtype=dtype, **kwargs)

        self.frames_of_tokens = frames_of_tokens
        self.frame_embedding = frame_embedding
        self.recurrent_layers = recurrent_layers
        self.from_frames = from_frames
        self.gather_frames = gather_frames
        self.from_keys = from_keys
        self.token_embedding = token_embedding
        self.vocabulary_size = vocabulary_size
        self.embedding_dim = embedding_dim
        self.units = units
        self.num_layers = num_layers
        self.cell = cell
        self.dropout = dropout

    @property
    def state_shape(self) -> tuple[int, ...]:
        """The shape of one sequence's states: `(size,)`."""
        layers, states, units = stack_state_shape(self.recurrent_layers)
        return (layers * states * units + self.frames_of_tokens.keys,)

    def run(self, token_ids: Tensor, padding_mask: Tensor, states: Tensor) -> tuple[Tensor, Tensor]:
        """See `StepwiseBackbone.run`; states are `(batch, size)`."""
        states, begun = self._apart(states)
        frames, complete, finished, so_far = self.frames_of_tokens(token_ids, padding_mask, begun)
        x, new_states = run_stack(
            self.recurrent_layers, self.frame_embedding(frames), complete, states
        )
        from_frames = self.gather_frames(
            self.from_frames(x), finished, first=self.from_frames(_last_output(states))
        )
        outputs = self._written(from_frames, so_far, token_ids)
        return outputs, self._together(new_states, so_far[:, -1])

    def step(self, token_ids: Tensor, states: Tensor) -> tuple[Tensor, Tensor]:
        """See `StepwiseBackbone.step`; the recurrent layers make one where a frame ends."""
        states, begun = self._apart(states)
        ends = ops.equal(token_ids, MARK)
        _, stepped = step_stack(self.recurrent_layers, self.frame_embedding(begun), states)
        states = ops.where(ops.reshape(ends, (-1, 1, 1, 1)), stepped, states)
        key = ops.cast(self.frames_of_tokens.keys_of(token_ids), self.compute_dtype)
        so_far = ops.where(ops.expand_dims(ends, 1), 0, begun) + key
        from_frames = self.from_frames(_last_output(states))
        return self._written(from_frames, so_far, token_ids), self._together(states, so_far)

    def _written(self, from_frames, so_far, token_ids):
        return ops.relu(from_frames + self.from_keys(so_far) + self.token_embedding(token_ids))

    def _apart(self, states):
        shape = stack_state_shape(self.recurrent_layers)
        keys = self.frames_of_tokens.keys
        return ops.reshape(states[:, :-keys], (-1, *shape)), states[:, -keys:]

    def _together(self, states, so_far):
        size = self.state_shape[0] - self.frames_of_tokens.keys
        return ops.concatenate([ops.reshape(states, (-1, size)), so_far], axis=-1)


def _last_output(states):
    """The output of the last layer, which is its first state."""
    return states[:, -1, 0]
