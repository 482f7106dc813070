"""Reads MusicXML and MIDI files as piano reductions."""

import os
from pathlib import Path

import symusic

from seqzoo.zoo.music.key_and_spelling import estimated_key
from seqzoo.zoo.music.midi_file import MidiFormError, standard_midi
from seqzoo.zoo.music.score import (
    LOWEST,
    TICKS_PER_QUARTER,
    ScoreError,
    can_be_played,
    key_of,
    piano_notes,
    printable,
    reduced,
)
from seqzoo.zoo.music.voices import VoiceError

__all__ = [
    "TICKS_PER_QUARTER",
    "ScoreError",
    "find_scores",
    "from_midi",
    "parse_score",
    "read_score",
    "to_midi",
]

_MUSICXML = (".mxl", ".musicxml", ".xml")
_MIDI = (".mid", ".midi")
_ACCEPTED = ", ".join((*_MUSICXML, *_MIDI))
# A long song takes 2 MB of MusicXML, which music21 reads in a second.
_SIZE_LIMIT = 50_000_000


def read_score(path: str | os.PathLike, voice_track: str | None = None) -> symusic.Score:
    """Reads a score as a piano reduction.

    The reduction has one track (program 0), named after the title or else the file, with 480 ticks
    per quarter note. Its notes are sorted by onset and pitch; drums, grace notes, cue notes and
    chord symbols are left out. Tied notes are merged, and a note ends where its pitch starts again.
    Transposing instruments and their keys are converted to sounding pitch. Time signatures are
    kept; tempo changes and repeats are not. The tempo is the one at the first note, or at the
    first bar line if an upbeat has none. The key is that of the first key signature; a missing key
    or mode is estimated.

    A voice becomes a second track. It is the only part with lyrics beside a keyboard; otherwise the
    only part with the name of a voice (melody, vocals, voz, Gesang, soprano, ...); otherwise the
    only one with a vocal MIDI program. Without lyrics, it must be monophonic, apart from short
    overlaps.

    In MusicXML, every written bar line is kept: a pickup ends at the first one, and an incomplete
    measure before a repeat is filled with silence.

    Args:
        path: A MusicXML file (.mxl, .musicxml, .xml) or a MIDI file (.mid, .midi).
        voice_track: The track or part of the voice: its name, a substring that occurs in no other
            name, or its number, counted from 1 among those with notes. Defaults to automatic
            detection.

    Raises:
        ScoreError: If the file is missing, unreadable, larger than 50 MB (compressed or not), of an
            unsupported type, without notes on the keys of a piano, or without that voice.
    """
    path = Path(path)
    if not path.exists():
        raise ScoreError(f"{path} does not exist; check the path.")
    if path.is_dir():
        raise ScoreError(f"{path} is a folder; give one of the scores in it.")
    _check_type(path)
    return parse_score(_content(path), path, voice_track)


def parse_score(
    data: bytes, name: str | os.PathLike, voice_track: str | None = None
) -> symusic.Score:
    """Reads the content of a score file; see `read_score`.

    Args:
        data: The content.
        name: The name of the file: its suffix is the type, and it is the title if there is none.
        voice_track: The track or part of the voice. Defaults to automatic detection.

    Raises:
        ScoreError: As `read_score` raises it.
    """
    path = Path(name)
    _check_type(path)
    if not data:
        raise ScoreError(f"{path} is empty; save it again from a notation program.")
    is_musicxml = path.suffix.lower() in _MUSICXML
    try:
        if is_musicxml:
            # Importing music21 is slow, and MIDI does not need it.
            from seqzoo.zoo.music.musicxml.reader import read_musicxml

            score = read_musicxml(data, _SIZE_LIMIT, voice_track)
        else:
            score = _read_midi(standard_midi(data), voice_track)
    except VoiceError as error:
        raise ScoreError(f"{path} {error}.") from error
    except ScoreError as error:
        kind = "MusicXML" if is_musicxml else "MIDI"
        raise _unreadable(path, kind, error, "save it again from a notation program") from error
    if not can_be_played(score):
        raise ScoreError(
            f"{path} has no notes on the keys of a piano; give a score with at least one."
        )
    if key_of(score) is None:
        key = estimated_key(piano_notes(score))
        score.key_signatures.append(symusic.KeySignature(0, key.fifths, int(key.is_minor)))
    score.tracks[0].name = score.tracks[0].name or printable(path.stem)
    return score


def _check_type(path: Path) -> None:
    if path.suffix.lower() not in _MUSICXML + _MIDI:
        raise ScoreError(f"{path} has an unsupported file type; give one of {_ACCEPTED}.")


def find_scores(folder: str | os.PathLike) -> list[Path]:
    """Finds all scores in a folder and its subfolders, sorted.

    Hidden files and `__MACOSX` are skipped.

    Raises:
        ScoreError: If the folder is missing or contains no scores.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise ScoreError(f"{folder} is not a folder; give a folder with scores ({_ACCEPTED}).")
    found = [
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in _MUSICXML + _MIDI
        and not any(
            part.startswith(".") or part == "__MACOSX" for part in path.relative_to(folder).parts
        )
        and path.is_file()
    ]
    if not found:
        raise ScoreError(f"{folder} has no scores; put files of {_ACCEPTED} there.")
    return sorted(found)


def to_midi(score: symusic.Score) -> bytes:
    """Serializes the piano reduction of a score to a Standard MIDI File.

    This is the form in which scores pass through `tf.data`.

    Raises:
        ScoreError: If a note lies before the start or after 100,000 quarter notes.
    """
    # MIDI cannot represent overlapping notes of one pitch; a reduction has none.
    reduction = reduced(score)
    for track in reduction.tracks[1:]:
        if not track.notes:
            # Empty tracks would be dropped: adds a note of zero length, which is not read back.
            track.notes.append(symusic.Note(0, 0, LOWEST, 1))
    return reduction.dumps_midi()


def from_midi(data: bytes) -> symusic.Score:
    """Returns the piano reduction of a Standard MIDI File, possibly without notes.

    See `read_score` for what a reduction is.

    Raises:
        ScoreError: If the bytes are not a MIDI file.
    """
    try:
        return _read_midi(standard_midi(data))
    except ScoreError as error:
        raise _unreadable("The bytes", "MIDI", error, "use to_midi") from error


def _unreadable(what: object, kind: str, error: ScoreError, advice: str) -> ScoreError:
    message = str(error) if isinstance(error, MidiFormError) else f"{error}; {advice}"
    return ScoreError(f"{what} cannot be read as {kind}: {message}.")


def _content(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > _SIZE_LIMIT:
            raise ScoreError(
                f"{path} has {size:,} bytes; give a score of at most {_SIZE_LIMIT:,} bytes."
            )
        return path.read_bytes()
    except OSError as error:
        raise ScoreError(f"{path} cannot be read ({error.strerror}); check the path.") from error


def _read_midi(data: bytes, voice_track: str | None = None) -> symusic.Score:
    try:
        score = symusic.Score.from_midi(data)
    # symusic raises RuntimeError for any invalid data.
    except RuntimeError as error:
        raise ScoreError(f"symusic says {str(error).strip()!r}") from error
    return reduced(score, voice_track)
