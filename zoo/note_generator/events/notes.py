"""Conversion of events to notes in a graph, for clients that do not know the events."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import tensorflow as tf

from seqzoo.zoo.music.score import HIGHEST, LOWEST
from seqzoo.zoo.note_generator.conditions import header_values
from seqzoo.zoo.note_generator.events.names import (
    PARTS,
    PIANO,
    QUARTERS_OF_FIRST_BAR,
    VOICE,
    beats_of_duration,
    beats_of_position,
    quarters_of_bar,
    quarters_of_beat,
)
from seqzoo.zoo.note_generator.events.transposed_pitch import semitones_above_written

if TYPE_CHECKING:
    from seqzoo.zoo.note_generator.tokenizer import NoteTokenizer

_DEFAULT_TEMPO = 120.0


class EventNotes(tf.Module):
    """Converts events to notes, in core TensorFlow operations.

    Well-formed events give the notes of `NoteTokenizer.detokenize`, except that a note that still
    sounds when its pitch starts again is not cut. Pitches without a duration are skipped.

    Args:
        tokenizer: A `NoteTokenizer`.
    """

    def __init__(self, tokenizer: NoteTokenizer):
        super().__init__()
        names = tokenizer.get_vocabulary()
        self._is_bar = _table(names, "Bar_", lambda _: 1.0)
        self._quarters_of_bar = _table(names, "TimeSig_", quarters_of_bar)
        self._quarters_of_beat = _table(names, "TimeSig_", quarters_of_beat)
        # Plus one, to distinguish the first position from no position.
        self._position = _table(names, "Position_", lambda value: beats_of_position(value) + 1)
        self._pitches = [_table(names, f"{part}_", int) for part in PARTS]
        self._duration = _table(names, "Duration_", beats_of_duration)
        self._tempo = _table(names, "Tempo_", float)
        self._is_key = _table(names, "Key_", lambda _: 1.0)
        self._semitones = _table(names, "Key_", _semitones)

    def __call__(self, token_ids):
        """Converts event ids to notes.

        Args:
            token_ids: int32 `(batch, time)`, padded with 0.

        Returns:
            A dictionary:

            - `onset` and `duration`, float32 `(batch, notes)`: in quarter notes, padded with 0.
            - `pitch`, int32 `(batch, notes)`: MIDI numbers, padded with 0.
            - `part`, int32 `(batch, notes)`: 0 for the voice, 1 for the piano, padded with 0.
            - `bar`, float32 `(batch, bars)`: starts of bars in quarter notes, padded with 0.
            - `count` and `bar_count`, int32 `(batch,)`: numbers of notes and bars in each row.
            - `tempo`, float32 `(batch,)`: in quarter notes per minute.
        """
        bar, onset, beat = self._places(token_ids)
        is_bar = tf.gather(self._is_bar, token_ids) > 0
        written = tf.gather(sum(self._pitches), token_ids)
        part = tf.where(tf.gather(self._pitches[VOICE], token_ids) > 0, VOICE, PIANO)
        pitch = written + _first(self._semitones, self._is_key, token_ids, 0.0)[:, None]
        duration = tf.gather(self._duration, token_ids[:, 1:])
        duration = tf.pad(duration, [[0, 0], [0, 1]])
        is_note = (written > 0) & (duration > 0) & (pitch >= LOWEST) & (pitch <= HIGHEST)

        return {
            "onset": _only(is_note, onset),
            "duration": _only(is_note, duration * beat),
            "pitch": _only(is_note, tf.cast(pitch, tf.int32)),
            "part": _only(is_note, part),
            "count": tf.reduce_sum(tf.cast(is_note, tf.int32), axis=1),
            "bar": _only(is_bar, bar),
            "bar_count": tf.reduce_sum(tf.cast(is_bar, tf.int32), axis=1),
            "tempo": _first(self._tempo, self._tempo, token_ids, _DEFAULT_TEMPO),
        }

    def _places(self, token_ids):
        """Returns bar start, onset and beat length in quarter notes after each event."""

        def place(state, token_ids):
            start, length, onset, beat = state
            is_bar = tf.gather(self._is_bar, token_ids) > 0
            start = tf.where(is_bar, start + length, start)
            # The first bar begins at 0.
            length = tf.where(is_bar & (length == 0), QUARTERS_OF_FIRST_BAR, length)
            time_signature = tf.gather(self._quarters_of_bar, token_ids)
            length = tf.where(time_signature > 0, time_signature, length)
            beat = tf.where(time_signature > 0, tf.gather(self._quarters_of_beat, token_ids), beat)
            position = tf.gather(self._position, token_ids)
            onset = tf.where(position > 0, start + beat * (position - 1), onset)
            onset = tf.where(is_bar, start, onset)
            return start, length, onset, beat

        zeros = tf.zeros([tf.shape(token_ids)[0]])
        start = zeros, zeros, zeros, zeros + 1
        # A loop over zero time steps has nothing to stack.
        padded = tf.transpose(tf.pad(token_ids, [[0, 0], [0, 1]]))
        bar, _, *places = tf.scan(place, padded, start)
        return [tf.transpose(values)[:, :-1] for values in (bar, *places)]


def _only(is_one, values):
    """Selects the values where a condition holds, packed to the left and padded with 0."""
    return tf.ragged.boolean_mask(values, is_one).to_tensor(shape=[None, None])


def _first(values, is_one, token_ids, default):
    """Returns the value of the first event of a kind in each row, or the default."""
    is_one = tf.pad(tf.gather(is_one, token_ids) > 0, [[0, 0], [0, 1]])
    first = tf.argmax(is_one, axis=1)
    found = tf.gather(tf.gather(values, tf.pad(token_ids, [[0, 0], [0, 1]])), first, batch_dims=1)
    return tf.where(tf.reduce_any(is_one, axis=1), found, default)


def _table(names, prefix, value_of):
    """Returns a table of values by event id; 0 for events without the prefix."""
    values = np.zeros(len(names), "float32")
    for index, name in enumerate(names):
        if name.startswith(prefix):
            values[index] = value_of(name.removeprefix(prefix))
    return values


def _semitones(key):
    return semitones_above_written(header_values([f"Key_{key}"])[0])
