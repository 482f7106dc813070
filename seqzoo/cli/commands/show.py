"""The arguments of `seqzoo list` and `seqzoo info`."""

from typing import Annotated

import typer


def list_() -> None:
    """List the models and the data sets."""
    from seqzoo.cli.show import show_list

    show_list()


def info(name: Annotated[str, typer.Argument(help="A model, a data set, or a preset.")]) -> None:
    """Say what a model, a data set or a preset is."""
    from seqzoo.cli.show import show_info

    show_info(name)
