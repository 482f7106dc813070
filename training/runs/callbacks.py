"""Keras callbacks of a run.

A run that is killed at any moment and resumed must end with bit-identical weights. Keras's own
callbacks do not guarantee this, so four replacements are used:

- `RunCheckpoint` for `BackupAndRestore`, which writes the weights and the epoch number into two
  files: after a kill between the two, it would resume from an epoch's weights with the number of
  the epoch before. It also replaces `ModelCheckpoint`, which saves weights but no preset.
- `Progress.is_finished` for `EarlyStopping`, which restarts its count when a run is resumed, and
  considers a single metric: while a tagger finds no entities yet, only its loss improves.
- `Validation` for `validation_data`: BLEU and F1 are measured on predictions for the whole split,
  not batch by batch.
- `metrics.json` for `CSVLogger`, which appends: after a kill, the row of an epoch that is trained
  again would remain.
"""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import keras

from seqzoo.core.progress import note, progress_bar
from seqzoo.training.curves import Curves, draw_curves
from seqzoo.training.runs.folder import Progress, RunError, RunFolder

if TYPE_CHECKING:
    from seqzoo.training.model_training import ModelTraining


class EpochBar(keras.callbacks.Callback, contextlib.AbstractContextManager):
    """Shows the batches of an epoch as a bar.

    As a context manager it removes the bar from the terminal when training is interrupted.

    Args:
        epochs: The number of epochs of the run.
    """

    def __init__(self, epochs: int) -> None:
        super().__init__()
        self._epochs = epochs
        self._bar = contextlib.ExitStack()
        self._advance: Callable[[], None] = lambda: None

    def __exit__(self, *exception: object) -> None:
        self._bar.close()

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        """Opens the bar."""
        bar = progress_bar(f"Epoch {epoch + 1}/{self._epochs}", self.params["steps"])
        self._advance = self._bar.enter_context(bar)

    def on_train_batch_end(self, batch: int, logs: Mapping[str, float] | None = None) -> None:
        """Advances the bar."""
        self._advance()

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        """Closes the bar, since validation may show a bar too."""
        self._bar.close()


class Validation(keras.callbacks.Callback):
    """Measures the validation split, and adds its metrics to the logs of subsequent callbacks.

    Args:
        training: The training adapter, which measures the model and summarizes the epoch.
        examples: The validation split.
        batch_size: Examples in a batch.
        epochs: The number of epochs of the run.
    """

    def __init__(
        self, training: ModelTraining, examples: Sequence[Any], batch_size: int, epochs: int
    ) -> None:
        super().__init__()
        self._training = training
        self._examples = examples
        self._batch_size = batch_size
        self._epochs = epochs
        self._start = 0.0

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        """Starts the clock."""
        self._start = time.monotonic()

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Adds the metrics, with the prefix `val_`."""
        logs = {} if logs is None else logs
        metrics = self._training.measure(self.model, self._examples, self._batch_size)
        logs.update({f"val_{name}": float(value) for name, value in metrics.items()})
        seconds = time.monotonic() - self._start
        summary = self._training.epoch_summary(logs)
        note(f"Epoch {epoch + 1}/{self._epochs}: {summary} ({seconds:.0f} s)")


class RunCheckpoint(keras.callbacks.Callback):
    """Saves the best preset, then the state of the run, and draws the curves.

    After a kill before the state is saved, the run resumes at the previous epoch and trains the
    same epoch again.

    Attributes:
        progress: The progress of the run.

    Args:
        run: The folder of the run.
        progress: The progress to resume from.
        curves: The diagrams.
    """

    def __init__(self, run: RunFolder, progress: Progress, curves: Sequence[Curves]) -> None:
        super().__init__()
        self.progress = progress
        self._run = run
        self._curves = curves
        # The run may have been killed after saving the state and before drawing.
        self._draw()

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        """Saves; see the class.

        Raises:
            RunError: If the training has diverged.
        """
        progress = self.progress.after(dict(logs or {}))
        _check_loss(progress)
        if progress.best_epoch == progress.epoch:
            self.model.save_to_preset(self._run.preset)
        self._run.save(self.model, progress)
        self.progress = progress
        self._draw()

    def _draw(self):
        if self.progress.epoch:
            draw_curves(self.progress.history, self._curves, self._run.curves)


def _check_loss(progress):
    score = progress.history[-1][progress.monitor]
    loss = progress.history[-1]["loss"]
    if not (math.isfinite(score) and math.isfinite(loss)):
        raise RunError(
            f"The loss is {loss} after epoch {progress.epoch}: the training has diverged, give a "
            "lower --learning-rate."
        )
