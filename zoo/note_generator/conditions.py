"""Conditions of a new piece: players, key, tempo, time signature."""

import dataclasses
import math
import re
from collections.abc import Sequence
from typing import Any

import symusic

from seqzoo.core.errors import UsageError
from seqzoo.zoo.music.key_and_spelling import estimated_key
from seqzoo.zoo.music.score import HIGHEST, LOWEST, Key, has_voice, key_of, piano_notes

TEMPOS = (48, 60, 76, 96, 120, 152, 190)
"""Quarter notes a minute that are told apart; others count as the nearest, by ratio."""

VOICE_COMPASS = (60, 79)
"""C4 to G5: 98 of 100 notes that the voices of Schubert's Lieder sing lie there."""

# The sharps of major keys from C upwards by semitones, six flats at most.
_TONICS = ("C", "D-flat", "D", "E-flat", "E", "F", "G-flat", "G", "A-flat", "A", "B-flat", "B")
_SPELLED = {"C-sharp": 1, "D-sharp": 3, "F-sharp": 6, "G-sharp": 8, "A-sharp": 10}
_PITCH_CLASSES = {name: tone for tone, name in enumerate(_TONICS)} | _SPELLED


class ConditionError(UsageError, ValueError):
    """A condition that does not exist; says which there are."""


@dataclasses.dataclass(frozen=True)
class Conditions:
    """How a piece is to begin.

    Attributes:
        key: Such as `"G major"`, `"F-sharp minor"`, `"B-flat major"`.
        tempo: Quarter notes a minute; the model tells those of `TEMPOS` apart.
        time_signature: Such as `"6/8"`.
        voice: Whether a voice sings with the piano.

    Raises:
        ConditionError: If there is no such key, or the tempo is not positive.

    >>> Conditions(key="f# minor", tempo=70, voice=True).tokens()
    ('Ensemble_VoiceAndPiano', 'Key_F-sharp-minor', 'Tempo_76')
    """

    key: str = "C major"
    tempo: float = 96
    time_signature: str = "4/4"
    voice: bool = True

    def __post_init__(self) -> None:
        parsed_key(self.key)
        if not 0 < self.tempo < math.inf:
            raise ConditionError(
                f"The tempo must be above 0 quarter notes a minute, and finite: {self.tempo}."
            )

    def tokens(self) -> tuple[str, str, str]:
        """The names of the events with which the piece begins."""
        return _header(self.voice, parsed_key(self.key), self.tempo)


def conditions_of(score: symusic.Score) -> tuple[str, str, str]:
    """The names of the events with which a piano reduction begins."""
    key = key_of(score) or estimated_key(piano_notes(score))
    return _header(has_voice(score), key, score.tempos[0].qpm)


def parsed_key(name: str) -> Key:
    """A key by its name; `"G major"`, `"f# minor"`, `"B-flat major"` and the like.

    Raises:
        ConditionError: If there is no such key.

    >>> parsed_key("bb minor")
    Key(fifths=-5, is_minor=True)
    """
    found = re.fullmatch(r"([a-g])(#|b|-sharp|-flat|)[ -](major|minor)", name.strip().lower())
    if not found:
        raise ConditionError(
            f"There is no key {name!r}: give one such as 'G major', 'f# minor', 'B-flat major'."
        )
    step, accidental, mode = found.groups()
    alter = {"#": 1, "-sharp": 1, "b": -1, "-flat": -1}.get(accidental, 0)
    return _key((_PITCH_CLASSES[step.upper()] + alter) % 12, mode == "minor")


def key_name(key: Key) -> str:
    """The name of a key, with six flats or five sharps at most.

    >>> key_name(Key(-5, is_minor=True)), key_name(Key(4, is_minor=True))
    ('B-flat-minor', 'C-sharp-minor')
    """
    tonic = (7 * key.fifths + (9 if key.is_minor else 0)) % 12
    return f"{_TONIC_NAMES[key.is_minor][tonic]}-{'minor' if key.is_minor else 'major'}"


def spoken_key(key: Key) -> str:
    """The name of a key as one says it.

    >>> spoken_key(Key(-2, is_minor=True)), spoken_key(Key(-3, is_minor=False))
    ('G minor', 'E flat major')
    """
    return key_name(key).replace("-", " ")


def _key(tonic: int, is_minor: bool) -> Key:
    # Three semitones above a minor tonic is that of the major key of the same signature.
    return Key((7 * (tonic + 3 * is_minor) + 6) % 12 - 6, is_minor)


def _tonic_names(is_minor: bool) -> tuple[str, ...]:
    """The names of the twelve tonics as their signatures spell them."""
    if not is_minor:
        return _TONICS
    sharp = {tone: name for name, tone in _SPELLED.items()}
    return tuple(
        sharp.get(tone, name) if _key(tone, True).fifths > 0 else name
        for tone, name in enumerate(_TONICS)
    )


_TONIC_NAMES = {is_minor: _tonic_names(is_minor) for is_minor in (False, True)}
ENSEMBLE_TOKENS = ("Ensemble_Piano", "Ensemble_VoiceAndPiano")
KEY_TOKENS = tuple(
    f"Key_{key_name(_key(tonic, is_minor))}" for is_minor in (False, True) for tonic in range(12)
)
TEMPO_TOKENS = tuple(f"Tempo_{tempo}" for tempo in TEMPOS)


def _header(voice: bool, key: Key, tempo: float) -> tuple[str, str, str]:
    nearest = min(TEMPOS, key=lambda known: max(known / tempo, tempo / known))
    return ENSEMBLE_TOKENS[voice], f"Key_{key_name(key)}", f"Tempo_{nearest}"


def header_values(names: Sequence[str]) -> tuple[Key | None, float | None]:
    """The key and the tempo that events tell; of several the first."""
    keys = [parsed_key(_spaced(name[4:])) for name in names if name.startswith("Key_")]
    tempos = [float(name[6:]) for name in names if name.startswith("Tempo_")]
    return next(iter(keys), None), next(iter(tempos), None)


def _spaced(name: str) -> str:
    tonic, _, mode = name.rpartition("-")
    return f"{tonic} {mode}"


def checked_vocal_range(vocal_range: Any) -> tuple[int, int]:
    """The lowest and the highest note of a voice, as MIDI numbers.

    Raises:
        ConditionError: If they are no two integers in this order, or no keys of a piano.
    """
    try:
        lowest, highest = vocal_range
        in_order = LOWEST <= int(lowest) == lowest <= int(highest) == highest <= HIGHEST
    except (TypeError, ValueError, OverflowError):
        in_order = False
    if not in_order:
        raise ConditionError(
            "A vocal range is the lowest and the highest note of the voice, as MIDI numbers from "
            f"{LOWEST} to {HIGHEST}, such as {VOICE_COMPASS}. Received: {vocal_range!r}"
        )
    return int(lowest), int(highest)
