"""Loss and accuracy of a conditional random field."""

from __future__ import annotations

import keras
from keras import ops

from seqzoo.core.types import Config, Dtype, Tensor
from seqzoo.layers.crf.linear_chain import log_likelihood, viterbi
from seqzoo.layers.crf.potentials import present_steps


@keras.saving.register_keras_serializable("seqzoo")
class CRFLoss(keras.losses.Loss):
    """Negative log likelihood of the tags of every sequence, `-log p(y)`.

    The loss is a sum over the steps of a sequence, so longer sequences have more weight in the
    mean over the batch, as maximum likelihood requires. A row of only padding has loss 0.

    >>> import numpy as np
    >>> potentials = np.zeros((1, 4, 3, 3), "float32")
    >>> loss = CRFLoss()(np.array([[0, 2, 1, 1]]), potentials)
    >>> bool(np.isclose(loss, 4 * np.log(3)))
    True

    Args:
        reduction: The reduction over the batch, as in `keras.losses.Loss`. Defaults to
            `"sum_over_batch_size"`.
        name: The name of the loss. Defaults to `"crf_loss"`.
        dtype: The dtype of the computation, float32 or float64. Defaults to
            `keras.backend.floatx()`.

    Call arguments:
        y_true: The tags, integers `(batch, time)`. Values at masked steps are ignored.
        y_pred: The log potentials `(batch, time, tags, tags)` that a `CRF` returns.
        sample_weight: One number for every sequence, `(batch,)`. Single steps cannot be weighted;
            to leave them out, mask them.

    Raises:
        ValueError: If the shapes do not match, or `sample_weight` has a time axis.
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
        """Returns the reduced loss."""
        # Per-step weights would broadcast silently against the per-sequence loss.
        shape = () if sample_weight is None else tuple(ops.shape(sample_weight))
        if len(shape) > 1 and shape[1:] != (1,):
            raise ValueError(
                "Argument `sample_weight` must hold one number for every sequence, in the shape "
                "(batch,). To leave out steps, use the mask of the `CRF` layer. "
                f"Received: sample_weight.shape={shape}"
            )
        return super().__call__(y_true, y_pred, sample_weight)

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """Returns the loss of every sequence, `(batch,)`."""
        return -log_likelihood(y_pred, y_true)


@keras.saving.register_keras_serializable("seqzoo")
class CRFAccuracy(keras.metrics.Mean):
    """Fraction of unmasked steps at which the best path has the correct tag.

    Args:
        name: The name of the metric. Defaults to `"crf_accuracy"`.
        dtype: The dtype of the result. Defaults to `keras.backend.floatx()`.

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
        """Adds one batch to the metric.

        Args:
            y_true: The tags, integers `(batch, time)`.
            y_pred: The log potentials `(batch, time, tags, tags)` that a `CRF` returns.
            sample_weight: One number for every sequence, `(batch,)`, or step, `(batch, time)`.
        """
        tags, _ = viterbi(y_pred)
        weights = ops.cast(present_steps(ops.convert_to_tensor(y_pred)), self.dtype)
        if sample_weight is not None:
            sample_weight = ops.cast(sample_weight, self.dtype)
            if len(sample_weight.shape) == 1:
                sample_weight = sample_weight[:, None]
            weights = weights * sample_weight
        correct = ops.cast(ops.equal(tags, ops.cast(y_true, "int32")), self.dtype)
        # Given a time axis, Keras would first average over time, padding included.
        super().update_state(ops.reshape(correct, (-1,)), ops.reshape(weights, (-1,)))

    def get_config(self) -> Config:
        """Returns all constructor arguments."""
        return {"name": self.name, "dtype": self.dtype}
