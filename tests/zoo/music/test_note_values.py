import itertools
import random

import pytest

from seqzoo.zoo.music.musicxml.note_values import regions, time_signature_levels, values
from seqzoo.zoo.music.score import metrical_beats

ABBREVIATED = {
    "breve": "2",
    "whole": "1",
    "half": "1/2",
    "quarter": "1/4",
    "eighth": "1/8",
    "16th": "1/16",
    "32nd": "1/32",
}


def written(time_signature, *lengths, length=None):
    """The values of one voice: lengths in twelfths of a quarter, rests as negative ones."""
    numerator, denominator = map(int, time_signature.split("/"))
    ends = list(itertools.accumulate(map(abs, lengths)))
    spans = [(end - abs(n), end, n < 0) for n, end in zip(lengths, ends, strict=True)]
    levels = time_signature_levels(numerator, denominator)
    within = regions(length or levels[0], spans, levels)
    return [
        " ".join(
            ABBREVIATED[value.type]
            + "." * value.dots
            + (
                "[" * value.triplet.starts + "3" + "]" * value.triplet.stops
                if value.triplet
                else ""
            )
            for value in values(start, end, within, levels, is_rest)
        )
        for start, end, is_rest in spans
    ]


@pytest.mark.parametrize(
    ("numerator", "denominator", "beats"),
    [(4, 4, 4), (2, 4, 2), (3, 8, 3), (12, 8, 4), (9, 16, 3), (6, 4, 2), (6, 2, 6)],
)
def test_beats_of_compound_metres_are_dotted(numerator, denominator, beats):
    assert metrical_beats(numerator, denominator) == beats


@pytest.mark.parametrize(
    ("time_signature", "lengths", "expected"),
    [
        ("4/4", (48,), ["1"]),
        ("4/4", (36, 12), ["1/2.", "1/4"]),
        ("4/4", (9, 3, 18, 6, 6, 6), ["1/8.", "1/16", "1/4 1/8", "1/8", "1/8", "1/8"]),
        # Off the beat: a quarter may hide one beat, but not the middle of the bar.
        ("4/4", (6, 12, 12, 12, 6), ["1/8", "1/4", "1/8 1/8", "1/4", "1/8"]),
        ("4/4", (12, 24, 12), ["1/4", "1/2", "1/4"]),
        ("4/4", (30, 18), ["1/2 1/8", "1/4."]),
        ("4/4", (42, 6), ["1/2 1/4.", "1/8"]),
        ("3/4", (36,), ["1/2."]),
        ("3/4", (6, 30), ["1/8", "1/8 1/2"]),
        ("6/8", (18, 18), ["1/4.", "1/4."]),
        ("6/8", (12, 12, 12), ["1/4", "1/8 1/8", "1/4"]),
        ("6/8", (9, 9, 18), ["1/8.", "1/8.", "1/4."]),
        ("9/8", (54,), ["1/2. 1/4."]),
        ("5/4", (60,), ["1 1/4"]),
        ("3/16", (9,), ["1/8."]),
        ("4/2", (96,), ["2"]),
    ],
)
def test_plain_values(time_signature, lengths, expected):
    assert written(time_signature, *lengths) == expected


@pytest.mark.parametrize(
    ("time_signature", "lengths", "expected"),
    [
        ("4/4", (-12, -24, 12), ["1/4", "1/4 1/4", "1/4"]),
        ("4/4", (12, -36), ["1/4", "1/4 1/2"]),
        ("4/4", (6, -42), ["1/8", "1/8 1/4 1/2"]),
        ("6/8", (6, -30), ["1/8", "1/4 1/4."]),
        # A whole rest would be the rest of the whole bar.
        ("6/4", (-48, 24), ["1/2. 1/4", "1/2"]),
    ],
)
def test_rests(time_signature, lengths, expected):
    assert written(time_signature, *lengths) == expected


@pytest.mark.parametrize(
    ("time_signature", "lengths", "expected"),
    [
        ("2/4", (4, 4, 4, 12), ["1/8[3", "1/83", "1/83]", "1/4"]),
        ("2/4", (8, 8, 8), ["1/4[3", "1/43", "1/43]"]),
        ("2/4", (8, 4, 12), ["1/4[3", "1/83]", "1/4"]),
        ("2/4", (6, 2, 2, 2, 12), ["1/8", "1/16[3", "1/163", "1/163]", "1/4"]),
        ("2/4", (4, 4, 2, 2, 12), ["1/8[3", "1/83", "1/163", "1/163]", "1/4"]),
        # A note that ends within a triplet is tied to it.
        ("2/4", (16, 4, 4), ["1/4 1/8[3", "1/83", "1/83]"]),
        # Rests are divided at the eighth, notes are not.
        ("1/4", (-2, 2, -4, 2, -2), ["1/16[3", "1/163", "1/163] 1/16[3", "1/163", "1/163]"]),
        ("1/4", (2, 2, 4, 2, 2), ["1/16[3", "1/163", "1/83", "1/163", "1/163]"]),
        # Sixteenths next to triplets.
        ("1/4", (3, 3, 2, 4), ["1/16", "1/16", "1/16[3", "1/83]"]),
        ("1/4", (5, 7), ["1/8[3 1/323", "1/323] 1/8"]),
        ("6/8", (2, 2, 2, 12, 18), ["1/16[3", "1/163", "1/163]", "1/4", "1/4."]),
    ],
)
def test_triplets(time_signature, lengths, expected):
    assert written(time_signature, *lengths) == expected


def test_values_are_as_long_as_their_notes_and_triplets_are_complete():
    rng = random.Random(0)
    for _ in range(2000):
        levels = time_signature_levels(rng.randint(1, 12), rng.choice([1, 2, 4, 8, 16]))
        length = rng.choice([levels[0], rng.randint(1, 50)])
        cuts = sorted({0, length, *(rng.randrange(length) for _ in range(8))})
        spans = [(*span, rng.random() < 0.3) for span in itertools.pairwise(cuts)]
        within = regions(length, spans, levels)
        found = [values(start, end, within, levels, is_rest) for start, end, is_rest in spans]
        for (start, end, _), of_span in zip(spans, found, strict=True):
            assert sum(value.units for value in of_span) == end - start
        triplets = [value for of_span in found for value in of_span if value.triplet]
        filled = 0
        for value in triplets:
            assert value.triplet.starts == (filled == 0)
            filled += value.units
            assert value.triplet.stops == (filled == value.triplet.units)
            filled = 0 if value.triplet.stops else filled
