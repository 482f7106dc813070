"""Captioners without their encoder."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import keras

from seqzoo.zoo.presets.training_records import TrainingRun

if TYPE_CHECKING:
    from seqzoo.zoo.image_captioner.task import ImageCaptioner


class CaptionerOnFeatures(keras.Model):
    """The part of a captioner after its encoder, for training on cached features.

    As a Keras model it maps `{"features", "token_ids"}`, float32 `(batch, size)` and int32
    `(batch, time)`, to logits `(batch, time, vocabulary)`. It shares its layers with the captioner,
    so training it trains the captioner. Only `save_to_preset` saves the whole captioner.

    Args:
        captioner: An `ImageCaptioner`.
    """

    def __init__(self, captioner: ImageCaptioner) -> None:
        backbone = captioner.backbone
        inputs = {
            "features": keras.Input(backbone.image_encoder.output_shape[1:], name="features"),
            "token_ids": keras.Input((None,), dtype="int32", name="token_ids"),
        }
        outputs = captioner.token_logits(backbone.decode(inputs["features"], inputs["token_ids"]))
        super().__init__(inputs=inputs, outputs=outputs)
        # As an attribute, the captioner would be tracked, and its encoder saved in every epoch.
        self._captioner = lambda: captioner

    def default_optimizer(
        self, learning_rate: float | keras.optimizers.schedules.LearningRateSchedule | None = None
    ) -> keras.optimizers.Optimizer:
        """Returns the default optimizer of the captioner."""
        return self.captioner.default_optimizer(learning_rate)

    def compile(
        self,
        optimizer: Any = "auto",
        loss: Any = "auto",
        *,
        weighted_metrics: Any = "auto",
        **kwargs: Any,
    ) -> None:
        """Configures training; see `ImageCaptioner.compile`."""
        if weighted_metrics == "auto":
            weighted_metrics = self.captioner.default_metrics()
        super().compile(
            optimizer=self.default_optimizer() if optimizer == "auto" else optimizer,
            loss=self.captioner.default_loss() if loss == "auto" else loss,
            weighted_metrics=weighted_metrics,
            **kwargs,
        )

    @property
    def captioner(self) -> ImageCaptioner:
        """The captioner."""
        return self._captioner()

    @property
    def training_runs(self) -> tuple[TrainingRun, ...]:
        """The runs that the captioner's weights come from; see `ZooTask`."""
        return self.captioner.training_runs

    @training_runs.setter
    def training_runs(self, runs: tuple[TrainingRun, ...]) -> None:
        self.captioner.training_runs = runs

    def save_to_preset(self, folder: str | os.PathLike[str]) -> None:
        """Saves the whole captioner."""
        self.captioner.save_to_preset(folder)
