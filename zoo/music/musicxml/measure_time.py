"""Times of the elements of a MusicXML measure."""

import math
import xml.etree.ElementTree as ET
from collections.abc import Iterator


def number(text: str | None) -> float:
    """The number that a text says; 0 if it says none."""
    try:
        found = float(text or 0)
    except ValueError:
        return 0.0
    return found if math.isfinite(found) else 0.0


def placed(measure: ET.Element) -> Iterator[tuple[float, ET.Element]]:
    """The elements of a measure with their distance from the bar line, in its divisions.

    The notes of a chord have the place of the first.
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
