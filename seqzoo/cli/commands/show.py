"""`seqzoo list` and `seqzoo info`."""

import inspect
import json
import textwrap
from pathlib import Path
from typing import Annotated

import typer

from seqzoo.cli.start import start_tensorflow
from seqzoo.core.docstrings import argument_help
from seqzoo.core.errors import UsageError
from seqzoo.training.data.published import DATA_SETS
from seqzoo.zoo.presets.shipped import shipped_presets, summary_of
from seqzoo.zoo.registry import MODELS


def list_() -> None:
    """List the models, the data sets and the presets that ship with the package."""
    from rich.console import Console
    from rich.table import Table

    table = Table("kind", "name", "what it is")
    for name, model in MODELS.items():
        table.add_row("model", name, model.summary)
    for name, data_set in DATA_SETS.items():
        table.add_row("data set", name, data_set.summary)
    for name, path in shipped_presets().items():
        table.add_row("preset", name, summary_of(path))
    Console().print(table)


def info(name: Annotated[str, typer.Argument(help="A model, a data set, or a preset.")]) -> None:
    """Describe a model, a data set or a preset."""
    if name in DATA_SETS:
        print(f"{DATA_SETS[name].summary} ({DATA_SETS[name].kind})")
    elif name in MODELS:
        _show_model(name)
    elif Path(name).exists() or name in shipped_presets():
        _show_preset(name)
    else:
        raise UsageError(
            f"There is no model, data set or preset {name!r}; `seqzoo list` lists the names."
        )


def _show_model(name):
    start_tensorflow()
    from seqzoo.training.model_training import training_of

    task = MODELS[name].task_class()
    print(f"{name}: {MODELS[name].summary}\n")
    # With -OO there are no docstrings.
    print((inspect.getdoc(task) or "").split("\n\n>>>")[0])
    print("\nSizes of the network, for `seqzoo train --set name=value`:")
    helps = argument_help(task.from_examples, task.backbone_cls)
    for size, default in training_of(name).sizes().items():
        # In the form that `--set` takes.
        print(f"  {size} = {default if isinstance(default, str) else json.dumps(default)}")
        if size in helps:
            print(textwrap.indent(textwrap.fill(helps[size], 90), " " * 6))


def _show_preset(name):
    from seqzoo.cli.models import load_preset

    task = load_preset(name)
    print(f"{name}: a {type(task).__name__} of {task.count_params():,} weights\n")
    for key, value in task.backbone.get_config().items():
        if key not in ("name", "trainable", "dtype"):
            print(f"  {key} = {value}")
    for key in task.head_arguments:
        if hasattr(task, key):
            print(f"  {key} = {getattr(task, key)}")
    print("\nExported signatures:")
    for name, signature in task.signatures().items():
        inputs = ", ".join(f"{k} {v.dtype.name}{v.shape}" for k, v in signature.inputs.items())
        print(f"  {name}: {inputs}")
