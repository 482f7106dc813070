"""Tempo marks of MusicXML."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from typing import NamedTuple

from seqzoo.zoo.music.musicxml.measure_time import number, placed

_UNITS = (
    *("maxima", "long", "breve", "whole", "half", "quarter", "eighth"),
    *("16th", "32nd", "64th", "128th", "256th", "512th", "1024th"),
)
# Lengths of note types in quarter notes.
_BEATS = {unit: 2.0 ** (_UNITS.index("quarter") - place) for place, unit in enumerate(_UNITS)}


class TempoMark(NamedTuple):
    """A tempo in quarter notes per minute, its measure, and its onset in quarter notes."""

    measure: int
    onset: float
    tempo: float


def tempo_marks(root: ET.Element) -> list[TempoMark]:
    """Returns the tempo marks of a MusicXML document that have a number, part by part."""
    return [mark for part in root.iter("part") for mark in _marks_of_part(part)]


def _marks_of_part(part: ET.Element) -> Iterator[TempoMark]:
    divisions = 1.0
    for index, measure in enumerate(part.iter("measure")):
        for onset, element in placed(measure):
            if element.tag == "attributes":
                divisions = number(element.findtext("divisions")) or divisions
            tempo = _tempo(element)
            if tempo > 0:
                yield TempoMark(index, (onset + _played_offset(element)) / divisions, tempo)


def _tempo(element: ET.Element) -> float:
    """Returns the playback tempo of a mark, or else its printed tempo; 0 if it has neither."""
    sounds = [element] if element.tag == "sound" else element.findall("sound")
    metronomes = element.findall("direction-type/metronome")
    tempos = [number(sound.get("tempo")) for sound in sounds] + list(map(_written, metronomes))
    return next((tempo for tempo in tempos if tempo > 0), 0.0)


def _written(metronome: ET.Element) -> float:
    """Returns the tempo of a metronome mark; "c. 72" and "72-76" are read as 72."""
    figure = re.search(r"\d+(?:[.,]\d+)?", metronome.findtext("per-minute") or "")
    if figure is None or len(metronome.findall("beat-unit")) != 1:
        return 0.0
    beat = last = 0.0
    # Sums a note, its dots, and tied notes.
    for element in metronome.iter():
        if element.tag == "beat-unit":
            last = _BEATS.get((element.text or "").strip(), 0.0)
            beat += last
        elif element.tag == "beat-unit-dot":
            last /= 2
            beat += last
    return number(figure[0].replace(",", ".")) * beat


def _played_offset(element: ET.Element) -> float:
    """Returns the playback offset of a mark in divisions; most offsets affect only the layout."""
    moved = [number(offset.text) for offset in element.iterfind("sound/offset")]
    own = element.find("offset")
    if own is not None and (element.tag == "sound" or own.get("sound") == "yes"):
        moved.append(number(own.text))
    return sum(moved[:1])
