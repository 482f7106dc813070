"""The base of all models: presets that are safe to read and write, and export signatures."""

import keras

from seqzoo.zoo.base.atomic import atomic_folder
from seqzoo.zoo.base.presets import PresetError, check_place, check_preset, preset_policy
from seqzoo.zoo.base.signature import Signature
from seqzoo.zoo.base.weights import weight_bytes


class ZooTask:
    """What a keras-hub task gains in this zoo: safe presets, and signatures to export.

    Stands before a `keras_nlp.models.Task` among the bases of a model, which sets `backbone_cls`
    and `preprocessor_cls` and defines `signatures`. It is no task itself: Keras cannot make a
    functional model of a class that inherits it on two ways.
    """

    def signatures(self) -> dict[str, Signature]:
        """What the exported model answers to, by name; the first is the default."""
        raise NotImplementedError(f"{type(self).__name__} must define `signatures`.")

    @classmethod
    def from_preset(cls, preset, load_weights=True, **kwargs):
        """Loads a preset; see `keras_nlp.models.Task.from_preset`.

        Raises:
            PresetError: If the preset is missing, damaged, or of another model.
        """
        check_preset(preset, cls)
        kwargs = {**_mixed_precision(preset), **kwargs}
        try:
            return super().from_preset(str(preset), load_weights=load_weights, **kwargs)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise PresetError(
                f"The preset {preset} cannot be loaded ({_first_line(error)}): it is damaged or "
                "incomplete, or an argument does not fit it."
            ) from error

    def save_to_preset(self, preset_dir, max_shard_size=10):
        """Saves a preset, written aside and renamed; see `keras_nlp.models.Task`.

        Other files in the folder of an older preset, such as a model card, stay.

        Raises:
            PresetError: If the folder holds something that is no preset.
            OSError: If the disk is full; an older preset stays.
        """
        check_place(preset_dir)
        with atomic_folder(preset_dir, weight_bytes(self.weights), replace=True) as folder:
            super().save_to_preset(str(folder), max_shard_size=max_shard_size)

    def save_task_weights(self, filepath):
        """Saves the weights outside the backbone; the optimizer's are no part of a preset."""
        keras.saving.save_weights(self, filepath, objects_to_skip=self._not_of_the_task())

    def load_task_weights(self, filepath):
        """Loads what `save_task_weights` saved."""
        keras.saving.load_weights(self, filepath, objects_to_skip=self._not_of_the_task())

    def _not_of_the_task(self):
        return [self.backbone, self.optimizer]


def _mixed_precision(preset):
    """The saved policy where it is a mixed one, which keras-hub 0.32 cannot resolve itself."""
    policy = preset_policy(preset)
    return {"dtype": policy} if policy.startswith("mixed_") else {}


def _first_line(error):
    return (str(error).strip() or type(error).__name__).splitlines()[0]
