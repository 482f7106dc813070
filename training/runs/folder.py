"""The folder of a run, from which it can be resumed after a kill at any moment."""

from __future__ import annotations

import dataclasses
import json
import math
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from seqzoo.core.atomic import atomic_file
from seqzoo.core.errors import SeqzooError
from seqzoo.core.weight_bytes import weight_bytes
from seqzoo.training.recipe import Recipe, RecipeError

if TYPE_CHECKING:
    import keras


class RunError(SeqzooError, ValueError):
    """A run that cannot start or resume; the message gives the reason and a remedy."""


@dataclasses.dataclass(frozen=True)
class Progress:
    """The progress of a run.

    Attributes:
        monitor: The metric by which weights are chosen.
        higher_is_better: Whether a higher metric is better.
        history: The losses and metrics of every epoch so far.
        data: A hash of the run's data and initial weights.
    """

    monitor: str
    higher_is_better: bool
    history: list[dict[str, float]] = dataclasses.field(default_factory=list)
    data: str = ""

    @property
    def epoch(self) -> int:
        """The number of completed epochs."""
        return len(self.history)

    @property
    def best_epoch(self) -> int:
        """The epoch with the best score, from 1; 0 before the first.

        Of epochs with equal scores, such as those of a tagger that finds no entities yet, it is the
        one with the lowest validation loss.
        """
        sign = -1 if self.higher_is_better else 1
        ranks = [
            (_finite(sign * logs[self.monitor]), _finite(logs["val_loss"])) for logs in self.history
        ]
        return ranks.index(min(ranks)) + 1 if ranks else 0

    def is_finished(self, recipe: Recipe) -> bool:
        """Returns whether all epochs are done, or the patience is exhausted."""
        return self.epoch >= recipe.epochs or self.epoch - self.best_epoch >= recipe.patience

    def after(self, logs: dict[str, float]) -> Progress:
        """Returns the progress after one more epoch."""
        return dataclasses.replace(self, history=[*self.history, logs])


def _finite(loss):
    return loss if math.isfinite(loss) else math.inf


class RunFolder:
    """A run folder: the recipe, the metrics, the state to resume from, and the best preset.

    `metrics.json` is written last, atomically by renaming, and determines the progress of the run:
    an epoch that was not completed before a kill is trained again.
    """

    def __init__(self, path: str | os.PathLike) -> None:
        self.path = Path(path)
        self.preset = self.path / "preset"
        self.curves = self.path / "curves.png"

    def check(self, recipe: Recipe, overwrite: bool) -> None:
        """Checks that a run may start or resume here; writes nothing.

        Raises:
            RunError: If the folder holds another run, or is not a run folder.
        """
        if self._recipe_path.exists():
            if not overwrite:
                self._check_recipe(recipe)
        elif self.path.is_file() or (self.path.exists() and self._holds_something_else()):
            raise RunError(f"{self.path} exists and is not a run folder: give another --out.")

    def begin(self, recipe: Recipe, overwrite: bool) -> None:
        """Creates the folder, or keeps that of an interrupted run; call `check` before."""
        for aside in self.path.glob(".*-*"):
            # A killed process left it.
            shutil.rmtree(aside)
        if overwrite and self.path.exists():
            # The recipe is deleted last: as long as it exists, this is a run folder.
            for path in sorted(self.path.iterdir(), key=lambda path: path == self._recipe_path):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        if not self._recipe_path.exists():
            with atomic_file(self._recipe_path) as aside:
                recipe.write(aside)

    def _check_recipe(self, recipe):
        try:
            same = Recipe.read(self._recipe_path) == recipe
        except RecipeError as error:
            raise RunError(
                f"{self.path} holds a run that is damaged or of another version "
                f"({str(error).rstrip('.')}): give another --out, or --overwrite to throw that run "
                "away."
            ) from error
        if not same:
            raise RunError(
                f"{self.path} holds a run with another recipe: give another --out, or --overwrite "
                "to throw that run away."
            )

    def _holds_something_else(self):
        return any(not path.name.startswith(".") for path in self.path.iterdir())

    @property
    def _recipe_path(self):
        return self.path / "recipe.json"

    @property
    def _metrics_path(self):
        return self.path / "metrics.json"

    def _state_path(self, epoch):
        return self.path / f"state-{epoch:04d}.weights.h5"

    def _read(self, start: Progress) -> Progress:
        try:
            metrics = json.loads(self._metrics_path.read_text("utf-8"))
            return dataclasses.replace(start, history=metrics["history"], data=metrics["data"])
        except (ValueError, KeyError, TypeError) as error:
            raise RunError(
                f"{self._metrics_path} is damaged ({error}): start again with --overwrite."
            ) from error

    def restore(self, task: keras.Model, start: Progress) -> Progress:
        """Loads the weights and the optimizer state of the last completed epoch, if there is one.

        Args:
            task: The model.
            start: The progress of a new run.

        Raises:
            RunError: If the state is missing or damaged, or the data has changed.
        """
        progress = self._read(start) if self._metrics_path.exists() else start
        if progress.data != start.data:
            raise RunError(
                f"The data has changed since the run in {self.path} began, or a file or preset "
                "that it starts from: give another --out, or --overwrite to start again."
            )
        if progress.epoch:
            path = self._state_path(progress.epoch)
            try:
                task.optimizer.build(task.trainable_variables)
                task.load_weights(path)
            except (OSError, ValueError, KeyError) as error:
                raise RunError(
                    f"The state {path} cannot be loaded ({error}): start again with --overwrite."
                ) from error
        return progress

    def save(self, task: keras.Model, progress: Progress) -> None:
        """Saves the state after an epoch, then the metrics, which commit it."""
        state = self._state_path(progress.epoch)
        with atomic_file(state, weight_bytes(task.weights + task.optimizer.variables)) as aside:
            task.save_weights(aside)
        metrics = {
            "data": progress.data,
            "epochs": progress.epoch,
            "best_epoch": progress.best_epoch,
            "best": progress.history[progress.best_epoch - 1],
            "history": progress.history,
        }
        with atomic_file(self._metrics_path) as aside:
            aside.write_text(json.dumps(metrics, indent=2) + "\n", "utf-8")
        for old in self.path.glob("state-*.weights.h5"):
            if old != state:
                old.unlink()
