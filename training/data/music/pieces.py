"""Pieces of music."""

import dataclasses
import hashlib
import os
from collections.abc import Callable, Iterable
from pathlib import Path

from seqzoo.training.data.music.transposition import INTERVALS
from seqzoo.training.data.splits import Splits, split_by_key
from seqzoo.zoo.music.reader import ScoreError, from_midi, read_score, to_midi
from seqzoo.zoo.music.score import HIGHEST, LOWEST, piano_notes


@dataclasses.dataclass(frozen=True)
class Piece:
    """A piece of music.

    Attributes:
        name: Its source, such as the file name.
        midi: Its score, as the bytes of a MIDI file.
    """

    name: str
    midi: bytes

    def intervals(self) -> list[int]:
        """The transpositions of `INTERVALS` that keep every note on the 88 keys of a piano."""
        pitches = [note.pitch for note in piano_notes(from_midi(self.midi))]
        return [
            interval
            for interval in INTERVALS
            if interval == 0
            or (min(pitches) + interval >= LOWEST and max(pitches) + interval <= HIGHEST)
        ]

    def transposed(self, interval: int) -> "Piece":
        """Returns the transposed piece.

        Args:
            interval: In semitones, upwards.
        """
        score = from_midi(self.midi).shift_pitch(interval)
        # A semitone upwards is seven fifths. Key signatures have at most six flats.
        for signature in score.key_signatures:
            signature.key = (signature.key + 7 * interval + 6) % 12 - 6
        return Piece(f"{self.name} {interval:+d}", to_midi(score))


def read_pieces(
    paths: Iterable[str | os.PathLike], on_read: Callable[[], None] = lambda: None
) -> tuple[list[Piece], list[str]]:
    """Reads score files; unreadable ones are skipped and reported.

    Args:
        paths: The files.
        on_read: Called after every file.

    Returns:
        The pieces, and one sentence for every skipped file.

    Raises:
        ScoreError: If no file can be read.
    """
    pieces, skipped = [], []
    for path in paths:
        try:
            pieces.append(Piece(Path(path).name, to_midi(read_score(path))))
        except ScoreError as error:
            skipped.append(str(error))
        on_read()
    if not pieces:
        raise ScoreError(f"None of {len(skipped)} files is a score that can be read: {skipped[0]}")
    return pieces, skipped


def split_by_piece(pieces: list[Piece], held_out: float = 0.1) -> Splits[Piece]:
    """Splits pieces so that no music is in two splits.

    Duplicates of a piece, in any key, go into the same split. The split depends on the music only,
    not on file names or their order.

    Args:
        pieces: The pieces.
        held_out: Share of the validation split, and of the test split. With three or more pieces,
            both get at least one; with two, the validation split does.
    """
    return split_by_key(pieces, music_key, held_out, sorts=True)


def music_key(piece: Piece) -> str:
    """Returns a hash of the music that is the same in every key."""
    notes = piano_notes(from_midi(piece.midi))
    lowest = min(note.pitch for note in notes)
    music = sorted((note.onset, note.pitch - lowest, note.end - note.onset) for note in notes)
    return hashlib.sha256(repr(music).encode()).hexdigest()
