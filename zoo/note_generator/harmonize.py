"""Harmonization: generates a piano accompaniment for a given voice."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import symusic
import tensorflow as tf

from seqzoo.zoo.generation.step import GenerationStep
from seqzoo.zoo.generation.streaming import check_streams
from seqzoo.zoo.music.reader import from_midi, to_midi
from seqzoo.zoo.music.score import (
    HIGHEST,
    LOWEST,
    ScoreError,
    TimeSignature,
    key_of,
    piano_score,
    song_parts,
)
from seqzoo.zoo.note_generator.conditions import header_values
from seqzoo.zoo.note_generator.events.names import (
    BAR,
    PARTS,
    POSITIONS_OF_BEAT,
    beats_of_bar,
    kind_and_value,
)
from seqzoo.zoo.note_generator.tokenizer import NoteTokenizer
from seqzoo.zoo.note_generator.transposed_pitch import semitones_above_written

if TYPE_CHECKING:
    from seqzoo.zoo.note_generator.task import NoteGenerator


_VOICE, _PIANO = PARTS


def harmonise(task: NoteGenerator, melody: Any) -> symusic.Score:
    """Generates the piano part of a voice, event by event, with the sampler of `compile`.

    Only those events can be sampled that keep the notes, bars and time signatures of the voice, go
    forward in time, and lie on the keys of the piano. The song keeps the voice, time signatures,
    key and tempo of the melody exactly, even if events cannot represent them.

    Args:
        task: A `NoteGenerator`.
        melody: A score with a voice, whose piano part is ignored; or a monophonic score, which
            becomes the voice.

    Returns:
        The song.

    Raises:
        ScoreError: If the score has no voice and is not monophonic, or cannot be read.
        TypeError: If `Conditions` are given, which have no voice.
        ValueError: If the sampler chooses among whole sequences, such as beam search.
    """
    check_streams(task.sampler)
    (midi,) = task.preprocessor.one_by_one([melody])
    if not isinstance(midi, bytes):
        raise TypeError("Conditions have no voice to harmonise: give a score.")
    tokenizer = task.preprocessor.tokenizer
    given = voice_alone(from_midi(midi))
    ids = np.asarray(tokenizer(to_midi(given))).tolist()
    first_bar = ids.index(tokenizer.token_to_id(BAR))
    key, _ = header_values([tokenizer.id_to_token(token_id) for token_id in ids[:first_bar]])
    writer = _Writer(task, semitones_above_written(key))
    for token_id in ids[:first_bar]:
        writer.write(token_id)
    for bar in _given_bars(tokenizer, ids[first_bar:]):
        _write_bar(writer, bar)
    return piano_score(
        song_parts(tokenizer.detokenize(writer.written)).piano,
        [
            TimeSignature(sign.time, sign.numerator, sign.denominator)
            for sign in given.time_signatures
        ],
        given.tempos[0].qpm,
        given.tracks[0].name,
        song_parts(given).voice,
        key_of(given) or key,
    )


def voice_alone(score: symusic.Score) -> symusic.Score:
    """Returns the voice of a piano reduction, or its only line, without the piano part.

    Raises:
        ScoreError: If there is no voice and the score is not monophonic.
    """
    piano, voice = song_parts(score)
    if not voice:
        if any(note.end > following.onset for note, following in itertools.pairwise(piano)):
            raise ScoreError(
                "The score has no voice and more than one line; give a melody, or a song whose "
                "voice has lyrics, the name of a voice or a vocal MIDI program, or name its track "
                "(--voice-track)."
            )
        voice = piano
    alone = piano_score([], (), score.tempos[0].qpm, score.tracks[0].name, voice)
    alone.time_signatures, alone.key_signatures = score.time_signatures, score.key_signatures
    return alone


class _GivenBar(NamedTuple):
    """A bar of the voice: ids of its start, number of positions, note ids by position."""

    start: list[int]
    positions: int
    notes: dict[int, list[int]]


def _given_bars(tokenizer: NoteTokenizer, ids: Sequence[int]) -> list[_GivenBar]:
    bars: list[_GivenBar] = []
    position = 0
    for token_id in ids:
        kind, value = kind_and_value(tokenizer.id_to_token(token_id))
        if kind == "Bar":
            bars.append(_GivenBar([token_id], 0, {}))
        elif kind == "TimeSig":
            start = [*bars[-1].start, token_id]
            bars[-1] = _GivenBar(start, beats_of_bar(value) * POSITIONS_OF_BEAT, {})
        elif kind == "Position":
            position = int(value)
        elif kind in (_VOICE, "Duration"):
            bars[-1].notes.setdefault(position, []).append(token_id)
    return bars


def _write_bar(writer: _Writer, bar: _GivenBar) -> None:
    for token_id in bar.start:
        writer.write(token_id)
    position, given = -1, dict(bar.notes)
    while True:
        following = min(given, default=None)
        # The bar may end only after the last note of the voice.
        last = bar.positions - 1 if following is None else following
        event = writer.draw(
            notes_above=writer.highest if position >= 0 else None,
            positions=range(position + 1, last + 1),
            may_end=following is None,
        )
        kind, value = event
        if kind == "Bar":
            return
        if kind == "Position":
            position = int(value)
            if position in given:
                writer.sing(given.pop(position))
            else:
                writer.draw(notes_above=0, positions=(), may_end=False)


class _Writer:
    """Writes a song from given events, or events sampled from the allowed ones.

    Args:
        task: A `NoteGenerator`.
        semitones: Semitones from written to sounding pitch.
    """

    def __init__(self, task: NoteGenerator, semitones: int) -> None:
        tokenizer = task.preprocessor.tokenizer
        self._ids = {name: index for index, name in enumerate(tokenizer.get_vocabulary())}
        self._names = list(self._ids)
        self._keys = {
            pitch: f"{_PIANO}_{pitch}"
            for pitch in range(LOWEST - semitones, HIGHEST - semitones + 1)
        }
        self._step = task.make_stream_function()
        self._states = GenerationStep(task).initial_states(1)
        self._last = tokenizer.start_token_id
        self.written: list[int] = []
        self.highest = 0
        """The highest piano pitch at the current position; the next one must be higher."""

    def write(self, token_id: int) -> None:
        """Writes a given event."""
        self._next([token_id])

    def sing(self, token_ids: Sequence[int]) -> None:
        """Writes given notes of the voice."""
        self.highest = 0
        for token_id in token_ids:
            self.write(token_id)

    def draw(
        self, notes_above: int | None, positions: Iterable[int], may_end: bool
    ) -> tuple[str, str]:
        """Samples the next event: a piano note, a position, or the end of the bar.

        A note is written together with its duration.

        Args:
            notes_above: A note must lie above this pitch; `None` allows no note.
            positions: The allowed positions.
            may_end: Whether the bar may end. The event of the next bar is not written yet.

        Returns:
            The kind and the value of the event.
        """
        allowed = [f"Position_{position}" for position in positions] + [BAR] * may_end
        if notes_above is not None:
            allowed += [name for pitch, name in self._keys.items() if pitch > notes_above]
        drawn = self._next([self._ids[name] for name in allowed], unwritten=self._ids[BAR])
        kind, value = kind_and_value(self._names[drawn])
        if kind == _PIANO:
            self.highest = int(value)
            self._next([index for name, index in self._ids.items() if name.startswith("Duration_")])
        elif kind == "Position":
            self.highest = 0
        return kind, value

    def _next(self, allowed: Sequence[int], unwritten: int | None = None) -> int:
        mask = np.zeros(len(self._names), bool)
        mask[list(allowed)] = True
        last = tf.constant([self._last], tf.int32)
        # The explicit mask replaces the sampling constraint of the model.
        drawn, states = self._step(last, self._states, allowed=mask[None])
        drawn = int(drawn[0])
        if drawn != unwritten:
            self._states, self._last = states, drawn
            self.written.append(drawn)
        return drawn
