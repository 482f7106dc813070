"""Transposition: the same music in another key."""

import numpy as np

from seqzoo.training.music.pieces import Piece
from seqzoo.zoo.note_generator.piano_score import HIGHEST, LOWEST, piano_notes
from seqzoo.zoo.note_generator.score_reader import from_midi, to_midi

INTERVALS = range(-5, 7)
"""In semitones: with the original, every key once."""


def intervals_of(piece: Piece) -> list[int]:
    """The intervals that keep every note of a piece on the 88 keys of a piano."""
    pitches = [note.pitch for note in piano_notes(from_midi(piece.midi))]
    return [
        interval
        for interval in INTERVALS
        if interval == 0
        or (min(pitches) + interval >= LOWEST and max(pitches) + interval <= HIGHEST)
    ]


def transpose(piece: Piece, interval: int) -> Piece:
    """A piece in another key.

    Args:
        piece: The piece.
        interval: In semitones, upwards.
    """
    score = from_midi(piece.midi).shift_pitch(interval)
    # A semitone upwards is seven fifths; signatures have six flats at most, as here.
    for signature in score.key_signatures:
        signature.key = (signature.key + 7 * interval + 6) % 12 - 6
    return Piece(f"{piece.name} {interval:+d}", to_midi(score))


def transpose_at_random(pieces: list[Piece], rng: np.random.Generator) -> list[Piece]:
    """Every piece once, each in a key of its own."""
    return [transpose(piece, int(rng.choice(intervals_of(piece)))) for piece in pieces]
