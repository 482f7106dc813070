"""How low and how high a voice goes."""

from collections.abc import Callable

import numpy as np
from keras import ops

from seqzoo.zoo.note_generator.conditions import ConditionError, header_values
from seqzoo.zoo.note_generator.event_names import HEADER, PARTS, kind_and_value
from seqzoo.zoo.note_generator.piano_score import HIGHEST, LOWEST
from seqzoo.zoo.note_generator.written_pitch import semitones_above_written

VOICE_COMPASS = (60, 79)
"""C4 to G5: 98 of 100 notes that the voices of Schubert's Lieder sing lie there."""

_VOICE = PARTS[0]
_BEYOND = 1000


def checked_compass(compass) -> tuple[int, int]:
    """The lowest and the highest note of a voice, as MIDI numbers.

    Raises:
        ConditionError: If they are no two integers in this order, or no keys of a piano.
    """
    try:
        lowest, highest = compass
        in_order = LOWEST <= int(lowest) == lowest <= int(highest) == highest <= HIGHEST
    except (TypeError, ValueError):
        in_order = False
    if not in_order:
        raise ConditionError(
            "A compass is the lowest and the highest note of the voice, as MIDI numbers from "
            f"{LOWEST} to {HIGHEST}, such as {VOICE_COMPASS}. Received: {compass!r}"
        )
    return int(lowest), int(highest)


class Compass:
    """Says which notes a voice can be given.

    The voice of an opening may go beyond its compass. Then what follows may go as far.

    Args:
        names: The names of the events, by id.
        voice: The lowest and the highest note of the voice, as MIDI numbers.
    """

    def __init__(self, names, voice=VOICE_COMPASS):
        self._voice = voice
        sung = [kind_and_value(name) for name in names]
        pitches = [int(value) if kind == _VOICE else None for kind, value in sung]
        # What no voice sings is above every lowest note and below every highest.
        self._above = np.array([_BEYOND if p is None else p for p in pitches], "int32")
        self._below = np.array([-_BEYOND if p is None else p for p in pitches], "int32")
        keys = [header_values([name])[0] for name in names]
        self._semitones = np.array([semitones_above_written(key) for key in keys], "int32")

    def behind(self, opening_ids) -> Callable:
        """What can be drawn behind an opening; see `RecurrentCausalLM.drawing_rule`."""
        # A column in front: there may be no opening.
        opening_ids = ops.pad(opening_ids, [[0, 0], [1, 0]])
        lowest_sung = ops.min(ops.take(self._above, opening_ids), axis=1, keepdims=True)
        highest_sung = ops.max(ops.take(self._below, opening_ids), axis=1, keepdims=True)

        def drawable(token_ids):
            header = ops.take(self._semitones, token_ids[:, : len(HEADER)])
            semitones = ops.sum(header, axis=1, keepdims=True)
            lowest = ops.minimum(self._voice[0] - semitones, lowest_sung)
            highest = ops.maximum(self._voice[1] - semitones, highest_sung)
            return ops.logical_and(self._above >= lowest, self._below <= highest)

        return drawable
