"""A recurrent layer run in both directions."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops, tree

from seqzoo.core.types import States, Tensor
from seqzoo.layers.ragged import AcceptsRagged


@keras.saving.register_keras_serializable("seqzoo")
class Bidirectional(AcceptsRagged, keras.layers.Bidirectional):
    """Runs a layer forwards and a copy of it backwards (Schuster & Paliwal 1997).

    ```
    y[t] = merge(forward(x[1..t]), backward(x[T..t]))
    ```

    Arguments, weights and outputs are those of `keras.layers.Bidirectional`. The output mask is
    correct in every mode, including stateful layers and returned states.

    >>> import numpy as np
    >>> from seqzoo.layers import PeepholeLSTM
    >>> layer = Bidirectional(PeepholeLSTM(4, return_sequences=True))
    >>> layer(np.ones((2, 5, 3))).shape
    TensorShape([2, 5, 8])
    """

    def call(
        self,
        sequences: Tensor,
        initial_state: States | None = None,
        mask: Tensor | None = None,
        training: bool | None = None,
        sequences_mask: Tensor | None = None,
    ) -> Any:
        """Runs both layers.

        If states are passed too, Keras passes the mask of the sequences as `sequences_mask`.
        """
        mask = sequences_mask if mask is None else mask
        return super().call(sequences, initial_state=initial_state, mask=mask, training=training)

    def compute_mask(self, _: Any, mask: Any) -> Any:
        """Returns the mask of every output: the input mask for sequences, `None` otherwise."""
        mask = tree.flatten(mask)[0]
        if not self.return_sequences:
            mask = None
        elif mask is not None and self.forward_layer.go_backwards:
            mask = ops.flip(mask, axis=1)
        masks = [mask] if self.merge_mode else [mask, mask]
        if self.return_state:
            masks += [None for _ in self.forward_layer.state_size] * 2
        return masks if len(masks) > 1 else mask
