"""Reference values of the ranking of compositions: statistics of the songs of the style.

    python benchmarks/ranking.py

Reads the first bars of the training songs of `schubert-lieder`, and prints the means and standard
deviations that `seqzoo/zoo/note_generator/composing/ranking.py` holds.
"""

import numpy as np

from seqzoo.training.model_training import training_of
from seqzoo.zoo.music.reader import from_midi
from seqzoo.zoo.music.statistics import PieceStatistics, piece_statistics
from seqzoo.zoo.note_generator.composing.ranking import EXCERPT_BARS
from seqzoo.zoo.note_generator.prompt import first_bars


def main():
    songs = training_of("note-generator").load(["schubert-lieder"]).train
    excerpts = [first_bars(from_midi(song.midi), EXCERPT_BARS) for song in songs]
    values = np.array([piece_statistics(excerpt) for excerpt in excerpts])
    rows = zip(PieceStatistics._fields, values.mean(axis=0), values.std(axis=0), strict=True)
    for name, mean, deviation in rows:
        print(f"{name:20}{mean:8.3f}{deviation:8.3f}")
    print(f"{len(excerpts)} songs, {EXCERPT_BARS} bars each")


if __name__ == "__main__":
    main()
