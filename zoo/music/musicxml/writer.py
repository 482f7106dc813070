"""Writes piano scores as MusicXML, using music21."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import symusic

from seqzoo.zoo.music.chord_symbols import PlacedChord, music21_symbol
from seqzoo.zoo.music.key_and_spelling import estimated_key, spell
from seqzoo.zoo.music.musicxml.clefs import clefs
from seqzoo.zoo.music.musicxml.note_values import (
    UNITS_PER_QUARTER,
    Region,
    Value,
    regions,
    time_signature_levels,
    values,
)
from seqzoo.zoo.music.musicxml.staves import Event, Head, Voice, one_staff, two_staves
from seqzoo.zoo.music.score import (
    TICKS_PER_QUARTER,
    Bar,
    Key,
    PianoNote,
    bars,
    key_of,
    printable,
    reduced,
    song_parts,
    without_overlaps,
)

if TYPE_CHECKING:
    from music21.duration import Duration
    from music21.instrument import Instrument
    from music21.note import GeneralNote, Note
    from music21.stream import Measure, PartStaff, Stream

_TICKS_PER_UNIT = TICKS_PER_QUARTER // UNITS_PER_QUARTER
_CLEFS = ("treble", "bass")
# Notation programs support this many voices per staff; the lower staff is numbered after them.
_VOICES_OF_STAFF = 4
# Note type of a triplet, by its length in units.
_TRIPLET_TYPES = {24: "quarter", 12: "eighth", 6: "16th"}


def musicxml(
    score: symusic.Score,
    title: str,
    composer: str | None = None,
    chords: Sequence[PlacedChord] = (),
) -> bytes:
    """Converts a piano score to MusicXML; see `write_musicxml`.

    Args:
        score: The score.
        title: The title, if the score has no name.
        composer: The composer line, at the top right. Defaults to none.
        chords: Chord symbols above the upper staff. Defaults to none.
    """
    from music21 import instrument, layout, metadata, stream, tempo
    from music21.musicxml import m21ToXml

    score = reduced(score)
    piano, voice = (quantised(notes) for notes in song_parts(score))
    notes = piano + voice
    staff_bars = _bars_in_units(score, notes)
    key = key_of(score) or estimated_key(notes)
    written = stream.Score()
    heading = metadata.Metadata(title=score.tracks[0].name or printable(title))
    if composer is not None:
        heading.composer = printable(composer)
    written.insert(0, heading)
    hands = two_staves(piano, staff_bars)
    staves = [
        _staff(clef, voices, staff_bars, key, instrument.Piano(), "P1")
        for clef, voices in zip(_CLEFS, hands, strict=True)
    ]
    singers = [
        _staff("treble", one_staff(sung, staff_bars), staff_bars, key, instrument.Vocalist(), "P2")
        for sung in [voice]
        if sung
    ]
    quarters = round(score.tempos[0].qpm, 2)
    first = (singers + staves)[0]
    measures = list(first.getElementsByClass(stream.Measure))
    measures[0].insert(0, tempo.MetronomeMark(number=quarters))
    _add_chords(measures, staff_bars, chords)
    for staff in singers + staves:
        written.insert(0, staff)
    written.insert(0, layout.StaffGroup(staves, name="Piano", symbol="brace", barTogether=True))
    exporter = m21ToXml.ScoreExporter(written, makeNotation=False)
    root = exporter.parse()
    if composer is None:
        # Without a composer, music21 enters its own name.
        for identification in root.findall("identification"):
            for creator in identification.findall("creator"):
                identification.remove(creator)
    _number_voices(root, max(_VOICES_OF_STAFF, *map(len, hands[0])))
    return exporter.asBytes()


def _add_chords(
    measures: Sequence[Measure], staff_bars: Sequence[Bar], chords: Iterable[PlacedChord]
) -> None:
    for chord in chords:
        onset = round(chord.onset / _TICKS_PER_UNIT)
        for measure, bar in zip(measures, staff_bars, strict=True):
            if bar.start <= onset < bar.end:
                symbol = music21_symbol(chord.name)
                measure.insert((onset - bar.start) / UNITS_PER_QUARTER, symbol)


def _number_voices(root: ET.Element, voices_of_staff: int) -> None:
    """Renumbers the voices so that the two staves share no numbers, consistently in all bars.

    If both staves have several voices, music21 numbers both from 1, and readers would merge voices
    of different staves.
    """
    for measure in root.iter("measure"):
        numbers: dict[tuple[str, str | None], int] = {}
        for element in measure:
            staff, voice = element.findtext("staff"), element.find("voice")
            if staff is not None and voice is not None:
                of_staff = sum(key[0] == staff for key in numbers)
                number = numbers.setdefault((staff, voice.text), of_staff + 1)
                voice.text = str((int(staff) - 1) * voices_of_staff + number)


def quantised(notes: Iterable[PianoNote]) -> list[PianoNote]:
    """Quantizes notes in ticks to a grid of twelve steps per quarter note; times are in steps."""
    moved = []
    for note in notes:
        onset, end = round(note.onset / _TICKS_PER_UNIT), round(note.end / _TICKS_PER_UNIT)
        if note.onset < note.end == end * _TICKS_PER_UNIT:
            # A note shorter than a step stays before the bar line on which it ends.
            onset = min(onset, end - 1)
        moved.append(note._replace(onset=onset, end=max(end, onset + (note.end > note.onset))))
    return without_overlaps(moved)


def _bars_in_units(score: symusic.Score, notes: Sequence[PianoNote]) -> list[Bar]:
    end = max((note.end for note in notes), default=0) * _TICKS_PER_UNIT
    rounded = (
        bar._replace(start=round(bar.start / _TICKS_PER_UNIT), end=round(bar.end / _TICKS_PER_UNIT))
        for bar in bars(score, end)
    )
    # Drops bars that a new time signature shortens to nothing.
    return [bar for bar in rounded if bar.end > bar.start]


def _staff(
    usual_clef: str,
    bar_voices: Sequence[list[Voice]],
    bars: Sequence[Bar],
    key: Key,
    player: Instrument,
    part_id: str,
) -> PartStaff:
    """Creates a music21 staff with all its measures."""
    from music21 import clef, meter, stream
    from music21.key import KeySignature

    # By default music21 generates random ids, which would make files irreproducible.
    player.partId, player.instrumentId = part_id, f"{part_id}-I1"
    player.instrumentAbbreviation = None
    staff = stream.PartStaff([player], id=f"{part_id} {usual_clef}")
    signature = clef_name = None
    found_clefs = clefs(map(_pitches, bar_voices), usual_clef)
    for number, (bar, voices, of_bar) in enumerate(
        zip(bars, bar_voices, found_clefs, strict=True), start=1
    ):
        measure = stream.Measure(number=number)
        if clef_name != of_bar:
            clef_name = of_bar
            measure.append(clef.clefFromString(clef_name))
        if number == 1:
            mode = "minor" if key.is_minor else "major"
            measure.append(KeySignature(key.fifths).asKey(mode))
        if signature != bar[2:]:
            signature = bar[2:]
            measure.append(meter.TimeSignature(f"{bar.numerator}/{bar.denominator}"))
        _fill(measure, voices, bar, key)
        staff.append(measure)
    measure.rightBarline = "final"
    staff.makeAccidentals(inPlace=True)
    for measure in staff.getElementsByClass(stream.Measure):
        measure.makeBeams(inPlace=True, setStemDirections=False)
    return staff


def _pitches(voices: Sequence[Voice]) -> list[int]:
    return [head.pitch for voice in voices for event in voice for head in event.heads]


def _fill(measure: Measure, voices: Sequence[Voice], bar: Bar, key: Key) -> None:
    from music21 import note, stream

    length = bar.end - bar.start
    levels = time_signature_levels(bar.numerator, bar.denominator)
    if voices == [[Event(0, length)]] and length == levels[0]:
        rest = note.Rest(quarterLength=length / UNITS_PER_QUARTER)
        rest.fullMeasure = True
        measure.append(rest)
        return
    for number, voice in enumerate(voices, start=1):
        target = measure if len(voices) == 1 else stream.Voice(id=str(number))
        spans = ((event.start, event.end, not event.heads) for event in voice)
        within = regions(length, spans, levels)
        for event in voice:
            target.append(_elements(event, within, levels, key))
        if len(voices) > 1:
            _turn(target, is_upper=number == 1)
            measure.insert(0, target)


def _turn(voice: Stream, is_upper: bool) -> None:
    """Turns stems and triplet numbers away from the other voices of the staff."""
    for note in voice.notes:
        note.stemDirection = "up" if is_upper else "down"
    for element in voice.notesAndRests:
        for tuplet in element.duration.tuplets:
            tuplet.placement = "above" if is_upper else "below"


def _elements(
    event: Event, within: Sequence[Region], levels: Sequence[int], key: Key
) -> list[GeneralNote]:
    """Returns the music21 notes, chords or rests of an event in order."""
    from music21 import chord, note

    written = values(event.start, event.end, within, levels, is_rest=not event.heads)
    elements: list[GeneralNote] = []
    for i, value in enumerate(written):
        before, after = i > 0, i + 1 < len(written)
        notes = [_note(head, key, before, after) for head in event.heads]
        if not notes:
            element: GeneralNote = note.Rest()
            element.style.hideObjectOnPrint = event.is_hidden
        elif len(notes) == 1:
            element = notes[0]
        else:
            element = chord.Chord(notes)
        element.duration = _duration(value)
        elements.append(element)
    return elements


def _note(head: Head, key: Key, before: bool, after: bool) -> Note:
    """Creates a music21 note; `before` and `after` mark ties within its event."""
    from music21 import note, pitch, tie

    step, alter, octave = spell(head.pitch, key)
    written = note.Note(pitch.Pitch(step=step, octave=octave))
    if alter:
        written.pitch.accidental = pitch.Accidental(alter)
    match before or head.tied_from, after or head.tied_to:
        case True, True:
            written.tie = tie.Tie("continue")
        case True, False:
            written.tie = tie.Tie("stop")
        case False, True:
            written.tie = tie.Tie("start")
    return written


def _duration(value: Value) -> Duration:
    """Creates a music21 duration."""
    from music21 import duration

    length = duration.Duration(value.type, dots=value.dots)
    if value.triplet:
        tuplet = duration.Tuplet(3, 2, _TRIPLET_TYPES.get(value.triplet.units, "32nd"))
        match value.triplet.starts, value.triplet.stops:
            case True, True:
                tuplet.type = "startStop"
            case True, False:
                tuplet.type = "start"
            case False, True:
                tuplet.type = "stop"
        length.appendTuplet(tuplet)
    return length
