"""The base of all models: raw inputs, presets that are safe to read and write, signatures."""

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
    """What a keras-hub task gains in this zoo: raw inputs, safe presets, signatures to export.

    Stands before a `keras_nlp.models.Task` among the bases of a model, which sets `backbone_cls`
    and `preprocessor_cls` and defines `signatures`, and what `RawInputTask` asks for. It is no task
    itself: Keras cannot make a functional model of a class that inherits it on two ways.

    Attributes:
        head_arguments: Arguments of the model that shape what follows the backbone. Given to
            `from_preset`, they make that part again.
        training_runs: The runs of `seqzoo train` that the weights come from, `TrainingRun`s, as
            far as they are known. Presets keep them.
    """

    head_arguments: tuple[str, ...] = ("num_classes",)
    training_runs: tuple[TrainingRun, ...] = ()

    @classmethod
    def from_examples(cls, examples: Any, *args: Any, **sizes: Any) -> Self:
        """Makes an untrained model for data like some examples.

        What a model must know before it is trained, such as its vocabulary, is that of the
        examples; a model that knows it without them needs none.

        Args:
            examples: Some of what the model will read or write.
            *args: What else the model asks for.
            **sizes: Of the network and the preprocessor.
        """
        raise NotImplementedError(f"{cls.__name__} must define `from_examples`.")

    def check_preprocessor(self) -> None:
        """Checks that the model can read raw inputs.

        Raises:
            ValueError: If it has no preprocessor.
        """
        if self.preprocessor is None:
            raise ValueError(
                f"{type(self).__name__} has no preprocessor, by which it reads raw inputs and is "
                "exported: give it one, or load a preset."
            )

    def signatures(self) -> dict[str, Signature]:
        """What the exported model answers to, by name; the first is the default."""
        raise NotImplementedError(f"{type(self).__name__} must define `signatures`.")

    def tflite_signatures(self) -> dict[str, Signature]:
        """What it answers to in TFLite's interpreter, which has no text and no random numbers."""
        raise NotImplementedError(f"{type(self).__name__} must define `tflite_signatures`.")

    def tflite_files(self) -> dict[str, str | bytes]:
        """What is packed into its TFLite file, by name, such as a vocabulary."""
        return {}

    @classmethod
    def from_preset(
        cls, preset: str | os.PathLike[str], load_weights: bool = True, **kwargs: Any
    ) -> Self:
        """Loads a preset; see `keras_nlp.models.Task.from_preset`.

        The preset is taken for data from a stranger: it is refused before anything is made of it
        if it names a class that this model is not made of, leads out of its folder, or asks for
        more memory than its weights fill. The weights are all loaded or none.

        Args:
            preset: A folder, the name of a preset that ships with the package, or a handle of a
                hub as keras-hub takes it.
            load_weights: Whether the weights are loaded. Defaults to `True`.
            **kwargs: Arguments of the model that replace those of the preset. With one of
                `head_arguments`, such as `num_classes`, the weights outside the backbone are new.

        Raises:
            PresetError: If the preset is missing, damaged, hostile, or of another model.
        """
        with preset_errors(preset):
            folder, boundary = preset_folder(preset)
            kwargs = {**_mixed_precision(check_preset(folder, cls, boundary)), **kwargs}
            make = functools.partial(super().from_preset, str(folder), load_weights=False, **kwargs)
            with_head = not kwargs.keys() & set(cls.head_arguments)
            outline = preset_weights.outline(functools.partial(make, compile=False))
            preset_weights.check_weights(folder, outline, with_head)
            _check_vocabulary(folder, outline)
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
        """Saves a preset, written aside and renamed; see `keras_nlp.models.Task`.

        Other files in the folder of an older preset, such as a model card, stay.

        Args:
            preset_dir: The folder.
            max_shard_size: Gigabytes of a file of weights.
            weights_dtype: `"float16"` stores the weights in half the bytes, to about three
                decimal digits. `from_preset` loads them in the model's own precision, as ever.
                Defaults to the variables' own type.

        Raises:
            PresetError: If the folder holds something that is no preset, or a weight is too large
                for float16.
            OSError: If the disk is full; an older preset stays.
            ValueError: If `weights_dtype` is another type.
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
        """Saves the weights outside the backbone; the optimizer's are no part of a preset."""
        keras.saving.save_weights(self, filepath, objects_to_skip=self._not_of_the_task())

    def load_task_weights(self, filepath: str | os.PathLike[str]) -> None:
        """Loads what `save_task_weights` saved."""
        keras.saving.load_weights(self, filepath, objects_to_skip=self._not_of_the_task())

    def _not_of_the_task(self):
        return [self.backbone, self.optimizer]


def _mixed_precision(task):
    """The saved policy where it is a mixed one, which keras-hub 0.32 cannot resolve itself."""
    match task["config"]["backbone"]:
        case {"config": {"dtype": {"config": {"name": str(policy)}}}}:
            return {"dtype": policy} if policy.startswith("mixed_") else {}
    return {}


def _check_vocabulary(folder, task):
    """Refuses a tokenizer and a backbone of unlike vocabularies: ids would mean other tokens."""
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
