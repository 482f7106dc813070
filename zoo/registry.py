"""Model registry: one row per model, with everything the command line needs to know about it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from seqzoo.core.lazy import load_place

if TYPE_CHECKING:
    from seqzoo.zoo.base.task import ZooTask


@dataclasses.dataclass(frozen=True)
class Model:
    """A model of the zoo.

    Import paths have the form `"module:name"` and are imported on first use, so that listing all
    models is cheap.

    Attributes:
        name: Name on the command line, such as `"ner-tagger"`.
        summary: One-line description.
        task: Import path of the task, a subclass of `ZooTask`.
        training: Import path of the `seqzoo.training.model_training.ModelTraining`.
        predict: Import path of the function that `seqzoo predict` calls,
            `(task, arguments, as_json, *, options...)`. It yields an answer or an error for each
            input. Defaults to `""`: the model does not support `seqzoo predict`.
        generate: Import path of the function that `seqzoo generate` calls, `(preset, request)`. It
            checks the `seqzoo.cli.composing.Request` before it loads the preset. Defaults to
            `""`: the model does not support `seqzoo generate`.
    """

    name: str
    summary: str
    task: str
    training: str
    predict: str = ""
    generate: str = ""

    @property
    def class_name(self) -> str:
        """Name of the task class."""
        return self.task.partition(":")[2]

    def task_class(self) -> type[ZooTask]:
        """Imports and returns the task class."""
        return load_place(self.task)


MODELS: dict[str, Model] = {}
"""Registered models by name."""


def register_model(model: Model) -> None:
    """Registers a model for `seqzoo list`, `info`, `train`, `evaluate`, `predict` and `export`.

    Raises:
        ValueError: If another model already has this name or this class name. Presets find their
            model by class name.
    """
    other = model_of_class(model.class_name)
    if other is not None and other.name != model.name:
        raise ValueError(
            f"The model {other.name!r} has a class {model.class_name}: choose another class name."
        )
    if MODELS.setdefault(model.name, model) != model:
        raise ValueError(f"There is another model {model.name!r}: choose another name.")


def model_of_class(name: str) -> Model | None:
    """Returns the model with this task class name, or `None`."""
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
        "continues a piano roll and reports the likelihood of each frame",
        task="seqzoo.zoo.frame_generator.task:FrameGenerator",
        training="seqzoo.training.frame_generator.training:FrameGeneratorTraining",
        generate="seqzoo.cli.generate_rolls:generate",
    )
)
register_model(
    Model(
        "ner-tagger",
        "finds named entities: text in, entities with positions and probabilities out",
        task="seqzoo.zoo.ner_tagger.task:NERTagger",
        training="seqzoo.training.ner_tagger.training:NERTaggerTraining",
        predict="seqzoo.cli.predict_entities:answers",
    )
)
register_model(
    Model(
        "image-captioner",
        "describes an image: image in, sentences with scores out",
        task="seqzoo.zoo.image_captioner.task:ImageCaptioner",
        training="seqzoo.training.image_captioner.training:ImageCaptionerTraining",
        predict="seqzoo.cli.predict_captions:answers",
    )
)
