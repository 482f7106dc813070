"""A small untrained note generator, exported with its signature `compose` and its events."""

import keras

from seqzoo.export.formats.saved_model import EXTRA_ASSETS
from seqzoo.export.graph.tracing import write_graph
from seqzoo.layers.kernels.targets import portable
from seqzoo.zoo import NoteGenerator


def save(folder, name="generator"):
    """Saves the model, version 1, without a parity report; returns the folder of the model."""
    keras.utils.set_random_seed(5)
    task = NoteGenerator.from_examples(embedding_dim=8, units=16, num_layers=1)
    version = folder / name / "1"
    write_graph(task, {"compose": task.signatures()["compose"]}, version, portable)
    for file, text in task.saved_model_files().items():
        (version / EXTRA_ASSETS).mkdir(exist_ok=True)
        (version / EXTRA_ASSETS / file).write_text(text)
    return version.parent
