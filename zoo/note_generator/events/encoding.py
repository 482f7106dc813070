"""Scores as events and back, without TensorFlow."""

from collections.abc import Sequence

import symusic

from seqzoo.zoo.music.reader import from_midi
from seqzoo.zoo.music.score import (
    HIGHEST,
    LOWEST,
    TICKS_PER_QUARTER,
    PianoNote,
    TimeSignature,
    piano_score,
    song_parts,
)
from seqzoo.zoo.note_generator.conditions import conditions_of, header_values
from seqzoo.zoo.note_generator.events.names import BAR, PARTS, PIANO, VOICE, kind_and_value
from seqzoo.zoo.note_generator.events.transposed_pitch import semitones_above_written
from seqzoo.zoo.note_generator.events.vocabulary import remi, vocabulary


def encode(midi: bytes) -> list[int]:
    """Returns the event ids of a Standard MIDI File; none for empty bytes, the empty score."""
    if not midi:
        return []
    score = from_midi(midi)
    header = conditions_of(score)
    above = semitones_above_written(header_values(header)[0])
    for time_signature in score.time_signatures:
        time_signature.numerator, time_signature.denominator = _in_quarters(
            time_signature.numerator, time_signature.denominator
        )
    piano, voice = song_parts(score)
    score.tracks = [
        _part(program, notes, above) for program, notes in ((VOICE, voice), (PIANO, piano)) if notes
    ]
    events = _without_programs(remi().encode(score).tokens)
    return [vocabulary()[name] for name in (*header, *events)]


def _without_programs(names):
    """Merges miditok's program events into the pitch events."""
    for name in names:
        kind, value = kind_and_value(name)
        if kind == "Program":
            part = PARTS[int(value)]
        else:
            yield f"{part}_{value}" if kind == "Pitch" else name


def _with_programs(names):
    """Splits pitch events into program and pitch events; the inverse of `_without_programs`."""
    yield f"Program_{PIANO}"  # miditok fails on an empty sequence
    for name in names:
        kind, value = kind_and_value(name)
        if kind in PARTS:
            yield from (f"Program_{PARTS.index(kind)}", f"Pitch_{value}")
        else:
            yield name


def _in_quarters(numerator, denominator):
    """Converts time signatures in whole or half notes to quarters: 2/2 becomes 4/4."""
    return max(numerator, numerator * 4 // denominator), max(denominator, 4)


def _part(program, notes, above):
    track = symusic.Track(program=program, is_drum=False)
    for note in _on_the_keys(notes):
        duration = note.end - note.onset
        track.notes.append(symusic.Note(note.onset, duration, note.pitch - above, 64))
    return track


def _on_the_keys(notes):
    return [note for note in notes if LOWEST <= note.pitch <= HIGHEST]


def decode(ids: Sequence[int]) -> symusic.Score:
    """Returns the score of event ids; events that are invalid in their context are skipped."""
    names = list(vocabulary())
    key, tempo = header_values([names[i] for i in ids])
    events = _with_programs(names[i] for i in ids if i >= _first_event())
    score = remi().decode([remi().vocab[name] for name in events])
    score = score.resample(TICKS_PER_QUARTER, min_dur=1)
    above = semitones_above_written(key)
    parts: dict[int, list[PianoNote]] = {VOICE: [], PIANO: []}
    for track in score.tracks:
        written = song_parts(_alone(score, track)).piano
        sounding = [note._replace(pitch=note.pitch + above) for note in written]
        parts[track.program] += _on_the_keys(sounding)
    time_signatures = [
        TimeSignature(s.time, s.numerator, s.denominator) for s in score.time_signatures
    ]
    return piano_score(parts[PIANO], time_signatures, tempo, voice=parts[VOICE], key=key)


def _alone(score, track):
    alone = symusic.Score(score.ticks_per_quarter)
    alone.tracks.append(track)
    return alone


def _first_event() -> int:
    return vocabulary()[BAR]
