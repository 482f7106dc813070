"""Results of evaluations on held-out data."""

import os
from abc import ABC, abstractmethod

from rich.console import RenderableType

from seqzoo.core.errors import UsageError


class Evaluation(ABC):
    """The scores of a model on a split of a data set."""

    @abstractmethod
    def scores(self) -> dict:
        """Returns the scores by name, in a machine-readable form."""

    @abstractmethod
    def show(self, title: str) -> RenderableType:
        """Returns the scores in a form to print.

        Args:
            title: The model and data that were measured.
        """

    def write(self, folder: str | os.PathLike, title: str) -> None:
        """Writes a report into a folder.

        Raises:
            UsageError: If this kind of model has no report.
        """
        raise UsageError("There is no report for this kind of model: leave out --report.")
