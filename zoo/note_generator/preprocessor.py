"""The preprocessor of the note generator: scores to windows of events."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import keras
import numpy as np
import symusic
import tensorflow as tf

from seqzoo.core.types import Config, Tensor
from seqzoo.zoo.generation.window_preprocessor import WindowPreprocessor
from seqzoo.zoo.music.reader import (
    ScoreError,
    find_scores,
    from_midi,
    read_score,
    to_midi,
)
from seqzoo.zoo.music.score import can_be_played
from seqzoo.zoo.note_generator.backbone import NoteGeneratorBackbone
from seqzoo.zoo.note_generator.conditions import (
    DEFAULT_VOCAL_RANGE,
    ConditionError,
    Conditions,
    checked_vocal_range,
)
from seqzoo.zoo.note_generator.prompt import prompt_ids
from seqzoo.zoo.note_generator.tokenizer import NoteTokenizer


@keras.saving.register_keras_serializable("seqzoo")
class NoteGeneratorPreprocessor(WindowPreprocessor):
    """Reads scores and cuts them into windows of events; see `WindowPreprocessor`.

    It is called on the bytes of MIDI files, as tensors or as returned by `raw`. `raw` takes scores
    in any form: a path (MusicXML or MIDI), a `symusic.Score`, or the bytes of a MIDI file. A folder
    means all scores in it and its subfolders.

    Args:
        tokenizer: A `NoteTokenizer`.
        sequence_length: Number of events in a window. Defaults to 256.
        vocal_range: Lowest and highest note that is generated for a voice, as MIDI numbers.
            Defaults to `(60, 79)`, C4 to G5.
        metre_changes: Whether the time signature may change in what is generated. Defaults to
            `False`.
        **kwargs: Arguments of `keras_nlp.models.CausalLMPreprocessor`.

    Raises:
        ConditionError: If the vocal range or `metre_changes` is invalid.
    """

    backbone_cls = NoteGeneratorBackbone
    tokenizer_cls = NoteTokenizer

    def __init__(
        self,
        tokenizer: NoteTokenizer,
        sequence_length: int = 256,
        vocal_range: tuple[int, int] = DEFAULT_VOCAL_RANGE,
        metre_changes: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(tokenizer, sequence_length, **kwargs)
        self.vocal_range = vocal_range
        self.metre_changes = metre_changes

    @property
    def vocal_range(self) -> tuple[int, int]:
        """Lowest and highest note that is generated for a voice, as MIDI numbers."""
        return self._vocal_range

    @vocal_range.setter
    def vocal_range(self, vocal_range: tuple[int, int]) -> None:
        self._vocal_range = checked_vocal_range(vocal_range)

    @property
    def metre_changes(self) -> bool:
        """Whether the time signature may change in what is generated."""
        return self._metre_changes

    @metre_changes.setter
    def metre_changes(self, metre_changes: bool) -> None:
        if not isinstance(metre_changes, (bool, np.bool_)):
            raise ConditionError(
                "`metre_changes` must be True, or False to keep the time signature. Received: "
                f"{metre_changes!r}"
            )
        self._metre_changes = bool(metre_changes)

    def get_config(self) -> Config:
        """Returns the configuration; see `keras.layers.Layer.get_config`."""
        own = {"vocal_range": self.vocal_range, "metre_changes": self.metre_changes}
        return {**super().get_config(), **own}

    def raw(self, inputs: Any) -> Any:
        """Returns scores as an array of MIDI bytes.

        Raises:
            ScoreError: If a score is missing, unreadable or without notes.
            TypeError: If an input is not a score.
        """
        if isinstance(inputs, tf.data.Dataset):
            return inputs
        if tf.is_tensor(inputs):
            inputs = np.atleast_1d(inputs.numpy())
        if is_one_score(inputs):
            inputs = [inputs]
        elif isinstance(inputs, (str, os.PathLike)):
            inputs = find_scores(inputs)
        return np.array([score_bytes(score) for score in inputs], dtype=object)

    def token_ids(self, inputs: Any) -> list[np.ndarray]:
        """Returns all events of every score: start token, events, end token; int32.

        Raises:
            TypeError: If an input is `Conditions`, which are not a piece.
            ValueError: If there are no scores.
        """
        scores = list(self.one_by_one(inputs))
        if any(isinstance(score, Conditions) for score in scores):
            raise TypeError("Conditions are not a piece: give scores, or use generate.")
        return super().token_ids(scores)

    def generate_preprocess(self, x: Any, sequence_length: int | None = None) -> dict[str, Tensor]:
        """Tokenizes prompts; see `keras_nlp.models.CausalLMPreprocessor`.

        Args:
            x: Array or list of MIDI bytes.
            sequence_length: Padded length. Defaults to the preprocessor's `sequence_length`.
        """
        if not self.built:
            self.build(None)
        token_ids, padding_mask = self.packer(
            [self.prompt_ids(midi) for midi in x],
            sequence_length=sequence_length,
            add_end_value=False,
        )
        return {"token_ids": token_ids, "padding_mask": padding_mask}

    def one_prompt(self, prompt: Any) -> tuple[bytes | Conditions, list[int]]:
        """Returns a prompt as a raw input, and its events; see `prompt.prompt_ids`.

        Args:
            prompt: A score or `Conditions`. `None` starts a new piece.

        Raises:
            ScoreError: If the prompt is missing, unreadable or without notes.
        """
        (midi,) = self.one_by_one([b"" if prompt is None else prompt])
        return midi, self.prompt_ids(midi)

    def prompt_ids(self, midi: bytes | Conditions) -> list[int]:
        """Returns the events of a prompt; see `prompt.prompt_ids`."""
        return prompt_ids(midi)


def is_one_score(value: object) -> bool:
    """Returns whether a value is a single score in any supported form; a folder is not."""
    if isinstance(value, (str, os.PathLike)):
        return not Path(value).is_dir()
    return isinstance(value, (bytes, symusic.core.ScoreTick, Conditions))


def score_bytes(score: object) -> bytes | Conditions:
    """Converts a score in any supported form to the bytes of a MIDI file.

    `Conditions` are returned unchanged. Empty bytes stand for the empty score.

    Raises:
        ScoreError: If the score is missing, unreadable or without notes.
        TypeError: If the value is not a score.
    """
    match score:
        case Conditions():
            return score
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
    if not can_be_played(score):
        raise ScoreError(
            "The score has no notes on the keys of a piano; give one that has, or None for none."
        )
    return score
