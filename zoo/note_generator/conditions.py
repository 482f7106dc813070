"""Conditions of a new piece: ensemble, key, tempo and time signature."""

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
"""Tempo classes in quarter notes per minute; other tempos map to the nearest one by ratio."""

BEATS_OF_BARS = {4: tuple(range(1, 9)), 8: tuple(range(1, 13)), 16: (3, 6, 9, 12)}
"""The known time signatures: for each denominator the numerators."""

DEFAULT_VOCAL_RANGE = (60, 79)
"""C4 to G5, which contains 98 % of the voice notes of Schubert's Lieder."""

# Names of the major tonics by pitch class, with at most six flats.
_TONICS = ("C", "D-flat", "D", "E-flat", "E", "F", "G-flat", "G", "A-flat", "A", "B-flat", "B")
_SPELLED = {"C-sharp": 1, "D-sharp": 3, "F-sharp": 6, "G-sharp": 8, "A-sharp": 10}
_PITCH_CLASSES = {name: tone for tone, name in enumerate(_TONICS)} | _SPELLED


class ConditionError(UsageError, ValueError):
    """Raised for an unknown condition; the message lists the valid ones."""


@dataclasses.dataclass(frozen=True)
class Conditions:
    """Conditions on which a new piece is generated.

    Attributes:
        key: Such as `"G major"`, `"F-sharp minor"` or `"B-flat major"`.
        tempo: Quarter notes per minute; the model distinguishes those of `TEMPOS`.
        time_signature: Such as `"6/8"`.
        voice: Whether a voice sings with the piano.

    Raises:
        ConditionError: If there is no such key or time signature, or the tempo is not positive.

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
                f"The tempo must be above 0 quarter notes per minute, and finite: {self.tempo}."
            )
        known = [f"{beats}/{beat}" for beat, bars in BEATS_OF_BARS.items() for beats in bars]
        if self.time_signature not in known:
            raise ConditionError(
                f"There is no time signature {self.time_signature!r}: choose one of "
                f"{', '.join(known)}."
            )

    def tokens(self) -> tuple[str, str, str]:
        """Returns the names of the first events of the piece."""
        return _header(self.voice, parsed_key(self.key), self.tempo)


def conditions_of(score: symusic.Score) -> tuple[str, str, str]:
    """Returns the names of the first events of a piano reduction."""
    key = key_of(score) or estimated_key(piano_notes(score))
    return _header(has_voice(score), key, score.tempos[0].qpm)


def parsed_key(name: str) -> Key:
    """Parses the name of a key, such as `"G major"`, `"f# minor"` or `"B flat major"`.

    Raises:
        ConditionError: If there is no such key.

    >>> parsed_key("bb minor"), parsed_key("B flat minor")
    (Key(fifths=-5, is_minor=True), Key(fifths=-5, is_minor=True))
    """
    accidentals = "#|b|[ -]sharp|[ -]flat|"
    found = re.fullmatch(rf"([a-g])({accidentals})[ -](major|minor)", name.strip().lower())
    if not found:
        raise ConditionError(
            f"There is no key {name!r}: give one such as 'G major', 'f# minor', 'B-flat major'."
        )
    step, accidental, mode = found.groups()
    alter = {"#": 1, "sharp": 1, "b": -1, "flat": -1}.get(accidental.lstrip(" -"), 0)
    return _key((_PITCH_CLASSES[step.upper()] + alter) % 12, mode == "minor")


def key_name(key: Key) -> str:
    """Returns the name of a key, as its event spells it, with at most six flats or five sharps.

    >>> key_name(Key(-5, is_minor=True)), key_name(Key(4, is_minor=True))
    ('B-flat-minor', 'C-sharp-minor')
    """
    tonic = (7 * key.fifths + (9 if key.is_minor else 0)) % 12
    return f"{_TONIC_NAMES[key.is_minor][tonic]}-{'minor' if key.is_minor else 'major'}"


def spoken_key(key: Key) -> str:
    """Returns the name of a key in words.

    >>> spoken_key(Key(-2, is_minor=True)), spoken_key(Key(-3, is_minor=False))
    ('G minor', 'E flat major')
    """
    return key_name(key).replace("-", " ")


def untitled(score: symusic.Score) -> str:
    """Returns a title for a new piece: its kind and its key, such as `"Song in G minor"`."""
    key = key_of(score) or estimated_key(piano_notes(score))
    return f"{'Song' if has_voice(score) else 'Piano piece'} in {spoken_key(key)}"


def _key(tonic: int, is_minor: bool) -> Key:
    # The relative major tonic lies three semitones above a minor tonic.
    return Key((7 * (tonic + 3 * is_minor) + 6) % 12 - 6, is_minor)


def _tonic_names(is_minor: bool) -> tuple[str, ...]:
    """Returns the names of the twelve tonics, spelled as in their key signatures."""
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
    """Returns the first key and the first tempo among events; `None` if there is none."""
    keys = [parsed_key(_spaced(name[4:])) for name in names if name.startswith("Key_")]
    tempos = [float(name[6:]) for name in names if name.startswith("Tempo_")]
    return next(iter(keys), None), next(iter(tempos), None)


def _spaced(name: str) -> str:
    tonic, _, mode = name.rpartition("-")
    return f"{tonic} {mode}"


def checked_vocal_range(vocal_range: Any) -> tuple[int, int]:
    """Checks a vocal range and returns its lowest and highest note as MIDI numbers.

    Raises:
        ConditionError: If it is not two integers in ascending order within the range of a piano.
    """
    try:
        lowest, highest = vocal_range
        in_order = LOWEST <= int(lowest) == lowest <= int(highest) == highest <= HIGHEST
    except (TypeError, ValueError, OverflowError):
        in_order = False
    if not in_order:
        raise ConditionError(
            "A vocal range is the lowest and the highest note of the voice, as MIDI numbers from "
            f"{LOWEST} to {HIGHEST}, such as {DEFAULT_VOCAL_RANGE}. Received: {vocal_range!r}"
        )
    return int(lowest), int(highest)


def checked_form(form: str) -> str:
    """Returns the letters of a form, in capitals.

    Raises:
        ConditionError: If it has others than letters, or none.

    >>> checked_form("aaba")
    'AABA'
    """
    if not re.fullmatch("[A-Za-z]+", form):
        raise ConditionError(
            f"A form is a row of letters, one for each section, such as AABA, not {form!r}."
        )
    return form.upper()
