"""Base class of all models: raw inputs, safe presets, export signatures."""

import functools
import os
from typing import Any, Literal, Self

import keras

from seqzoo.core.atomic import atomic_folder
from seqzoo.core.weight_bytes import weight_bytes
from seqzoo.zoo.base.raw_inputs import RawInputTask
from seqzoo.zoo.base.signature import Signature
from seqzoo.zoo.presets import weights as preset_weights
from seqzoo.zoo.presets.checks import check_preset
from seqzoo.zoo.presets.errors import PresetError, check_place, preset_errors
from seqzoo.zoo.presets.hubs import preset_folder
from seqzoo.zoo.presets.training_records import TrainingRun, read_training_runs, write_training_runs


class ZooTask(RawInputTask):
    """Adds raw inputs, safe presets and export signatures to a keras-hub task.

    List it before a `keras_nlp.models.Task` among the bases of a model. The model sets
    `backbone_cls` and `preprocessor_cls`, and defines `signatures` and the methods that
    `RawInputTask` requires. This mixin is not a `Task` itself: Keras cannot build a functional
    model from a class that inherits from it along two paths.

    Attributes:
        head_arguments: Model arguments that determine the head, the layers after the backbone.
            Passing one of them to `from_preset` creates a new head.
        training_runs: The runs of `seqzoo train` that produced the weights, as far as they are
            known. Saved in presets.
    """

    head_arguments: tuple[str, ...] = ("num_classes",)
    training_runs: tuple[TrainingRun, ...] = ()

    @classmethod
    def from_examples(cls, examples: Any, *args: Any, **sizes: Any) -> Self:
        """Creates an untrained model for data like the given examples.

        What the model must know before training, such as its vocabulary, is taken from the
        examples. A model with a fixed vocabulary needs no examples.

        Args:
            examples: Examples of the data that the model will read or write.
            *args: Further arguments of the model.
            **sizes: Sizes of the network and the preprocessor.
        """
        raise NotImplementedError(f"{cls.__name__} must define `from_examples`.")

    def check_preprocessor(self) -> None:
        """Checks that the model has a preprocessor.

        Raises:
            ValueError: If it has none.
        """
        if self.preprocessor is None:
            raise ValueError(
                f"{type(self).__name__} has no preprocessor, which raw inputs and export require: "
                "give it one, or load a preset."
            )

    def signatures(self) -> dict[str, Signature]:
        """Returns the signatures of the SavedModel by name; the first is the default."""
        raise NotImplementedError(f"{type(self).__name__} must define `signatures`.")

    def tflite_signatures(self) -> dict[str, Signature]:
        """Returns the signatures of the TFLite file, which have no strings or random numbers."""
        raise NotImplementedError(f"{type(self).__name__} must define `tflite_signatures`.")

    def tflite_files(self) -> dict[str, str | bytes]:
        """Returns the files packed into the TFLite file by name, such as a vocabulary."""
        return {}

    def saved_model_files(self) -> dict[str, str]:
        """Returns the files in `assets.extra` of the SavedModel by name, such as a vocabulary.

        They tell clients what the signatures do not: which token has which id.
        """
        return {}

    @classmethod
    def from_preset(
        cls, preset: str | os.PathLike[str], load_weights: bool = True, **kwargs: Any
    ) -> Self:
        """Loads a preset; see `keras_nlp.models.Task.from_preset`.

        Presets are treated as untrusted. A preset is rejected before any object is created if it
        names a class that does not belong to this model, refers to files outside its folder, or
        asks for more memory than its weights occupy. Either all weights are loaded or none.

        Args:
            preset: A folder, the name of a preset that ships with the package, or a hub handle as
                in keras-hub.
            load_weights: Whether to load the weights. Defaults to `True`.
            **kwargs: Arguments of the model that override those of the preset. If one of
                `head_arguments`, such as `num_classes`, is given, the weights outside the backbone
                are newly initialized.

        Raises:
            PresetError: If the preset is missing, damaged, malicious, or belongs to another model.
        """
        with preset_errors(preset):
            folder, boundary = preset_folder(preset)
            kwargs = {**_mixed_precision(check_preset(folder, cls, boundary)), **kwargs}
            make = functools.partial(super().from_preset, str(folder), load_weights=False, **kwargs)
            with_head = not kwargs.keys() & set(cls.head_arguments)
            meta_model = preset_weights.meta_model(functools.partial(make, compile=False))
            preset_weights.check_weights(folder, meta_model, with_head)
            _check_vocabulary(folder, meta_model)
            task = make()
            if load_weights:
                preset_weights.load_weights(folder, task, with_head)
                task.training_runs = read_training_runs(folder)
            return task

    def save_to_preset(
        self,
        preset_dir: str | os.PathLike[str],
        max_shard_size: float = 10,
        weights_dtype: Literal["float16"] | None = None,
    ) -> None:
        """Saves a preset atomically; see `keras_nlp.models.Task.save_to_preset`.

        Other files in the folder of an existing preset, such as a model card, are kept.

        Args:
            preset_dir: The folder.
            max_shard_size: Largest size of a weights file, in gigabytes.
            weights_dtype: `"float16"` stores the weights in half precision, about three decimal
                digits, which halves the file size. `from_preset` always loads them in the model's
                own precision. Defaults to the dtype of the variables.

        Raises:
            PresetError: If the folder holds something other than a preset, or a weight is too
                large for float16.
            OSError: If the disk is full; an existing preset is kept.
            ValueError: If `weights_dtype` is neither `"float16"` nor `None`.
        """
        if weights_dtype not in (None, "float16"):
            raise ValueError(
                "Argument `weights_dtype` must be 'float16' or None. "
                f"Received: weights_dtype={weights_dtype!r}"
            )
        check_place(preset_dir)
        with atomic_folder(preset_dir, weight_bytes(self.weights), replace=True) as folder:
            preset_weights.remove_weights(folder)
            super().save_to_preset(str(folder), max_shard_size=max_shard_size)
            if weights_dtype == "float16":
                preset_weights.store_in_float16(folder)
            write_training_runs(folder, self.training_runs)

    def save_task_weights(self, filepath: str | os.PathLike[str]) -> None:
        """Saves the weights outside the backbone; a preset holds no optimizer state."""
        keras.saving.save_weights(self, filepath, objects_to_skip=self._not_of_the_task())

    def load_task_weights(self, filepath: str | os.PathLike[str]) -> None:
        """Loads the weights that `save_task_weights` saved."""
        keras.saving.load_weights(self, filepath, objects_to_skip=self._not_of_the_task())

    def _not_of_the_task(self):
        return [self.backbone, self.optimizer]


def _mixed_precision(task):
    """Returns the saved dtype policy if it is mixed, which keras-hub 0.32 cannot resolve itself."""
    match task["config"]["backbone"]:
        case {"config": {"dtype": {"config": {"name": str(policy)}}}}:
            return {"dtype": policy} if policy.startswith("mixed_") else {}
    return {}


def _check_vocabulary(folder, task):
    """Raises PresetError if tokenizer and backbone differ in vocabulary size.

    Token ids would map to wrong tokens.
    """
    tokenizer = getattr(task.preprocessor, "tokenizer", None)
    for name in ("vocabulary_size", "character_vocabulary_size", "piece_vocabulary_size"):
        expected = getattr(task.backbone, name, None)
        if tokenizer is None or expected is None:
            continue
        size = getattr(tokenizer, name)()
        if size != expected:
            raise PresetError(
                f"{folder} has a vocabulary of {size} tokens for a network of {expected}: the "
                "files are of different models, get the preset again."
            )
