"""The tokenizer of the note generator: scores as events."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from seqzoo.zoo.base.tokenizer import FixedVocabularyTokenizer
from seqzoo.zoo.note_generator.backbone import NoteGeneratorBackbone
from seqzoo.zoo.note_generator.events.encoding import decode, encode
from seqzoo.zoo.note_generator.events.vocabulary import vocabulary


@keras.saving.register_keras_serializable("seqzoo")
class NoteTokenizer(FixedVocabularyTokenizer):
    """Turns scores into event ids and back.

    A raw input is the bytes of a Standard MIDI File, the form in which scores pass through
    `tf.data`; the empty string is the empty score. A score begins with the events of its
    conditions: ensemble, key and tempo. Pitch events name the part and are transposed to C major or
    A minor: `Piano_60` is the tonic of every major key. Ids are ragged, without start and end
    tokens. `detokenize` returns `symusic.Score`s with 480 ticks per quarter note. Notes outside the
    88 keys of a piano are left out.

    >>> tokenizer = NoteTokenizer()
    >>> tokenizer.vocabulary_size(), tokenizer.id_to_token(tokenizer.start_token_id)
    (483, 'BOS_None')
    """

    backbone_cls = NoteGeneratorBackbone
    vocabulary_files = ("vocabulary.json",)
    vocabulary_source = "this version of seqzoo and miditok"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.add_special_tokens()

    def tokenize(self, inputs: Any) -> Any:
        """Converts MIDI bytes, a string tensor `()` or `(batch,)`, to event ids, int32."""
        inputs = tf.convert_to_tensor(inputs)
        flat, lengths = tf.numpy_function(
            _encode, [tf.reshape(inputs, [-1])], (tf.int32, tf.int64), stateful=False
        )
        flat, lengths = tf.ensure_shape(flat, [None]), tf.ensure_shape(lengths, [None])
        if inputs.shape.rank == 0:
            return flat
        return tf.RaggedTensor.from_row_lengths(flat, lengths)

    def detokenize(self, inputs: Any) -> Any:
        """Converts a sequence of event ids to a score, or a list of sequences to scores.

        Events that are invalid in their context, such as a pitch without a duration, are skipped.
        """
        if len(inputs) and np.ndim(inputs[0]) > 0:
            return [self.detokenize(ids) for ids in inputs]
        return decode([int(i) for i in inputs])

    def get_vocabulary(self) -> list[str]:
        """Returns the names of the events in the order of their ids."""
        return list(vocabulary())

    def token_to_id(self, token: str) -> int:
        """Returns the id of an event name."""
        return vocabulary()[token]


def _encode(midis):
    sequences = [encode(midi) for midi in midis]
    lengths = np.array([len(s) for s in sequences], "int64")
    return np.concatenate([*sequences, []]).astype("int32"), lengths
