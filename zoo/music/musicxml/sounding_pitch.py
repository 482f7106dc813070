"""Conversion of transposing instruments in MusicXML to sounding pitch."""

import copy
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from seqzoo.zoo.music.musicxml.measure_time import number, placed
from seqzoo.zoo.music.score import ScoreError

_MODES = ("major", "minor")
_STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
# Names of the twelve pitch classes; spelling does not matter here.
_NAMES = (
    *(("C", 0), ("C", 1), ("D", 0), ("D", 1), ("E", 0), ("F", 0)),
    *(("F", 1), ("G", 0), ("G", 1), ("A", 0), ("A", 1), ("B", 0)),
)
_ALL_STAVES = None


class _Transposition(NamedTuple):
    """Semitones and fifths from written to sounding pitch, and the octave doubling in semitones."""

    semitones: int = 0
    fifths: int = 0
    doubling: int = 0


# Transpositions of a part by staff number.
_Staves = Mapping[str | None, _Transposition]


def sounding_key(root: ET.Element) -> tuple[int | None, str | None]:
    """Returns the sharps of the first key signature at sounding pitch, and its mode, if given.

    Non-transposing instruments take precedence, because horns may be written without a key
    signature.
    """
    found = [key for part in root.iter("part") for key in _first_key(part)]
    if not found:
        return None, None
    _, fifths, mode = min(found, key=lambda key: key[0])
    return fifths, mode


def to_sounding_pitch(root: ET.Element) -> None:
    """Transposes the notes of transposing instruments to sounding pitch, in place.

    Raises:
        ScoreError: If a transposition is not a number.
    """
    for part in root.iter("part"):
        for measure, element, staves in _timeline(part):
            pitch = element.find("pitch") if element.tag == "note" else None
            if pitch is None:
                continue
            transposition = _on_staff(staves, element.findtext("staff"))
            if transposition.semitones:
                _move(pitch, transposition.semitones)
            if transposition.doubling:
                measure.insert(list(measure).index(element) + 1, _doubled(element, transposition))


def _first_key(part: ET.Element) -> Iterator[tuple[bool, int, str | None]]:
    """Yields the first key, if any: whether its part transposes, its sharps and its mode."""
    for _, element, staves in _timeline(part):
        key = element.find("key") if element.tag == "attributes" else None
        if key is None:
            continue
        fifths = (key.findtext("fifths") or "").strip()
        mode = (key.findtext("mode") or "").strip()
        if re.fullmatch(r"-?[0-7]", fifths):
            moved = _on_staff(staves, key.get("number")).fifths
            yield moved != 0, _folded(int(fifths) + moved), mode if mode in _MODES else None
        return


def _folded(fifths: int) -> int:
    """Returns an enharmonically equivalent key with at most seven sharps or flats."""
    return fifths if -7 <= fifths <= 7 else _nearest(fifths)


def _nearest(fifths: int) -> int:
    """Returns the enharmonically equivalent key with five flats to six sharps."""
    return (fifths + 5) % 12 - 5


def _timeline(part: ET.Element) -> Iterator[tuple[ET.Element, ET.Element, _Staves]]:
    """Yields the attributes and notes of a part in temporal order, with current transpositions."""
    staves: dict[str | None, _Transposition] = {}
    for measure in part.iter("measure"):
        elements = [pair for pair in placed(measure) if pair[1].tag in ("attributes", "note")]
        # At the same onset, attributes come before notes.
        for _, element in sorted(elements, key=lambda pair: (pair[0], pair[1].tag)):
            if element.tag == "attributes":
                for transpose in element.findall("transpose"):
                    staff = (transpose.get("number") or "").strip() or _ALL_STAVES
                    if staff is _ALL_STAVES:
                        staves.clear()
                    staves[staff] = _transposition(transpose)
            yield measure, element, staves


def _on_staff(staves: _Staves, staff: str | None) -> _Transposition:
    everywhere = staves.get(_ALL_STAVES, _Transposition())
    return staves.get((staff or "1").strip(), everywhere)


def _transposition(transpose: ET.Element) -> _Transposition:
    chromatic, octaves = (_whole(transpose, tag) for tag in ("chromatic", "octave-change"))
    # A fifth is seven semitones and four scale steps; twelve fifths only change the spelling.
    diatonic = transpose.find("diatonic")
    fifths = 7 * chromatic - (0 if diatonic is None else 12 * _whole(transpose, "diatonic"))
    if diatonic is None or abs(fifths) > 7:
        fifths = _nearest(fifths)
    double = transpose.find("double")
    doubling = 0 if double is None else 12 if double.get("above") == "yes" else -12
    return _Transposition(chromatic + 12 * octaves, fifths, doubling)


def _whole(transpose: ET.Element, tag: str) -> int:
    text = transpose.findtext(tag) or "0"
    try:
        return round(float(text))
    except (ValueError, OverflowError) as error:
        raise ScoreError(f"it transposes by {text!r}, which is not a number") from error


def _move(pitch: ET.Element, semitones: int) -> None:
    step = (pitch.findtext("step") or "").strip()
    if step not in _STEPS:
        return  # music21 reports the error
    alter = number(pitch.findtext("alter"))
    whole = round(alter)
    octave = int(number(pitch.findtext("octave")))
    octaves, semitone = divmod(_STEPS[step] + whole + semitones, 12)
    name, sharp = _NAMES[semitone]
    fields = {
        "step": name,
        "alter": f"{sharp + alter - whole:g}",
        "octave": str(octave + octaves),
    }
    pitch[:] = []
    for tag, text in fields.items():
        ET.SubElement(pitch, tag).text = text


def _doubled(note: ET.Element, transposition: _Transposition) -> ET.Element:
    """Returns a copy of the note in the doubled octave, as another note of its chord."""
    other = copy.deepcopy(note)
    if other.find("chord") is None:
        other.insert(0, ET.Element("chord"))
    for pitch in other.findall("pitch"):
        _move(pitch, transposition.doubling)
    return other
