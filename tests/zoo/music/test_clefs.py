import pytest

from seqzoo.zoo.music.musicxml.clefs import clefs


@pytest.mark.parametrize(
    ("bars", "usual", "expected"),
    [
        ([[72, 76], [], [60]], "treble", ["treble"] * 3),
        ([[46, 50, 55], [45, 50]], "treble", ["bass"] * 2),
        (
            [[72], [46, 50, 55], [46, 50, 55], [], [72, 84], [84, 88]],
            "treble",
            ["treble", "bass", "bass", "treble", "treble", "treble"],
        ),
        # A low note alone is not worth two changes.
        ([[72], [55], [72]], "treble", ["treble"] * 3),
        (
            [[40], [67, 72, 76, 79], [72, 76, 79], [40, 36]],
            "bass",
            ["bass", "treble", "treble", "bass"],
        ),
        ([[], []], "bass", ["bass"] * 2),
        ([], "bass", []),
    ],
)
def test_clefs(bars, usual, expected):
    assert clefs(bars, usual) == expected
