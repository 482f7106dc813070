"""`seqzoo list` and `seqzoo info`."""

from pathlib import Path

from rich.console import Console
from rich.table import Table

from seqzoo.cli.start import start_tensorflow
from seqzoo.errors import UsageError
from seqzoo.training.datasets import DATASETS
from seqzoo.zoo import MODELS

_SUMMARIES = {"note-generator": "continues a score: MusicXML or MIDI in, MusicXML and MIDI out"}


def show_list() -> None:
    """Prints the models and the data sets."""
    table = Table("kind", "name", "what it is")
    for name in MODELS:
        table.add_row("model", name, _SUMMARIES[name])
    for name, summary in DATASETS.items():
        table.add_row("data set", name, summary)
    Console().print(table)


def show_info(name: str) -> None:
    """Prints what a model, a data set or a preset is.

    Raises:
        UsageError: If it is none of them.
    """
    if name in DATASETS:
        print(DATASETS[name])
    elif name in MODELS:
        _show_model(name)
    elif Path(name).exists():
        _show_preset(Path(name))
    else:
        raise UsageError(
            f"There is no model, data set or preset {name!r}; `seqzoo list` lists the names."
        )


def _show_model(name):
    import inspect

    from seqzoo import zoo

    start_tensorflow()

    model = getattr(zoo, MODELS[name])
    print(f"{name}: {_SUMMARIES[name]}\n")
    print(inspect.getdoc(model).split("\n\n>>>")[0])
    print("\nNetwork, as `seqzoo train` builds it:")
    for parameter in inspect.signature(model.from_sizes).parameters.values():
        print(f"  {parameter.name} = {parameter.default}")


def _show_preset(path):
    from seqzoo.cli.models import load_preset

    task = load_preset(path)
    print(f"{path}: a {type(task).__name__} of {task.count_params():,} weights\n")
    for key, value in task.backbone.get_config().items():
        if key not in ("name", "trainable", "dtype"):
            print(f"  {key} = {value}")
    print("\nExported signatures:")
    for name, signature in task.signatures().items():
        inputs = ", ".join(f"{k} {v.dtype.name}{v.shape}" for k, v in signature.inputs.items())
        print(f"  {name}: {inputs}")
