"""Which events can be drawn: those that go forwards in time, and that a voice can sing."""

from typing import NamedTuple

import numpy as np

from seqzoo.zoo.base.drawing_rule import UNBOUNDED, DrawingRule
from seqzoo.zoo.note_generator.conditions import header_values
from seqzoo.zoo.note_generator.event_names import (
    POSITIONS_OF_BEAT,
    beats_of_bar,
    kind_and_value,
)
from seqzoo.zoo.note_generator.written_pitch import semitones_above_written


class _Event(NamedTuple):
    """What an event does to demands, and what it meets, by their names.

    `position` and `end` are the first position at which the bar can go on and, negated, the last;
    `voice` and `piano` the pitches from which a note can join those that begin together; `lowest`
    and, negated, `highest` how far the voice goes.
    """

    sets: dict[str, int] = {}
    lowers: dict[str, int] = {}
    meets: dict[str, int] = {}


_DEMANDS = ("position", "end", "voice", "piano", "lowest", "highest")
_NEW_NOTES = {"voice": 0, "piano": 0}


def note_rule(names: list[str], compass: tuple[int, int]) -> DrawingRule:
    """The rule of events.

    Within a bar positions ascend, and lie before its end. Of the notes at a position the voice
    stands first, and pitches ascend. The voice keeps to its compass; where that of an opening went
    further, what follows may go as far.

    Args:
        names: The names of the events, by id.
        compass: The lowest and the highest note of the voice, as MIDI numbers.
    """
    floor = np.full((len(names), len(_DEMANDS)), -UNBOUNDED)
    ceiling, reach = -floor, -floor
    for index, name in enumerate(names):
        event = _event(name, compass)
        for demand, value in event.sets.items():
            floor[index, _DEMANDS.index(demand)] = value
        for demand, value in (event.sets | event.lowers).items():
            ceiling[index, _DEMANDS.index(demand)] = value
        for demand, value in event.meets.items():
            reach[index, _DEMANDS.index(demand)] = value
    return DrawingRule(floor, ceiling, reach)


def _event(name, compass) -> _Event:
    kind, value = kind_and_value(name)
    match kind:
        case "Key":
            semitones = semitones_above_written(header_values([name])[0])
            lowest, highest = (pitch - semitones for pitch in compass)
            return _Event(sets={"lowest": lowest, "highest": -highest})
        case "Bar":
            return _Event(sets={"position": 0})
        case "TimeSig":
            return _Event(sets={"end": 1 - beats_of_bar(value) * POSITIONS_OF_BEAT})
        case "Position":
            position = int(value)
            return _Event(
                sets={"position": position + 1, **_NEW_NOTES},
                meets={"position": position, "end": -position},
            )
        case "Voice":
            pitch = int(value)
            sung = {"lowest": pitch, "highest": -pitch}
            return _Event({"voice": pitch + 1}, lowers=sung, meets={"voice": pitch, **sung})
        case "Piano":
            pitch = int(value)
            return _Event({"voice": UNBOUNDED, "piano": pitch + 1}, meets={"piano": pitch})
    return _Event()
