"""Training and prediction on raw inputs, such as texts, images and scores."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import keras
import tensorflow as tf

from seqzoo.zoo.base.keras_rng import keras_rng

if TYPE_CHECKING:
    # The class that follows this one among the bases of a model.
    from keras_nlp.models import Task as _Task
else:
    _Task = object


class RawInputTask(_Task):
    """Adds raw inputs and default compilation to a keras-hub task.

    Raw inputs are what the model's preprocessor reads. Dictionaries of arrays, keyed by the names
    of the network's inputs, are not raw inputs, and neither are data sets, which hold batches; both
    are passed on to keras-hub and Keras.

    A model defines how raw inputs become batches (`batches` or `training_batches`) and answers
    (`predict_raw`), and how it is trained (`default_optimizer`, `default_loss`,
    `default_metrics`).

    Attributes:
        raw_names: Plural nouns for the raw inputs and, if there are separate targets, for these.
        default_learning_rate: Learning rate of `default_optimizer`.
    """

    raw_names: Sequence[str] = ("inputs", "targets")
    default_learning_rate: float = 2e-3
    preprocessor: Any

    @classmethod
    def default_optimizer(
        cls, learning_rate: float | keras.optimizers.schedules.LearningRateSchedule | None = None
    ) -> keras.optimizers.Optimizer:
        """Returns the default optimizer: Adam, with each gradient clipped to norm 1.

        It is used by `compile()` and `seqzoo train`.

        Args:
            learning_rate: A number or a schedule. Defaults to `default_learning_rate`.
        """
        return keras.optimizers.Adam(cls._learning_rate(learning_rate), clipnorm=1.0)

    @classmethod
    def _learning_rate(cls, given):
        return cls.default_learning_rate if given is None else given

    def default_loss(self) -> keras.losses.Loss:
        """Returns the default loss of `compile()`: cross-entropy of logits."""
        return keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    def default_metrics(self) -> list[keras.metrics.Metric]:
        """Returns the default weighted metrics of `compile()`: `nats_per_token` and `accuracy`.

        Keras averages the loss over batches; weighted metrics weight every token equally,
        regardless of the padding in its batch.
        """
        return [
            keras.metrics.SparseCategoricalCrossentropy(from_logits=True, name="nats_per_token"),
            keras.metrics.SparseCategoricalAccuracy(name="accuracy"),
        ]

    def compile(
        self,
        optimizer: Any = "auto",
        loss: Any = "auto",
        *,
        weighted_metrics: Any = "auto",
        **kwargs: Any,
    ) -> None:
        """Configures training; see `keras.Model.compile`.

        `"auto"` selects `default_optimizer`, `default_loss` and `default_metrics`.
        """
        super().compile(
            optimizer=self.default_optimizer() if optimizer == "auto" else optimizer,
            loss=self.default_loss() if loss == "auto" else loss,
            weighted_metrics=(
                self.default_metrics() if weighted_metrics == "auto" else weighted_metrics
            ),
            **kwargs,
        )

    def is_raw(self, x: Any) -> bool:
        """Returns whether `x` holds raw inputs; always false without a preprocessor."""
        not_raw = (dict, tf.data.Dataset, keras.utils.PyDataset)
        return self.preprocessor is not None and x is not None and not isinstance(x, not_raw)

    def raw_examples(self, x: Any) -> Any:
        """Returns raw inputs as a sequence that can be sliced, one element per input."""
        return x

    def training_batches(
        self, x: Any, y: Any = None, batch_size: int | None = None, shuffle: bool = False
    ) -> tf.data.Dataset:
        """Returns batches `(x, y, sample_weight)` for the network, made from raw inputs.

        By default calls the model's `batches(x, y, batch_size, rng)`.

        Args:
            x: Raw inputs.
            y: Targets. Defaults to none.
            batch_size: Examples in a batch. Defaults to 32.
            shuffle: Whether to reshuffle in every epoch. Defaults to `False`.
        """
        return self.batches(x, y, batch_size, keras_rng() if shuffle else None)

    def predict_raw(self, x: Any, batch_size: int | None = None, **kwargs: Any) -> Any:
        """Returns the predictions for raw inputs; called by `predict`."""
        raise NotImplementedError(f"{type(self).__name__} must define `predict_raw`.")

    def reading_errors(self) -> contextlib.AbstractContextManager:
        """Returns a context that translates errors from reading batches into the model's own."""
        return contextlib.nullcontext()

    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        validation_data: Any = None,
        class_weight: None = None,
        **kwargs: Any,
    ) -> keras.callbacks.History:
        """Trains on raw inputs, or on anything that `keras.Model.fit` takes.

        Raw inputs are reshuffled in every epoch, unless `shuffle=False`.

        Args:
            x: Raw inputs, or arrays or batches for the network.
            y: Targets, if the model has any.
            batch_size: Examples in a batch. Defaults to 32.
            validation_data: `(x, y)`, or `x` alone if the model has no separate targets.
            class_weight: Must be `None`: Keras does not support class weights for sequences.
            **kwargs: Arguments of `keras.Model.fit`. `validation_split` holds out whole examples.

        Returns:
            The `keras.callbacks.History`.

        Raises:
            ValueError: If raw inputs and targets do not match, if there are none, or if
                `class_weight` is given.
        """
        _check_class_weight(class_weight)
        if self.is_raw(x):
            held_out = kwargs.pop("validation_split", None)
            if held_out and validation_data is None:
                x, y, validation_data = self._split(x, y, held_out)
        validation_data = self._validation_batches(validation_data, batch_size)
        if self.is_raw(x):
            x = self.training_batches(x, y, batch_size, kwargs.pop("shuffle", True))
            y, batch_size, kwargs["shuffle"] = None, None, False
        with self.reading_errors():
            return super().fit(
                x=x, y=y, batch_size=batch_size, validation_data=validation_data, **kwargs
            )

    def evaluate(
        self, x: Any = None, y: Any = None, batch_size: int | None = None, **kwargs: Any
    ) -> Any:
        """Returns the loss and metrics; for the arguments, see `fit`."""
        if self.is_raw(x):
            x, y, batch_size = self.training_batches(x, y, batch_size), None, None
        with self.reading_errors():
            return super().evaluate(x=x, y=y, batch_size=batch_size, **kwargs)

    def predict(self, x: Any = None, batch_size: int | None = None, **kwargs: Any) -> Any:
        """Returns predictions for raw inputs (see `predict_raw`), or the outputs of the network.

        Args:
            x: Raw inputs, or arrays or batches for the network.
            batch_size: Inputs in a batch. Defaults to 32.
            **kwargs: Arguments of `keras.Model.predict`.
        """
        if self.is_raw(x):
            return self.predict_raw(x, batch_size, **kwargs)
        return super().predict(x=x, batch_size=batch_size, **kwargs)

    def train_on_batch(self, *args: Any, class_weight: None = None, **kwargs: Any) -> Any:
        """Trains on one batch; see `keras.Model.train_on_batch` and `fit`."""
        _check_class_weight(class_weight)
        return super().train_on_batch(*args, **kwargs)

    def preprocess_samples(self, x: Any, y: Any = None, sample_weight: Any = None) -> Any:
        """Preprocesses a batch; dictionaries of network inputs pass unchanged."""
        if self.preprocessor is None or isinstance(x, dict):
            return keras.utils.pack_x_y_sample_weight(x, y, sample_weight)
        return super().preprocess_samples(x, y, sample_weight)

    def _split(self, x, y, held_out):
        """Splits off the last examples: returns `x`, `y` and the validation data."""
        if not 0 < held_out < 1:
            raise ValueError(
                "Argument `validation_split` must lie between 0 and 1. "
                f"Received: validation_split={held_out!r}"
            )
        x = self.raw_examples(x)
        end = int(len(x) * (1 - held_out))
        if len(self.raw_names) == 1:
            return x[:end], None, x[end:]
        first, last = (None, None) if y is None else (y[:end], y[end:])
        return x[:end], first, (x[end:], last)

    def _validation_batches(self, data, batch_size):
        """Returns raw validation data as batches, and anything else unchanged."""
        has_targets = len(self.raw_names) > 1
        # For a model without targets, a list holds raw inputs.
        pair = (tuple, list) if has_targets else tuple
        first = data[0] if isinstance(data, pair) and data else None
        if has_targets:
            if not self.is_raw(first):
                return data
            if len(data) != 2:
                names = ", ".join(self.raw_names)
                raise ValueError(
                    f"Argument `validation_data` must be ({names}): {self.raw_names[1]} have no "
                    f"weights. Received: a {type(data).__name__} of {len(data)}"
                )
            x, y = data
            return self.training_batches(x, y, batch_size)
        if not self.is_raw(data) or isinstance(first, dict):
            return data
        return self.training_batches(data, batch_size=batch_size)


def _check_class_weight(class_weight):
    """Raises ValueError if class weights are given: they make no sense for sequence targets.

    Keras would take the argmax of such a target over time and look up the weight of that step.
    """
    if class_weight is not None:
        raise ValueError(
            "Argument `class_weight` must be None: Keras would weight a sequence of labels by the "
            "position of the largest. Give `sample_weight`, or repeat the examples that count more."
        )
