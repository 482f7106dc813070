"""How well the piano of `harmonise` goes with the voice.

    python benchmarks/harmonising.py PRESET [--data schubert-lieder] [--bars 32] [--seeds 1 2 3]

For the validation songs, prints the share of the voice's notes whose pitch class the piano sounds
when they begin, and the share of songs whose piano is in the key of the song, as estimated from its
notes: of the composer's piano, of the same piano against the wrong place of the voice (moved by
half the song), and of the model's with several numbers of candidates.
"""

import argparse
import statistics
import time

import keras_nlp

from seqzoo.training.data.music.pieces import Piece
from seqzoo.training.data.music.scores import SCORE_SETS
from seqzoo.zoo import NoteGenerator
from seqzoo.zoo.music.key_and_spelling import estimated_key
from seqzoo.zoo.music.reader import from_midi
from seqzoo.zoo.music.score import Key, PianoNote, key_of, song_parts
from seqzoo.zoo.note_generator import first_bars, harmonise


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("preset")
    parser.add_argument("--data", default="schubert-lieder")
    parser.add_argument("--bars", type=int, default=32)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--candidates", type=int, nargs="+", default=[1, 16])
    parser.add_argument("--temperature", type=float, default=0.9)
    given = parser.parse_args()
    task = NoteGenerator.from_preset(given.preset)
    songs = opening_bars(SCORE_SETS.load(given.data).validation, given.bars)
    print(f"{len(songs)} songs of {given.data}, the first {given.bars} bars of each")
    report("composer's piano", [(parts(song), key_of(song)) for song in songs])
    report("composer's piano, moved", [(moved(*parts(song)), key_of(song)) for song in songs])
    for candidates in given.candidates:
        start = time.perf_counter()
        found = []
        for seed in given.seeds:
            sampler = keras_nlp.samplers.TopPSampler(
                p=0.95, temperature=given.temperature, seed=seed
            )
            task.compile(sampler=sampler)
            for song in songs:
                found.append((parts(harmonise(task, song, candidates)), key_of(song)))
        seconds = (time.perf_counter() - start) / len(found)
        report(f"{candidates} candidates", found, f"{seconds:.1f} s a song")


def opening_bars(pieces: list[Piece], count: int):
    openings = [first_bars(from_midi(piece.midi), count) for piece in pieces]
    return [song for song in openings if song_parts(song).voice and key_of(song)]


def parts(song) -> tuple[list[PianoNote], list[PianoNote]]:
    piano, voice = song_parts(song)
    return piano, voice


def moved(piano, voice):
    """Moves the piano by half the song, around its end."""
    end = max(note.end for note in [*piano, *voice])
    half = end // 2
    return [
        note._replace(onset=(note.onset + half) % end, end=(note.onset + half) % end + length)
        for note in piano
        for length in [note.end - note.onset]
    ], voice


def report(name: str, songs: list[tuple[tuple[list, list], Key]], more: str = ""):
    shares = [share_in_chord(*both) for both, _ in songs]
    keys = [estimated_key(piano) == key for (piano, _), key in songs]
    modes = [estimated_key(piano, key.fifths) == key for (piano, _), key in songs]
    print(
        f"{name:25} in the chord {statistics.mean(shares):.3f} "
        f"({min(shares):.2f} to {max(shares):.2f}), key {statistics.mean(keys):.2f}, "
        f"mode {statistics.mean(modes):.2f} {more}"
    )


def share_in_chord(piano, voice) -> float:
    in_chord = [
        any(
            note.onset <= sung.onset < note.end and note.pitch % 12 == sung.pitch % 12
            for note in piano
        )
        for sung in voice
    ]
    return statistics.mean(in_chord)


if __name__ == "__main__":
    main()
