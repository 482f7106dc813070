"""Sampling constraints of music: bars are whole, the metre stays, the voice is monophonic."""

import functools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf
from keras import ops

from seqzoo.zoo.generation.constraints import UNBOUNDED, SamplingConstraint
from seqzoo.zoo.music.score import TICKS_PER_QUARTER
from seqzoo.zoo.note_generator.conditions import header_values
from seqzoo.zoo.note_generator.events.names import (
    POSITIONS_OF_BEAT,
    beats_of_bar,
    kind_and_value,
    positions_of_duration,
    quarters_of_beat,
)
from seqzoo.zoo.note_generator.events.transposed_pitch import semitones_above_written


class _Event(NamedTuple):
    """The bounds that an event sets, lowers and must meet, by name.

    `position` and `end` are the first and, negated, the last position at which the bar can go on.
    `voice` and `piano` are the lowest pitches that can join the notes that begin together. `lowest`
    and, negated, `highest` are the vocal range. `alone` is 1 if the piano plays without a voice.
    `lowest_metre` and, negated, `highest_metre` are the number of the time signature; together they
    allow no other.
    Two entries are not bounds, but tracked with them: `sung`, 0 if the latest note belongs to the
    voice, and `ticks`, the length of a position.
    """

    sets: dict[str, int] = {}
    lowers: dict[str, int] = {}
    meets: dict[str, int] = {}


_BOUNDS = (
    *("position", "end", "voice", "piano", "lowest", "highest", "alone"),
    *("lowest_metre", "highest_metre", "sung", "ticks"),
)
_NEW_NOTES = {"voice": 0, "piano": 0}


class NoteConstraint(SamplingConstraint):
    """The sampling constraint of note events.

    Within a bar, positions ascend and lie before its end. At a position, voice notes come before
    piano notes, and pitches ascend. The voice sings one note at a time within the vocal range. If
    the voice of a prompt exceeds the range, the continuation may go equally far. A piece for piano
    alone has no voice. Unless `metre_changes`, every bar has the time signature of the bar before;
    a bar of a single beat, such as an upbeat, sets none.

    Args:
        names: The names of the events, by id.
        vocal_range: The lowest and the highest note of the voice, as MIDI numbers.
        metre_changes: Whether the time signature may change.
    """

    def __init__(self, names: Sequence[str], vocal_range: tuple[int, int], metre_changes: bool):
        floor = np.full((len(names), len(_BOUNDS)), -UNBOUNDED)
        ceiling, reach = -floor, -floor
        for index, name in enumerate(names):
            event = _event(name, vocal_range, metre_changes)
            for bound, value in event.sets.items():
                floor[index, _BOUNDS.index(bound)] = value
            for bound, value in (event.sets | event.lowers).items():
                ceiling[index, _BOUNDS.index(bound)] = value
            for bound, value in event.meets.items():
                reach[index, _BOUNDS.index(bound)] = value
        super().__init__(floor, ceiling, reach)
        events = [kind_and_value(name) for name in names]
        self._is_voice = np.array([kind == "Voice" for kind, _ in events])
        self._is_bar = np.array([kind == "Bar" for kind, _ in events], "int32")
        # Far below 0 for other events.
        lengths = [
            positions_of_duration(value) if kind == "Duration" else -UNBOUNDED
            for kind, value in events
        ]
        self._length = np.array(lengths, "int32")

    def initial_state(self, batch):
        """Returns the initial bounds, and the tick up to which the voice sounds."""
        state = super().initial_state(batch)
        return state, ops.zeros_like(state[:, 0])

    def advance(self, state, token_ids):
        """See `SamplingConstraint.advance`."""
        state, held = state
        # Ticks are counted from the start of the bar.
        held -= tf.gather(self._is_bar, token_ids) * (1 - _of(state, "end")) * _ticks(state)
        note_end = _tick(state) + tf.gather(self._length, token_ids) * _ticks(state)
        held = ops.maximum(held, note_end + _of(state, "sung"))
        return super().advance(state, token_ids), held

    def allowed_tokens(self, state):
        """See `SamplingConstraint.allowed_tokens`."""
        state, held = state
        is_free = ops.expand_dims(held <= _tick(state), 1)
        return ops.logical_and(
            super().allowed_tokens(state), ops.logical_or(is_free, ~self._is_voice)
        )


@functools.cache
def note_constraint(
    names: tuple[str, ...], vocal_range: tuple[int, int], metre_changes: bool
) -> NoteConstraint:
    """Returns the cached `NoteConstraint`, so that it is created and compiled only once."""
    return NoteConstraint(names, vocal_range, metre_changes)


def _of(state, name):
    return state[:, _BOUNDS.index(name)]


def _ticks(state):
    """Returns the ticks per position; 0 before the first time signature."""
    return ops.maximum(_of(state, "ticks"), 0)


def _tick(state):
    """Returns the tick of the latest position within the bar."""
    return (_of(state, "position") - 1) * _ticks(state)


def _number_of_metre(time_signature: str) -> dict[str, int]:
    beats, beat = map(int, time_signature.split("/"))
    number = 100 * beats + beat
    return {"lowest_metre": number, "highest_metre": -number}


def _event(name: str, vocal_range: tuple[int, int], metre_changes: bool) -> _Event:
    kind, value = kind_and_value(name)
    match kind:
        case "Ensemble":
            return _Event(sets={"alone": int(value == "Piano")})
        case "Key":
            semitones = semitones_above_written(header_values([name])[0])
            lowest, highest = (pitch - semitones for pitch in vocal_range)
            return _Event(sets={"lowest": lowest, "highest": -highest})
        case "Bar":
            return _Event(sets={"position": 0})
        case "TimeSig":
            ticks = round(quarters_of_beat(value) * TICKS_PER_QUARTER / POSITIONS_OF_BEAT)
            beats = beats_of_bar(value)
            sets = {"end": 1 - beats * POSITIONS_OF_BEAT, "ticks": ticks}
            itself = {} if metre_changes else _number_of_metre(value)
            return _Event(sets | (itself if beats > 1 else {}), meets=itself)
        case "Position":
            position = int(value)
            return _Event(
                sets={"position": position + 1, **_NEW_NOTES},
                meets={"position": position, "end": -position},
            )
        case "Voice":
            pitch = int(value)
            itself = {"lowest": pitch, "highest": -pitch}
            meets = {"voice": pitch, "alone": 0, **itself}
            return _Event(sets={"sung": 0}, lowers=itself, meets=meets)
        case "Piano":
            pitch = int(value)
            sets = {"voice": UNBOUNDED, "piano": pitch + 1, "sung": -UNBOUNDED}
            return _Event(sets, meets={"piano": pitch})
    return _Event()
