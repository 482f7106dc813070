"""Scores to files: MIDI, and MusicXML for a notation program."""

import os
from pathlib import Path

import symusic

from seqzoo.core.atomic import atomic_file
from seqzoo.zoo.music.reader import to_midi


def write_midi(score: symusic.Score, path: str | os.PathLike) -> None:
    """Writes the piano reduction of a score as a Standard MIDI File; see `read_score`.

    Args:
        score: The score.
        path: The file. It takes its name when it is whole; an older one is replaced.

    Raises:
        OSError: If the file cannot be written; nothing is left behind.
        ScoreError: If a note lies before the start or after 100,000 quarter notes.
    """
    with atomic_file(path) as written:
        # symusic's own writer does not notice a full disk.
        written.write_bytes(to_midi(score))


def write_musicxml(
    score: symusic.Score, path: str | os.PathLike, composer: str | None = None
) -> None:
    """Writes a score as MusicXML: a piano score on a staff for either hand.

    Notes are moved to a grid of twelve steps to a quarter note, which holds sixteenths and
    triplets. The title is the name of the only track, else that of the file; the key is that of
    the score, else it is estimated. All bars are complete, but one that a new time signature cuts
    short. Each staff of the piano has voices of its own: the upper 1 to 4, the lower from 5.

    Args:
        score: The score.
        path: The file (.musicxml). It takes its name when it is whole; an older one is replaced.
        composer: A line that names who composed the piece. Defaults to none.

    Raises:
        OSError: If the file cannot be written; nothing is left behind.
        ScoreError: If a note lies before the start or after 100,000 quarter notes.
    """
    # music21 takes a while to import; MIDI does not need it.
    from seqzoo.zoo.music.musicxml.writer import musicxml

    data = musicxml(score, Path(path).stem, composer)
    with atomic_file(path) as written:
        written.write_bytes(data)
