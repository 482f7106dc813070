"""Pieces of music, and their split into parts that share nothing."""

import dataclasses
import hashlib
import os
from collections.abc import Callable, Iterable
from pathlib import Path

from seqzoo.training.parts import Parts
from seqzoo.zoo.note_generator.piano_score import piano_notes
from seqzoo.zoo.note_generator.score_reader import ScoreError, from_midi, read_score, to_midi


@dataclasses.dataclass(frozen=True)
class Piece:
    """A piece of music.

    Attributes:
        name: Where it comes from.
        midi: Its score, as the bytes of a MIDI file.
    """

    name: str
    midi: bytes


def without_leaks(parts: Parts[Piece]) -> Parts[Piece]:
    """The same pieces, where copies of a held-out piece, in any key, are held out too."""
    test = {_music_key(piece) for piece in parts.test}
    validation = {_music_key(piece) for piece in parts.validation} - test
    sides: dict[str, list[Piece]] = {"train": [], "validation": [], "test": []}
    for piece in parts.train + parts.validation + parts.test:
        key = _music_key(piece)
        side = "test" if key in test else "validation" if key in validation else "train"
        sides[side].append(piece)
    return dataclasses.replace(parts, **sides)


def read_pieces(
    paths: Iterable[str | os.PathLike], on_read: Callable[[], None] = lambda: None
) -> tuple[list[Piece], list[str]]:
    """Reads score files; those that cannot be read are named and left out.

    Args:
        paths: The files.
        on_read: Called after every file.

    Returns:
        The pieces, and a sentence for every file that was left out.

    Raises:
        ScoreError: If nothing is left.
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


def split_by_piece(pieces: list[Piece], held_out: float = 0.1) -> Parts[Piece]:
    """Splits pieces into parts that share no music.

    Copies of a piece, in any key, go into one part. The split depends on the music only, not on
    file names or their order.

    Args:
        pieces: The pieces.
        held_out: Share of the validation part, and of the test part. Both get at least one
            piece where there are three, and the validation part where there are two.
    """
    groups: dict[str, list[Piece]] = {}
    for piece in pieces:
        groups.setdefault(_music_key(piece), []).append(piece)
    # The order of the keys is as good as random, and the same everywhere.
    ordered = [groups[key] for key in sorted(groups)]
    test = max(round(held_out * len(ordered)), len(ordered) > 2)
    validation = max(round(held_out * len(ordered)), len(ordered) > 1)
    parts = (ordered[test + validation :], ordered[test : test + validation], ordered[:test])
    return Parts(*([piece for group in part for piece in group] for part in parts))


def _music_key(piece: Piece) -> str:
    """A hash that copies of a piece share, in any key."""
    notes = piano_notes(from_midi(piece.midi))
    lowest = min(note.pitch for note in notes)
    music = sorted((note.onset, note.pitch - lowest, note.end - note.onset) for note in notes)
    return hashlib.sha256(repr(music).encode()).hexdigest()
