"""`seqzoo list` and `seqzoo info`."""

import json
from pathlib import Path

from rich.console import Console
from rich.table import Table

from seqzoo.cli.start import start_tensorflow
from seqzoo.errors import UsageError
from seqzoo.training.captioning.datasets import DATASETS as CAPTIONED_IMAGES
from seqzoo.training.frames.datasets import DATASETS as PIANO_ROLLS
from seqzoo.training.music.datasets import DATASETS as MUSIC
from seqzoo.training.tagging.datasets import DATASETS as TAGGED_TEXT
from seqzoo.zoo import MODELS, shipped_presets

_SUMMARIES = {
    "note-generator": "continues a score: MusicXML or MIDI in, MusicXML and MIDI out",
    "frame-generator": "continues a piano roll, and says how likely each of its frames is",
    "ner": "finds named entities: text in, entities with places and probabilities out",
    "captioner": "says what a picture shows: picture in, sentences with scores out",
}
_DATASETS = {**MUSIC, **PIANO_ROLLS, **TAGGED_TEXT, **CAPTIONED_IMAGES}


def show_list() -> None:
    """Prints the models, the data sets and the presets that ship with the package."""
    table = Table("kind", "name", "what it is")
    for name in MODELS:
        table.add_row("model", name, _SUMMARIES[name])
    for name, summary in _DATASETS.items():
        table.add_row("data set", name, summary)
    for name, path in shipped_presets().items():
        table.add_row("preset", name, f"a trained {_class_name(path)}")
    Console().print(table)


def show_info(name: str) -> None:
    """Prints what a model, a data set or a preset is.

    Raises:
        UsageError: If it is none of them.
    """
    if name in _DATASETS:
        print(_DATASETS[name])
    elif name in MODELS:
        _show_model(name)
    elif Path(name).exists() or name in shipped_presets():
        _show_preset(name)
    else:
        raise UsageError(
            f"There is no model, data set or preset {name!r}; `seqzoo list` lists the names."
        )


def _show_model(name):
    import inspect

    from seqzoo import zoo

    start_tensorflow()
    from seqzoo.training.model_training import training_of

    model = getattr(zoo, MODELS[name])
    print(f"{name}: {_SUMMARIES[name]}\n")
    print(inspect.getdoc(model).split("\n\n>>>")[0])
    print("\nNetwork, as `seqzoo train` builds it:")
    for size, default in training_of(name).sizes().items():
        print(f"  {size} = {default}")


def _class_name(path):
    """The class of a preset that ships; to read it by `preset_model` would start TensorFlow."""
    registered = json.loads((path / "task.json").read_text("utf-8"))["registered_name"]
    return registered.removeprefix("seqzoo>")


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
