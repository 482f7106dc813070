"""How low and how high a voice goes."""

from seqzoo.zoo.note_generator.conditions import ConditionError
from seqzoo.zoo.note_generator.piano_score import HIGHEST, LOWEST

VOICE_COMPASS = (60, 79)
"""C4 to G5: 98 of 100 notes that the voices of Schubert's Lieder sing lie there."""


def checked_compass(compass) -> tuple[int, int]:
    """The lowest and the highest note of a voice, as MIDI numbers.

    Raises:
        ConditionError: If they are no two integers in this order, or no keys of a piano.
    """
    try:
        lowest, highest = compass
        in_order = LOWEST <= int(lowest) == lowest <= int(highest) == highest <= HIGHEST
    except (TypeError, ValueError, OverflowError):
        in_order = False
    if not in_order:
        raise ConditionError(
            "A compass is the lowest and the highest note of the voice, as MIDI numbers from "
            f"{LOWEST} to {HIGHEST}, such as {VOICE_COMPASS}. Received: {compass!r}"
        )
    return int(lowest), int(highest)
