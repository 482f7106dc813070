"""The network of every model that reads tokens: an embedding under a recurrent stack."""

import keras
import keras_nlp
from keras import ops

from seqzoo.zoo.base.arguments import check_sizes
from seqzoo.zoo.base.recurrent_stack import (
    recurrent_stack,
    run_stack,
    stack_state_shape,
    step_stack,
)


@keras.saving.register_keras_serializable("seqzoo")
class RecurrentBackbone(keras_nlp.models.Backbone):
    """An embedding under a stack of recurrent layers.

    As a Keras model it maps `{"token_ids", "padding_mask"}`, both `(batch, time)`, to the
    outputs of the last layer `(batch, time, units)`. Padded time steps leave the states alone.

    The states of all layers travel as one tensor `(batch, num_layers, states, units)`, where an
    LSTM has two states (h, c) and a GRU one: batch first, so that keras-hub's samplers can
    repeat and gather it as they do a key-value cache.

    A network of other layers overrides `make_parts` and `connect`, and likewise `state_shape`,
    `run` and `step`.

    Args:
        vocabulary_size: Number of tokens.
        embedding_dim: Size of the embedding.
        units: Size of every recurrent layer.
        num_layers: Number of recurrent layers. Defaults to 2.
        cell: `"peephole_lstm"`, `"lstm"`, `"gru"` or `"simple_rnn"`. Defaults to
            `"peephole_lstm"`.
        dropout: Share dropped from the embedding and from every layer's output in training.
            Defaults to 0.
        dtype: Of the computation and the weights. Defaults to Keras's.
        **kwargs: Of `keras_nlp.models.Backbone`.

    Raises:
        ValueError: If `cell` is none of the names above, or a size is no positive integer.
    """

    def __init__(
        self,
        vocabulary_size,
        embedding_dim,
        units,
        num_layers=2,
        cell="peephole_lstm",
        dropout=0.0,
        dtype=None,
        **kwargs,
    ):
        check_sizes({"embedding_dim": embedding_dim})
        parts = self.make_parts(vocabulary_size, embedding_dim, units, num_layers, cell, dtype)
        drop = keras.layers.Dropout(dropout, dtype=dtype, name="dropout")
        inputs = {
            "token_ids": keras.Input((None,), dtype="int32", name="token_ids"),
            "padding_mask": keras.Input((None,), dtype="bool", name="padding_mask"),
        }
        outputs = self.connect(parts, drop, **inputs)
        super().__init__(inputs=inputs, outputs=outputs, dtype=dtype, **kwargs)

        for name, part in parts.items():
            setattr(self, name, part)
        self.vocabulary_size = vocabulary_size
        self.embedding_dim = embedding_dim
        self.units = units
        self.num_layers = num_layers
        self.cell = cell
        self.dropout = dropout

    def make_parts(self, vocabulary_size, embedding_dim, units, num_layers, cell, dtype):
        """New layers, by the attributes that they become: an embedding and `recurrent_layers`.

        The arguments are those of the constructor.
        """
        return {
            "token_embedding": keras.layers.Embedding(
                vocabulary_size, embedding_dim, dtype=dtype, name="token_embedding"
            ),
            "recurrent_layers": recurrent_stack(cell, units, num_layers, dtype),
        }

    def connect(self, parts, drop, token_ids, padding_mask):
        """The outputs `(batch, time, units)`, as in training.

        Args:
            parts: The layers; see `make_parts`. They are no attributes yet.
            drop: The dropout.
            token_ids: Integers `(batch, time)`.
            padding_mask: Booleans `(batch, time)`.
        """
        x = drop(parts["token_embedding"](token_ids))
        for layer in parts["recurrent_layers"]:
            x = drop(layer(x, mask=padding_mask)[0])
        return x

    def get_config(self):
        """Every constructor argument."""
        names = ("vocabulary_size", "embedding_dim", "units", "num_layers", "cell", "dropout")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}

    @property
    def state_shape(self):
        """The shape of one sequence's states: `(num_layers, states, units)`."""
        return stack_state_shape(self.recurrent_layers)

    def initial_states(self, batch_size):
        """Zero states `(batch_size, num_layers, states, units)`."""
        return ops.zeros((batch_size, *self.state_shape), dtype=self.compute_dtype)

    def run(self, token_ids, padding_mask, states):
        """Runs sequences from given states, without dropout.

        Args:
            token_ids: Integers `(batch, time)`.
            padding_mask: Booleans `(batch, time)`.
            states: `(batch, num_layers, states, units)`.

        Returns:
            The outputs `(batch, time, units)` and the new states.
        """
        x = self.token_embedding(token_ids)
        return run_stack(self.recurrent_layers, x, padding_mask, states)

    def step(self, token_ids, states):
        """Runs one time step.

        Args:
            token_ids: Integers `(batch,)`.
            states: `(batch, num_layers, states, units)`.

        Returns:
            The outputs `(batch, units)` and the new states.
        """
        return step_stack(self.recurrent_layers, self.token_embedding(token_ids), states)
