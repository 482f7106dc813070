"""A piano for a voice: what is given is kept, and only the rest is drawn."""

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
    PARTS,
    POSITIONS_OF_BEAT,
    beats_of_bar,
    kind_and_value,
)
from seqzoo.zoo.note_generator.tokenizer import BAR, NoteTokenizer
from seqzoo.zoo.note_generator.transposed_pitch import semitones_above_written

if TYPE_CHECKING:
    from seqzoo.zoo.note_generator.task import NoteGenerator


_VOICE, _PIANO = PARTS


def harmonise(task: NoteGenerator, melody: Any) -> symusic.Score:
    """Writes the piano to a voice, event by event, with the sampler of `compile`.

    Only events can be drawn that keep the notes, bars and time signatures of the voice, go forwards
    in time, and are keys of the piano. The voice, the time signatures, the key and the
    tempo of the song are those of the melody, also where events cannot write them.

    Args:
        task: A `NoteGenerator`.
        melody: A score with a voice, of which the piano is not heard; or a score of one line, which
            becomes the voice.

    Returns:
        The song.

    Raises:
        ScoreError: If the score has no voice and is not one line, or cannot be read.
        TypeError: If `Conditions` are given, which have no voice.
        ValueError: If the sampler chooses among whole sequences, as beam search does.
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
    """The voice of a piano reduction, or the only line of one, without a piano.

    Raises:
        ScoreError: If there is no voice, and more than one note at a time.
    """
    piano, voice = song_parts(score)
    if not voice:
        if any(note.end > following.onset for note, following in itertools.pairwise(piano)):
            raise ScoreError(
                "The score has no voice and more than one line; give a melody, or a song whose "
                "voice has words, is called so or is a MIDI track of a voice, or name its track "
                "(--voice-track)."
            )
        voice = piano
    alone = piano_score([], (), score.tempos[0].qpm, score.tracks[0].name, voice)
    alone.time_signatures, alone.key_signatures = score.time_signatures, score.key_signatures
    return alone


class _GivenBar(NamedTuple):
    """A bar of the voice: the ids of its start, and of the notes at each of its positions."""

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
        # Behind the last note of the voice the bar may end, before it may not.
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
    """Writes a song: what it is told, or what it draws among what is allowed.

    Args:
        task: A `NoteGenerator`.
        semitones: How far the song sounds above what is written.
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
        """The highest pitch of the piano that begins here; the next lies above."""

    def write(self, token_id: int) -> None:
        """Writes an event."""
        self._next([token_id])

    def sing(self, token_ids: Sequence[int]) -> None:
        """Writes notes of the voice."""
        self.highest = 0
        for token_id in token_ids:
            self.write(token_id)

    def draw(
        self, notes_above: int | None, positions: Iterable[int], may_end: bool
    ) -> tuple[str, str]:
        """Draws the next event: a note of the piano, a position, or the end of the bar.

        A note is written whole, with its duration.

        Args:
            notes_above: The pitch above which a note may lie; `None` allows no note.
            positions: The positions to which the piece may go on.
            may_end: Whether the bar may end; the event of the next bar is not written yet.

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
        # What can be drawn is said here at every event, whatever the constraint of the model.
        drawn, states = self._step(last, self._states, allowed=mask[None])
        drawn = int(drawn[0])
        if drawn != unwritten:
            self._states, self._last = states, drawn
            self.written.append(drawn)
        return drawn
