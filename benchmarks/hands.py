"""Accuracy of `two_hands`: the share of piano notes assigned to the staff that they are printed on.

    python benchmarks/hands.py FOLDER

Reads the piano parts of all MusicXML files in a folder, and compares `two_hands` with a division at
middle C. Notes of equal onset and pitch on both staves count once.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

from seqzoo.zoo.music.hands import MIDDLE_C, two_hands
from seqzoo.zoo.music.musicxml.file import musicxml_root
from seqzoo.zoo.music.musicxml.measure_time import number, placed
from seqzoo.zoo.music.reader import find_scores
from seqzoo.zoo.music.score import PianoNote

STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
UPPER = "1"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    notes = right = middle = 0
    for path in find_scores(parser.parse_args().folder):
        for staffs in piano_parts(path):
            notes += len(staffs)
            high, low = two_hands(staffs)
            right += sum(staffs[note] == UPPER for note in high)
            right += sum(staffs[note] != UPPER for note in low)
            middle += sum(
                (note.pitch >= MIDDLE_C) == (staff == UPPER) for note, staff in staffs.items()
            )
    print(f"{notes:,} notes: {right / notes:.1%} by two_hands, {middle / notes:.1%} at middle C")


def piano_parts(path: Path) -> Iterator[dict[PianoNote, str]]:
    """Yields the notes of every part with two staves, in ticks, each with its staff."""
    for part in musicxml_root(path.read_bytes(), 50_000_000).iter("part"):
        if (part.findtext("measure/attributes/staves") or "1").strip() == "2":
            yield staffs_of(part)


def staffs_of(part) -> dict[PianoNote, str]:
    notes: dict[tuple[int, int], tuple[int, str]] = {}
    tied: dict[tuple[int, int], int] = {}  # onsets by the end and the pitch of what is held
    bar_start, divisions = 0.0, 1.0
    for measure in part.iter("measure"):
        bar_end = bar_start
        for onset, element in placed(measure):
            if element.tag == "attributes":
                divisions = number(element.findtext("divisions")) or divisions
            start = bar_start + onset / divisions
            end = start + number(element.findtext("duration")) / divisions
            if element.tag == "note":
                bar_end = max(bar_end, end)
            if element.tag != "note" or element.find("pitch") is None or end == start:
                continue
            first, last, pitch = round(480 * start), round(480 * end), midi_pitch(element)
            ties = {tie.get("type") for tie in element.findall("tie")}
            if "stop" in ties:
                first = tied.pop((first, pitch), first)
            if "start" in ties:
                tied[last, pitch] = first
            _, staff = notes.get((first, pitch), (0, element.findtext("staff") or UPPER))
            notes[first, pitch] = (last, staff)
        bar_start = bar_end
    return {
        PianoNote(onset, pitch, end, 80): staff for (onset, pitch), (end, staff) in notes.items()
    }


def midi_pitch(note) -> int:
    pitch = note.find("pitch")
    alter, octave = (number(pitch.findtext(tag)) for tag in ("alter", "octave"))
    return round(12 * (octave + 1) + STEPS[pitch.findtext("step")] + alter)


if __name__ == "__main__":
    main()
