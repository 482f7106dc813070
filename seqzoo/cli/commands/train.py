"""`seqzoo train`."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seqzoo.cli.commands.arguments import NETWORK, Columns, Data, Scheme, reading_of
from seqzoo.cli.start import start_tensorflow
from seqzoo.core.errors import UsageError
from seqzoo.core.memory import keep_freed_memory

if TYPE_CHECKING:
    from seqzoo.training.recipe import Recipe


def train(
    out: Annotated[Path, typer.Option(help="The run folder; an interrupted run is resumed.")],
    model: Annotated[str | None, typer.Argument(help="A model of `seqzoo list`.")] = None,
    data: Data = (),  # type: ignore[assignment] # typer makes a list of it
    recipe: Annotated[Path | None, typer.Option(help="A recipe.json instead.")] = None,
    init: Annotated[
        str, typer.Option(help="A preset to start from; the network keeps its sizes.")
    ] = "",
    columns: Columns = None,
    scheme: Scheme = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="Maximum number of epochs.")] = None,
    batch_size: Annotated[
        int | None, typer.Option(min=1, help="Windows, sentences or captions in a batch.")
    ] = None,
    learning_rate: Annotated[float | None, typer.Option(help="Adam's initial rate.")] = None,
    patience: Annotated[
        int | None, typer.Option(min=1, help="Epochs without improvement before stopping.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="The random seed.")] = None,
    overwrite: Annotated[bool, typer.Option(help="Delete an older run.")] = False,
    cell: Annotated[
        str | None,
        typer.Option(help="peephole_lstm, lstm, gru or simple_rnn.", rich_help_panel=NETWORK),
    ] = None,
    units: Annotated[
        int | None, typer.Option(min=1, help="Size of a recurrent layer.", rich_help_panel=NETWORK)
    ] = None,
    num_layers: Annotated[
        int | None, typer.Option(min=1, help="Recurrent layers.", rich_help_panel=NETWORK)
    ] = None,
    embedding_dim: Annotated[
        int | None, typer.Option(min=1, help="Size of the embedding.", rich_help_panel=NETWORK)
    ] = None,
    dropout: Annotated[
        float | None,
        typer.Option(min=0, max=0.99, help="Share dropped.", rich_help_panel=NETWORK),
    ] = None,
    sequence_length: Annotated[
        int | None,
        typer.Option(
            min=2,
            help="Events or tokens in a training window of music, or maximum words of a caption.",
            rich_help_panel=NETWORK,
        ),
    ] = None,
    augment: Annotated[
        bool | None,
        typer.Option(
            help="Randomly transpose pieces, replace entities by others, or draw scenes again."
        ),
    ] = None,
    average: Annotated[
        bool | None,
        typer.Option(
            help="Measure and keep averages of the weights over the last steps of an epoch."
        ),
    ] = None,
    sizes: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="Any other size of the network, as `seqzoo info` lists them; repeatable.",
            rich_help_panel=NETWORK,
        ),
    ] = None,
) -> None:
    """Train a model; omitted options keep their defaults."""
    common = {
        "cell": cell,
        "units": units,
        "num_layers": num_layers,
        "embedding_dim": embedding_dim,
        "dropout": dropout,
        "sequence_length": sequence_length,
    }
    options = {
        "epochs": epochs,
        "batch_size": batch_size,
        "learning_rate": learning_rate,
        "patience": patience,
        "augment": augment,
        "average": average,
        "seed": seed,
    }
    network = _network(_given(common), sizes or [])
    reading = reading_of(columns, scheme)
    whole = _recipe(model, tuple(data), recipe, init, reading, network, _given(options))
    keep_freed_memory()
    start_tensorflow()
    from seqzoo.training.runs.train import train

    preset = train(whole, out, overwrite)
    print(f"Preset: {preset}")
    print(f"Recipe, metrics and curves: {out}")


def _network(common, sizes):
    """Merges the size options with `--set`, whose values are JSON, Python literals or text."""
    network = dict(common)
    for size in sizes:
        name, equals, value = size.partition("=")
        if not name or not equals:
            raise UsageError(f"--set {size} is not a size: write --set name=value.")
        if name in network:
            raise UsageError(f"{name} is given twice: leave out all but one.")
        network[name] = _value(value)
    return network


_OF_PYTHON = {"True": True, "False": False, "None": None}
"""Python's spellings of JSON values, as the list of sizes may show them."""


def _value(text):
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return _OF_PYTHON.get(text, text)


def _recipe(
    model: str | None,
    data: tuple[str, ...],
    path: Path | None,
    init: str,
    reading: dict[str, Any],
    network: dict[str, Any],
    options: dict[str, Any],
) -> Recipe:
    # Imported here, since pydantic would slow down `--help`.
    from seqzoo.training.recipe import Recipe

    if path is None:
        if model is None:
            raise UsageError("Name a model to train, or give a --recipe; see `seqzoo list`.")
        return Recipe(model, data, network, init, reading, **options)
    if model is not None or data or init or reading or network:
        raise UsageError("--recipe says the model, the data and the network: do not give both.")
    return dataclasses.replace(Recipe.read(path), **options)


def _given(arguments):
    return {name: value for name, value in arguments.items() if value is not None}
