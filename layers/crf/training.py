"""Loss and accuracy of a tagger with a conditional random field."""

from __future__ import annotations

import keras
from keras import ops

from seqzoo.core.types import Config, Dtype, Tensor
from seqzoo.layers.crf.linear_chain import log_likelihood, viterbi
from seqzoo.layers.crf.potentials import present_steps


@keras.saving.register_keras_serializable("seqzoo")
class CRFLoss(keras.losses.Loss):
    """Negative log likelihood of the tags of every sequence, `-log p(y)`.

    It is a sum over the steps of a sequence: a mean over the batch lets longer sequences weigh
    more, which is what maximum likelihood asks for. A row that is all padding has the loss 0.

    >>> import numpy as np
    >>> potentials = np.zeros((1, 4, 3, 3), "float32")
    >>> loss = CRFLoss()(np.array([[0, 2, 1, 1]]), potentials)
    >>> bool(np.isclose(loss, 4 * np.log(3)))
    True

    Args:
        reduction: Over the batch, as of every `keras.losses.Loss`. Defaults to
            `"sum_over_batch_size"`.
        name: Defaults to `"crf_loss"`.
        dtype: The type to compute in, float32 or float64. Defaults to `keras.backend.floatx()`.

    Call arguments:
        y_true: The tags, integers `(batch, time)`. What stands at masked steps does not matter.
        y_pred: The log potentials `(batch, time, tags, tags)` that a `CRF` returns.
        sample_weight: One number for every sequence, `(batch,)`. Single steps cannot be weighted:
            mask them.

    Raises:
        ValueError: If the shapes do not fit, or `sample_weight` is for steps.
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str = "crf_loss",
        dtype: Dtype | None = None,
    ) -> None:
        super().__init__(name=name, reduction=reduction, dtype=dtype)

    def __call__(
        self, y_true: Tensor, y_pred: Tensor, sample_weight: Tensor | None = None
    ) -> Tensor:
        """The reduced loss."""
        # Weights of time steps would broadcast silently against a loss for each sequence.
        shape = () if sample_weight is None else tuple(ops.shape(sample_weight))
        if len(shape) > 1 and shape[1:] != (1,):
            raise ValueError(
                "Argument `sample_weight` must hold one number for every sequence, in the shape "
                "(batch,): steps are left out by the mask of the `CRF` layer. "
                f"Received: sample_weight.shape={shape}"
            )
        return super().__call__(y_true, y_pred, sample_weight)

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """The loss of every sequence, `(batch,)`."""
        return -log_likelihood(y_pred, y_true)


@keras.saving.register_keras_serializable("seqzoo")
class CRFAccuracy(keras.metrics.Mean):
    """The share of steps at which the best path has the right tag. Masked steps do not count.

    Args:
        name: Defaults to `"crf_accuracy"`.
        dtype: Of the result. Defaults to `keras.backend.floatx()`.

    >>> import numpy as np
    >>> potentials = np.zeros((1, 2, 3, 3), "float32")
    >>> potentials[:, :, :, 2] = 1  # tag 2 is the best at both steps
    >>> accuracy = CRFAccuracy()
    >>> accuracy.update_state(np.array([[2, 1]]), potentials)
    >>> float(accuracy.result())
    0.5
    """

    def __init__(self, name: str = "crf_accuracy", dtype: Dtype | None = None) -> None:
        super().__init__(name=name, dtype=dtype)

    def update_state(
        self, y_true: Tensor, y_pred: Tensor, sample_weight: Tensor | None = None
    ) -> None:
        """Counts one batch.

        Args:
            y_true: The tags, integers `(batch, time)`.
            y_pred: The log potentials `(batch, time, tags, tags)` that a `CRF` returns.
            sample_weight: A number for every sequence, `(batch,)`, or step, `(batch, time)`.
        """
        tags, _ = viterbi(y_pred)
        weights = ops.cast(present_steps(ops.convert_to_tensor(y_pred)), self.dtype)
        if sample_weight is not None:
            sample_weight = ops.cast(sample_weight, self.dtype)
            if len(sample_weight.shape) == 1:
                sample_weight = sample_weight[:, None]
            weights = weights * sample_weight
        correct = ops.cast(ops.equal(tags, ops.cast(y_true, "int32")), self.dtype)
        # With one axis more Keras would take the mean over time first, padding included.
        super().update_state(ops.reshape(correct, (-1,)), ops.reshape(weights, (-1,)))

    def get_config(self) -> Config:
        """The constructor's arguments."""
        return {"name": self.name, "dtype": self.dtype}
