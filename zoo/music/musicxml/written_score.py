"""Reduction of MusicXML to what a piano reduction needs and music21 reads correctly."""

import itertools
import re
import xml.etree.ElementTree as ET
from collections.abc import Collection, Sequence
from typing import NamedTuple

from seqzoo.zoo.music.musicxml.measure_time import number, placed
from seqzoo.zoo.music.musicxml.sounding_pitch import sounding_key, to_sounding_pitch
from seqzoo.zoo.music.musicxml.tempo_marks import TempoMark, tempo_marks
from seqzoo.zoo.music.score import VOICE_PROGRAMS, ScoreError, printable
from seqzoo.zoo.music.voices import Player, find_voice

# Other elements are removed, because music21 fails on invalid ones: a key of a million sharps never
# finishes, and a mark that is moved out of its bar lengthens the bar.
_KEPT = {
    "score-partwise": ("work", "movement-title", "part-list", "part"),
    "part-list": ("score-part",),
    "score-part": ("part-name",),
    "measure": ("attributes", "backup", "forward", "note"),
    "attributes": ("divisions", "staves", "time"),
    "note": (
        *("chord", "dot", "duration", "pitch", "rest", "staff", "tie"),
        *("time-modification", "type", "voice"),
    ),
}
_DRUM_CHANNEL = "10"
# MusicXML counts programs from 1.
_VOICE_PROGRAMS = {str(program + 1) for program in VOICE_PROGRAMS}


class WrittenScore(NamedTuple):
    """A MusicXML document reduced to what a piano reduction needs, at sounding pitch.

    Attributes:
        root: The document.
        voice_id: The id of the part with the voice, if there is one; see `find_voice`.
        fifths: The sharps of the first key signature, or its flats as a negative number.
        mode: `"major"`, `"minor"`, or `None` if it is not given.
        tempos: The tempo marks, part by part.
    """

    root: ET.Element
    voice_id: str | None
    fifths: int | None
    mode: str | None
    tempos: Sequence[TempoMark]


def written_score(root: ET.Element, voice_track: str | None = None) -> WrittenScore:
    """Reduces a MusicXML document to what a piano reduction needs.

    Args:
        root: The document, which is modified.
        voice_track: The name or number of the voice part. Defaults to automatic detection.

    Raises:
        VoiceError: If there is no such part.
        ScoreError: If the document would exhaust the memory, or a transposition is not a number.
    """
    drums = {each.get("id") for each in root.iter("midi-instrument") if _is_drum(each)}
    _list_parts(root)
    _remove_drums(root)
    for measure in root.iter("measure"):
        _remove_graces(measure)
        _join_chords(measure)
        _level_chords(measure)
        _silence(measure, drums)
    _complete_ties(root)
    voice_id, signature = _voice_id(root, voice_track), sounding_key(root)
    tempos = tempo_marks(root)
    to_sounding_pitch(root)
    for tag, kept in _KEPT.items():
        for element in root.iter(tag):
            element[:] = [child for child in element if child.tag in kept]
    for element in itertools.chain(root.iter("beats"), root.iter("staves")):
        # music21 creates a list of this length.
        text = element.text or ""
        if re.search(r"\d{4}", text):
            raise ScoreError(f"it asks for {text.strip()} {element.tag}")
    return WrittenScore(root, voice_id, *signature, tempos)


def _voice_id(root: ET.Element, wanted: str | None) -> str | None:
    titles = {title.get("id"): title for title in root.iter("score-part")}
    parts = list(root.iter("part"))
    players = [_player(part, titles.get(part.get("id"))) for part in parts]
    place = find_voice(players, wanted)
    return None if place is None else parts[place].get("id")


def _player(part: ET.Element, title: ET.Element | None) -> Player:
    programs = [] if title is None else [(p.text or "").strip() for p in title.iter("midi-program")]
    return Player(
        "" if title is None else printable(title.findtext("part-name") or ""),
        _spans(part),
        has_voice_program=any(program in _VOICE_PROGRAMS for program in programs),
        has_words=part.find(".//lyric") is not None,
        has_staves=(part.findtext("measure/attributes/staves") or "1").strip() != "1",
    )


def _spans(part: ET.Element) -> list[tuple[int, int]]:
    """Returns the spans of the notes of a part, in its divisions."""
    spans, bar_start = [], 0
    for measure in part.iter("measure"):
        placed_notes = [
            (bar_start + round(onset), bar_start + round(onset + number(note.findtext("duration"))))
            for onset, note in placed(measure)
            if note.tag == "note" and note.find("pitch") is not None
        ]
        spans += [span for span in placed_notes if span[1] > span[0]]
        bar_start = max((end for _, end in placed_notes), default=bar_start)
    return spans


