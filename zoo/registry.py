"""The registry of models: one row for each, and all that the command line needs to know of it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from seqzoo.core.lazy import load_place

if TYPE_CHECKING:
    from seqzoo.zoo.base.task import ZooTask


@dataclasses.dataclass(frozen=True)
class Model:
    """A model of the zoo.

    Places are written as `"module:name"` and imported when they are needed, so that a list of all
    models costs nothing.

    Attributes:
        name: What the command line calls it, such as `"ner-tagger"`.
        summary: What it does, in one line.
        task: The place of its task, a subclass of `ZooTask`.
        training: The place of its `seqzoo.training.model_training.ModelTraining`.
        predict: The place of the function that `seqzoo predict` calls,
            `(task, arguments, as_json, *, options...)`, which yields an answer or an error for
            each input. Defaults to none: the model predicts nothing from texts or files.
        generate: The place of the function that `seqzoo generate` calls, `(preset, request)`: it
            checks the `seqzoo.cli.composing.Request` before it loads the preset. Defaults to none:
            the model generates nothing.
    """

    name: str
    summary: str
    task: str
    training: str
    predict: str = ""
    generate: str = ""

    @property
    def class_name(self) -> str:
        """The name of the class of the task."""
        return self.task.partition(":")[2]

    def task_class(self) -> type[ZooTask]:
        """The class of the task."""
        return load_place(self.task)


MODELS: dict[str, Model] = {}
"""The models by name."""


def register_model(model: Model) -> None:
    """Adds a model: `seqzoo list`, `info`, `train`, `evaluate`, `predict` and `export` take it.

    Raises:
        ValueError: If there is another model of that name; or of that class, by whose name presets
            find their model.
    """
    other = model_of_class(model.class_name)
    if other is not None and other.name != model.name:
        raise ValueError(
            f"The model {other.name!r} has a class {model.class_name}, too: name yours otherwise."
        )
    if MODELS.setdefault(model.name, model) != model:
        raise ValueError(f"There is another model {model.name!r}: choose another name.")


def model_of_class(name: str) -> Model | None:
    """The model whose task has a class of that name, or None."""
    return next((model for model in MODELS.values() if model.class_name == name), None)


register_model(
    Model(
        "note-generator",
        "continues a score: MusicXML or MIDI in, MusicXML and MIDI out",
        task="seqzoo.zoo.note_generator.task:NoteGenerator",
        training="seqzoo.training.note_generator.training:NoteGeneratorTraining",
        generate="seqzoo.cli.generate_scores:generate",
    )
)
register_model(
    Model(
        "frame-generator",
        "continues a piano roll, and says how likely each of its frames is",
        task="seqzoo.zoo.frame_generator.task:FrameGenerator",
        training="seqzoo.training.frame_generator.training:FrameGeneratorTraining",
        generate="seqzoo.cli.generate_rolls:generate",
    )
)
register_model(
    Model(
        "ner-tagger",
        "finds named entities: text in, entities with places and probabilities out",
        task="seqzoo.zoo.ner_tagger.task:NERTagger",
        training="seqzoo.training.ner_tagger.training:NERTaggerTraining",
        predict="seqzoo.cli.predict_entities:answers",
    )
)
register_model(
    Model(
        "image-captioner",
        "says what a picture shows: picture in, sentences with scores out",
        task="seqzoo.zoo.image_captioner.task:ImageCaptioner",
        training="seqzoo.training.image_captioner.training:ImageCaptionerTraining",
        predict="seqzoo.cli.predict_captions:answers",
    )
)
