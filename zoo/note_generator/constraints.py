"""Sampling constraints of music: positions increase, and the voice sings one note at a time."""

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
    beats_of_duration,
    kind_and_value,
    quarters_of_beat,
)
from seqzoo.zoo.note_generator.transposed_pitch import semitones_above_written


class _Event(NamedTuple):
    """What an event does to the bounds, and which it reaches, by name.

    `position` and `end` are the first position at which the bar can go on and, negated, the last;
    `voice` and `piano` the pitches from which a note can join those that begin together; `lowest`
    and, negated, `highest` how far the voice goes; `alone` 1 where the piano plays without one.
    No bounds, but known with them: `sung`, 0 where the latest note is the voice's, and `ticks` of
    a position.
    """

    sets: dict[str, int] = {}
    lowers: dict[str, int] = {}
    meets: dict[str, int] = {}


_BOUNDS = ("position", "end", "voice", "piano", "lowest", "highest", "alone", "sung", "ticks")
_NEW_NOTES = {"voice": 0, "piano": 0}


class NoteConstraint(SamplingConstraint):
    """The sampling constraint of events.

    Within a bar positions ascend, and lie before its end. Of the notes at a position the voice
    stands first, and pitches ascend. The voice sings one note at a time, and keeps to its vocal
    range; where that of a prompt went further, what follows may go as far. A piano alone has no
    voice.

    Args:
        names: The names of the events, by id.
        vocal_range: The lowest and the highest note of the voice, as MIDI numbers.
    """

    def __init__(self, names: Sequence[str], vocal_range: tuple[int, int]):
        floor = np.full((len(names), len(_BOUNDS)), -UNBOUNDED)
        ceiling, reach = -floor, -floor
        for index, name in enumerate(names):
            event = _event(name, vocal_range)
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
        durations = [value if kind == "Duration" else None for kind, value in events]
        self._length = np.array([_positions(duration) for duration in durations], "int32")

    def initial_state(self, batch):
        """The bounds before the first event, and the tick up to which the voice is held."""
        state = super().initial_state(batch)
        return state, ops.zeros_like(state[:, 0])

    def advance(self, state, token_ids):
        """See `SamplingConstraint.advance`."""
        state, held = state
        # Ticks begin again with the bar.
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
def note_constraint(names: tuple[str, ...], vocal_range: tuple[int, int]) -> NoteConstraint:
    """The `NoteConstraint`, which is made, and compiled, once."""
    return NoteConstraint(names, vocal_range)


def _of(state, name):
    return state[:, _BOUNDS.index(name)]


def _ticks(state):
    """The ticks of a position in this time signature; 0 before the first one."""
    return ops.maximum(_of(state, "ticks"), 0)


def _tick(state):
    """The tick of the bar at the latest position."""
    return (_of(state, "position") - 1) * _ticks(state)


def _positions(duration: str | None) -> int:
    """The positions of a duration; far below 0 for none."""
    if duration is None:
        return -UNBOUNDED
    return round(beats_of_duration(duration) * POSITIONS_OF_BEAT)


def _event(name: str, vocal_range: tuple[int, int]) -> _Event:
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
            return _Event(sets={"end": 1 - beats_of_bar(value) * POSITIONS_OF_BEAT, "ticks": ticks})
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