def _list_parts(root: ET.Element) -> None:
    """Adds missing parts to the part list, because music21 reads only listed parts."""
    part_list = root.find("part-list")
    if part_list is None:
        part_list = ET.Element("part-list")
        root.insert(0, part_list)
    listed = {title.get("id") for title in part_list.iter("score-part")}
    for part in root.findall("part"):
        its_id = part.get("id")
        if its_id and its_id not in listed:
            ET.SubElement(ET.SubElement(part_list, "score-part", id=its_id), "part-name")


def _remove_drums(root: ET.Element) -> None:
    """Removes drum parts and their entries in the part list, which music21 would look up."""
    drums = {part.get("id") for part in root.iter("score-part") if _is_drum(part)} | {
        part.get("id") for part in root.iter("part") if _has_no_pitches(part)
    }
    for parent in (root, *root.iter("part-list")):
        parent[:] = [
            child
            for child in parent
            if child.tag not in ("part", "score-part") or child.get("id") not in drums
        ]


def _is_drum(element: ET.Element) -> bool:
    """Returns whether a part, or an instrument, uses only the MIDI channel of drums."""
    channels = {(channel.text or "").strip() for channel in element.iter("midi-channel")}
    return channels == {_DRUM_CHANNEL}


def _has_no_pitches(part: ET.Element) -> bool:
    """Returns whether a part has only percussion clefs, so that its notes mean instruments."""
    clefs = {(clef.findtext("sign") or "").strip() for clef in part.iter("clef")}
    return clefs == {"percussion"}


def _remove_graces(measure: ET.Element) -> None:
    """Removes grace notes, even between the notes of a chord."""
    measure[:] = [child for child in measure if child.find("grace") is None]


def _join_chords(measure: ET.Element) -> None:
    """Makes the notes of a chord adjacent.

    Elements between them are moved before the chord, or after it if they move the time.
    """
    joined: list[ET.Element] = []
    # Span of the last chord in `joined`; empty before the first note.
    start = end = 0
    for child in measure:
        if start < end and _continues_chord(child):
            between = joined[end:]
            if not between:
                joined.append(child)
                end += 1
                continue
            moves = [each for each in between if each.tag in ("backup", "forward")]
            others = [each for each in between if each not in moves]
            chord = [*joined[start:end], child]
            joined[start:] = [*others, *chord, *moves]
            start += len(others)
            end = start + len(chord)
            continue
        joined.append(child)
        if child.tag == "note":
            start, end = len(joined) - 1, len(joined)
    measure[:] = joined


def _continues_chord(element: ET.Element) -> bool:
    return element.tag == "note" and element.find("chord") is not None


def _silence(measure: ET.Element, drums: Collection[str | None]) -> None:
    """Turns cue notes and drums into rests."""
    for chord in _chords(measure):
        silent = [note for note in chord if _is_silent(note, drums)]
        heard = [note for note in chord if note not in silent]
        if heard and heard[0] is not chord[0]:
            heard[0][:] = [child for child in heard[0] if child.tag != "chord"]
        elif not heard and silent[0].find("duration") is not None:
            rest = silent.pop(0)
            rest[:] = [
                ET.Element("rest"),
                *(child for child in rest if child.tag in ("duration", "staff", "voice")),
            ]
        for note in silent:
            measure.remove(note)


def _is_silent(note: ET.Element, drums: Collection[str | None]) -> bool:
    instrument = note.find("instrument")
    is_drum = instrument is not None and instrument.get("id") in drums
    return is_drum or note.find("cue") is not None or note.find("unpitched") is not None


def _level_chords(measure: ET.Element) -> None:
    """Sets the durations of chord notes with the same note value to that of the first.

    Some programs ignore the dots of the other notes.
    """
    for first, *others in _chords(measure):
        duration, drawn = first.find("duration"), _drawn_value(first)
        for note in others:
            own = note.find("duration")
            is_alike = drawn == _drawn_value(note) != (None, 0)
            if duration is not None and own is not None and is_alike:
                own.text = duration.text


def _chords(measure: ET.Element) -> list[list[ET.Element]]:
    """Groups the notes of a measure by chord."""
    chords: list[list[ET.Element]] = []
    for note in measure.findall("note"):
        if chords and _continues_chord(note):
            chords[-1].append(note)
        else:
            chords.append([note])
    return chords


def _drawn_value(note: ET.Element) -> tuple[str | None, int]:
    return note.findtext("type"), len(note.findall("dot"))


def _complete_ties(root: ET.Element) -> None:
    """Adds sounding ties for ties that are only drawn, which music21 ignores."""
    for note in root.iter("note"):
        sounding = {tie.get("type") for tie in note.findall("tie")}
        drawn = {tied.get("type") for tied in note.iterfind("notations/tied")}
        if "continue" in drawn:
            drawn |= {"stop", "start"}
        for kind in ("stop", "start"):
            if kind in drawn - sounding:
                ET.SubElement(note, "tie", type=kind)
