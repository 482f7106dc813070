"""Onsets of the elements of a MusicXML measure."""

import math
import xml.etree.ElementTree as ET
from collections.abc import Iterator


def number(text: str | None) -> float:
    """Parses a number; returns 0 if the text is not a finite number."""
    try:
        found = float(text or 0)
    except ValueError:
        return 0.0
    return found if math.isfinite(found) else 0.0


def placed(measure: ET.Element) -> Iterator[tuple[float, ET.Element]]:
    """Yields the elements of a measure with their onsets from the bar line, in divisions.

    All notes of a chord have the onset of the first.
    """
    onset = following = 0.0
    for element in measure:
        duration = number(element.findtext("duration"))
        if element.tag == "note" and element.find("chord") is not None:
            yield onset, element
            continue
        onset = following
        yield onset, element
        if element.tag in ("note", "forward"):
            following = onset + duration
        elif element.tag == "backup":
            following = max(onset - duration, 0.0)
