"""Writes scores as MIDI and MusicXML files."""

import os
from collections.abc import Sequence
from pathlib import Path

import symusic

from seqzoo.core.atomic import atomic_file
from seqzoo.zoo.music.chord_symbols import PlacedChord
from seqzoo.zoo.music.reader import to_midi


def write_midi(score: symusic.Score, path: str | os.PathLike) -> None:
    """Writes the piano reduction of a score as a Standard MIDI File; see `read_score`.

    Args:
        score: The score.
        path: The file; written atomically, replacing an older one.

    Raises:
        OSError: If the file cannot be written; no partial file remains.
        ScoreError: If a note lies before the start or after 100,000 quarter notes.
    """
    with atomic_file(path) as written:
        # symusic's own writer does not detect a full disk.
        written.write_bytes(to_midi(score))


def write_musicxml(
    score: symusic.Score,
    path: str | os.PathLike,
    composer: str | None = None,
    chords: Sequence[PlacedChord] = (),
) -> None:
    """Writes a score as MusicXML: a piano score with a staff for each hand.

    Notes are quantized to twelve steps per quarter note, which represents sixteenths and triplets.
    The title is the name of the reduction, or else of the file. The key is that of the score, or
    else estimated. All bars are complete, except those that a new time signature shortens. The
    voices of the piano are numbered by staff: the upper staff has 1 to 4, the lower one 5 and up.

    Args:
        score: The score.
        path: The file (.musicxml); written atomically, replacing an older one.
        composer: The composer line. Defaults to none.
        chords: Chord symbols above the upper staff. Defaults to none.

    Raises:
        OSError: If the file cannot be written; no partial file remains.
        ScoreError: If a note lies before the start or after 100,000 quarter notes.
    """
    # Importing music21 is slow, and MIDI does not need it.
    from seqzoo.zoo.music.musicxml.writer import musicxml

    data = musicxml(score, Path(path).stem, composer, chords)
    with atomic_file(path) as written:
        written.write_bytes(data)
