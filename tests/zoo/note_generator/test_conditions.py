import itertools

import pytest
import symusic

from seqzoo.zoo.music.score import Key
from seqzoo.zoo.note_generator import Conditions
from seqzoo.zoo.note_generator.conditions import (
    KEY_TOKENS,
    ConditionError,
    conditions_of,
    header_values,
    key_name,
    parsed_key,
)
from tests.zoo.music.scores import piano

# The signatures of the circle of fifths, as every textbook has them.
MAJOR = {"C": 0, "G": 1, "D": 2, "A": 3, "E": 4, "B": 5, "F": -1, "Bb": -2, "Eb": -3, "Ab": -4}
MINOR = {"a": 0, "e": 1, "b": 2, "f#": 3, "c#": 4, "g#": 5, "d": -1, "g": -2, "c": -3, "f": -4}


@pytest.mark.parametrize(("tonic", "fifths"), MAJOR.items())
def test_major_keys(tonic, fifths):
    assert parsed_key(f"{tonic} major") == Key(fifths, is_minor=False)


@pytest.mark.parametrize(("tonic", "fifths"), MINOR.items())
def test_minor_keys(tonic, fifths):
    assert parsed_key(f"{tonic} minor") == Key(fifths, is_minor=True)


def test_the_same_key_has_one_name():
    assert parsed_key("C# major") == parsed_key("D-flat major") == Key(-5, False)
    assert parsed_key("cb major") == parsed_key("B major")
    assert parsed_key("F-Sharp Minor") == parsed_key("f# minor") == Key(3, True)


@pytest.mark.parametrize("name", ["", "H major", "C", "C lydian", "C## major", "major"])
def test_no_key(name):
    with pytest.raises(ConditionError, match="There is no key"):
        parsed_key(name)


def test_every_key_has_its_own_event():
    keys = [Key(fifths, mode) for fifths, mode in itertools.product(range(-6, 6), [False, True])]
    assert {f"Key_{key_name(key)}" for key in keys} == set(KEY_TOKENS)
    assert len(KEY_TOKENS) == 24
    for key in keys:
        assert header_values([f"Key_{key_name(key)}"]) == (key, None)


@pytest.mark.parametrize(
    ("tempo", "event"),
    [(20, "48"), (53, "48"), (54, "60"), (120, "120"), (134, "120"), (900, "190")],
)
def test_tempos_count_as_the_nearest(tempo, event):
    assert Conditions(tempo=tempo).tokens()[2] == f"Tempo_{event}"


@pytest.mark.parametrize("tempo", [0, -60, float("inf"), float("nan")])
def test_a_tempo_must_be_positive_and_finite(tempo):
    with pytest.raises(ConditionError, match="above 0"):
        Conditions(tempo=tempo)


def test_a_score_says_its_conditions():
    score = piano((0, 57, 4), (4, 60, 4), (8, 64, 4), qpm=60)
    score.key_signatures.append(symusic.KeySignature(0, -4, 1))
    assert conditions_of(score) == ("Ensemble_Piano", "Key_F-minor", "Tempo_60")


def test_a_key_that_is_not_said_is_estimated():
    scale = piano(
        *((beat, pitch, 1) for beat, pitch in enumerate([62, 64, 66, 67, 69, 71, 73, 74]))
    )
    assert conditions_of(scale)[1] == "Key_D-major"
