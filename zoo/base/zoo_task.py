"""The base of all models: presets that are safe to read and write, and export signatures."""

import functools

import keras

from seqzoo.zoo.base import preset_weights
from seqzoo.zoo.base.atomic import atomic_folder
from seqzoo.zoo.base.preset_checks import check_preset
from seqzoo.zoo.base.preset_hubs import preset_folder
from seqzoo.zoo.base.presets import PresetError, check_place, preset_errors
from seqzoo.zoo.base.signature import Signature
from seqzoo.zoo.base.weights import weight_bytes


class ZooTask:
    """What a keras-hub task gains in this zoo: safe presets, and signatures to export.

    Stands before a `keras_nlp.models.Task` among the bases of a model, which sets `backbone_cls`
    and `preprocessor_cls` and defines `signatures`. It is no task itself: Keras cannot make a
    functional model of a class that inherits it on two ways.

    Attributes:
        head_arguments: Arguments of the model that shape what follows the backbone. Given to
            `from_preset`, they make that part anew.
    """

    head_arguments = ("num_classes",)

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
    def from_preset(cls, preset, load_weights=True, **kwargs):
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
            return task

    def save_to_preset(self, preset_dir, max_shard_size=10):
        """Saves a preset, written aside and renamed; see `keras_nlp.models.Task`.

        Other files in the folder of an older preset, such as a model card, stay.

        Raises:
            PresetError: If the folder holds something that is no preset.
            OSError: If the disk is full; an older preset stays.
        """
        check_place(preset_dir)
        with atomic_folder(preset_dir, weight_bytes(self.weights), replace=True) as folder:
            preset_weights.remove_weights(folder)
            super().save_to_preset(str(folder), max_shard_size=max_shard_size)

    def save_task_weights(self, filepath):
        """Saves the weights outside the backbone; the optimizer's are no part of a preset."""
        keras.saving.save_weights(self, filepath, objects_to_skip=self._not_of_the_task())

    def load_task_weights(self, filepath):
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
    """A model whose tokenizer is of another size reads every token, or the last, as another."""
    tokenizer = getattr(task.preprocessor, "tokenizer", None)
    for name in ("vocabulary_size", "character_vocabulary_size"):
        expected = getattr(task.backbone, name, None)
        if tokenizer is None or expected is None:
            continue
        size = getattr(tokenizer, name)()
        if size != expected:
            raise PresetError(
                f"{folder} has a vocabulary of {size} tokens for a network of {expected}: the "
                "files are of different models, get the preset anew."
            )
