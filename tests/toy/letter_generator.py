"""A model that is no part of the zoo: it continues texts of small letters."""

import keras
import numpy as np
import tensorflow as tf

from seqzoo.zoo.base.tokenizer import FixedVocabularyTokenizer
from seqzoo.zoo.generation.backbone import RecurrentBackbone
from seqzoo.zoo.generation.causal_lm import RecurrentCausalLM
from seqzoo.zoo.generation.window_preprocessor import WindowPreprocessor

NAMES = ("<pad>", "<start>", "<end>", *"abcdefghijklmnopqrstuvwxyz ")
_FIRST = NAMES.index("a")


@keras.saving.register_keras_serializable("toy")
class LetterBackbone(RecurrentBackbone):
    pass


@keras.saving.register_keras_serializable("toy")
class LetterTokenizer(FixedVocabularyTokenizer):
    backbone_cls = LetterBackbone
    vocabulary_source = "this toy"

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.add_special_tokens()

    def get_vocabulary(self):
        return list(NAMES)

    def tokenize(self, inputs):
        table = tf.lookup.StaticHashTable(
            tf.lookup.KeyValueTensorInitializer(list(NAMES), np.arange(len(NAMES), dtype="int32")),
            default_value=_FIRST,
        )
        letters = tf.strings.unicode_split(inputs, "UTF-8")
        return tf.ragged.map_flat_values(table.lookup, letters)

    def detokenize(self, inputs):
        if len(inputs) and np.ndim(inputs[0]) > 0:
            return [self.detokenize(ids) for ids in inputs]
        return "".join(NAMES[int(token)] for token in inputs if int(token) >= _FIRST)


@keras.saving.register_keras_serializable("toy")
class LetterPreprocessor(WindowPreprocessor):
    backbone_cls = LetterBackbone
    tokenizer_cls = LetterTokenizer


@keras.saving.register_keras_serializable("toy")
class LetterGenerator(RecurrentCausalLM):
    """Continues a text of small letters."""

    backbone_cls = LetterBackbone
    preprocessor_cls = LetterPreprocessor

    @classmethod
    def from_examples(
        cls, examples=None, embedding_dim=8, units=12, num_layers=1, sequence_length=16
    ):
        """Makes an untrained model.

        Args:
            examples: None are needed.
            embedding_dim: Size of the vector of a letter.
            units: Size of every recurrent layer.
            num_layers: Number of recurrent layers.
            sequence_length: Letters in a training window.
        """
        sizes = {"embedding_dim": embedding_dim, "units": units, "num_layers": num_layers}
        return cls.untrained(LetterTokenizer(), sequence_length, **sizes)


def answers(task, arguments, as_json):
    """What `seqzoo predict` says of texts."""
    scores = task.score(arguments)["log_probability"]
    for text, score in zip(arguments, scores, strict=True):
        yield f"{text}: {score:.3f}"
