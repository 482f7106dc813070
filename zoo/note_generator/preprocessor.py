"""From scores to windows of events."""

import os
from pathlib import Path

import keras
import numpy as np
import symusic
import tensorflow as tf

from seqzoo.zoo.base.window_preprocessor import WindowPreprocessor
from seqzoo.zoo.note_generator.backbone import NoteGeneratorBackbone
from seqzoo.zoo.note_generator.score_reader import (
    ScoreError,
    find_scores,
    from_midi,
    read_score,
    to_midi,
)
from seqzoo.zoo.note_generator.tokenizer import NoteTokenizer


@keras.saving.register_keras_serializable("seqzoo")
class NoteGeneratorPreprocessor(WindowPreprocessor):
    """Reads scores and cuts them into windows of events; see `WindowPreprocessor`.

    A score may be a path (MusicXML or MIDI), a `symusic.Score`, or the bytes of a MIDI file; a
    folder stands for all scores below it.
    """

    backbone_cls = NoteGeneratorBackbone
    tokenizer_cls = NoteTokenizer

    def raw(self, inputs):
        """Scores as an array of MIDI bytes.

        Raises:
            ScoreError: If a score is missing, unreadable or without notes.
            TypeError: If an input is no score.
        """
        if isinstance(inputs, tf.data.Dataset):
            return inputs
        if isinstance(inputs, (str, os.PathLike)) and Path(inputs).is_dir():
            inputs = find_scores(inputs)
        if isinstance(inputs, (str, os.PathLike, bytes, symusic.core.ScoreTick)):
            inputs = [inputs]
        return np.array([score_bytes(score) for score in inputs], dtype=object)


def score_bytes(score) -> bytes:
    """One score, in any form that the note generator takes, as the bytes of a MIDI file.

    Raises:
        ScoreError: If the score is missing, unreadable or without notes; no bytes at all are
            the empty score.
        TypeError: If it is no score.
    """
    match score:
        case bytes():
            return to_midi(_with_notes(from_midi(score))) if score else b""
        case symusic.core.ScoreTick():
            return to_midi(_with_notes(score))
        case str() | os.PathLike():
            return to_midi(read_score(score))
    raise TypeError(
        "A score must be a path, a symusic.Score or the bytes of a MIDI file. "
        f"Received: {score!r} (of type {type(score).__name__})"
    )


def _with_notes(score):
    if not score.note_num():
        raise ScoreError("The score has no notes; give one with at least one, or None for none.")
    return score
