"""The backbone of the note generator."""

import keras

from seqzoo.zoo.generation.backbone import RecurrentBackbone


@keras.saving.register_keras_serializable("seqzoo")
class NoteGeneratorBackbone(RecurrentBackbone):
    """An embedding of events followed by stacked recurrent layers; see `RecurrentBackbone`."""
