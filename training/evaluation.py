"""The result of an evaluation on held-out data."""

import os
from abc import ABC, abstractmethod

from rich.console import RenderableType

from seqzoo.core.errors import UsageError


class Evaluation(ABC):
    """The scores of a model on a split of a data set."""

    @abstractmethod
    def scores(self) -> dict:
        """The scores by name, for programs."""

    @abstractmethod
    def show(self, title: str) -> RenderableType:
        """The scores, for people.

        Args:
            title: What was measured.
        """

    def write(self, folder: str | os.PathLike, title: str) -> None:
        """Writes a report into a folder.

        Raises:
            UsageError: If there is none for this kind of model.
        """
        raise UsageError("There is no report for this kind of model: leave out --report.")
