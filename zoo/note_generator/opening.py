"""The opening of a score, and what follows it."""

import symusic

from seqzoo.zoo.note_generator.piano_score import PianoNote, bars, piano_notes, piano_score


def first_bars(score: symusic.Score, count: int) -> symusic.Score:
    """The first bars of a score; notes that sound on are cut at the last bar line.

    Args:
        score: The score, as `read_score` gives it.
        count: The number of bars; a shorter score stays whole.
    """
    bar_list = bars(score)
    end = bar_list[min(count, len(bar_list)) - 1].end
    notes = [
        PianoNote(note.onset, note.pitch, min(note.end, end), note.velocity)
        for note in piano_notes(score)
        if note.onset < end
    ]
    signatures = [
        (sign.time, sign.numerator, sign.denominator)
        for sign in score.time_signatures
        if sign.time < end
    ]
    return piano_score(notes, signatures, score.tempos[0].qpm, score.tracks[0].name)
