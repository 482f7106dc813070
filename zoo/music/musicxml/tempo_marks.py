"""The tempo marks of MusicXML."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from typing import NamedTuple

from seqzoo.zoo.music.musicxml.measure_time import number, placed

_UNITS = (
    *("maxima", "long", "breve", "whole", "half", "quarter", "eighth"),
    *("16th", "32nd", "64th", "128th", "256th", "512th", "1024th"),
)
# In quarter notes.
_BEATS = {unit: 2.0 ** (_UNITS.index("quarter") - place) for place, unit in enumerate(_UNITS)}


class TempoMark(NamedTuple):
    """A tempo in quarter notes a minute, and where it begins: measure, quarters from its start."""

    measure: int
    onset: float
    tempo: float


def tempo_marks(root: ET.Element) -> list[TempoMark]:
    """The tempo marks of a MusicXML document, part by part, without those that say no number."""
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
    """What a mark says, first to the player of the file, then to the eye; 0 if it says nothing."""
    sounds = [element] if element.tag == "sound" else element.findall("sound")
    metronomes = element.findall("direction-type/metronome")
    tempos = [number(sound.get("tempo")) for sound in sounds] + list(map(_written, metronomes))
    return next((tempo for tempo in tempos if tempo > 0), 0.0)


def _written(metronome: ET.Element) -> float:
    """What a metronome mark says; "c. 72" and "72-76" say 72."""
    figure = re.search(r"\d+(?:[.,]\d+)?", metronome.findtext("per-minute") or "")
    if figure is None or len(metronome.findall("beat-unit")) != 1:
        return 0.0
    beat = last = 0.0
    # Of a note, its dots, and those that are tied to it.
    for element in metronome.iter():
        if element.tag == "beat-unit":
            last = _BEATS.get((element.text or "").strip(), 0.0)
            beat += last
        elif element.tag == "beat-unit-dot":
            last /= 2
            beat += last
    return number(figure[0].replace(",", ".")) * beat


def _played_offset(element: ET.Element) -> float:
    """How far a mark is heard from where it stands, in divisions; most are only drawn there."""
    moved = [number(offset.text) for offset in element.iterfind("sound/offset")]
    own = element.find("offset")
    if own is not None and (element.tag == "sound" or own.get("sound") == "yes"):
        moved.append(number(own.text))
    return sum(moved[:1])
