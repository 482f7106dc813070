"""Copies between data sets: texts that are the same in lower case."""

import hypothesis
import hypothesis.strategies as st
import pytest

from seqzoo.training.data.leaks import Keyed, keyed_by, without_leaks
from seqzoo.training.data.splits import SPLITS, Splits, split_by_key

LETTERS = st.lists(st.sampled_from("aAbBcCdD"), max_size=4)
DATA_SETS = st.lists(st.builds(Splits, LETTERS, LETTERS, LETTERS), min_size=1, max_size=3)


def keyed(texts):
    return keyed_by(str.lower, texts)


def all_of(splits):
    return [text for split in SPLITS for text in getattr(splits, split)]


def test_copies_are_left_out_and_counted():
    first = Splits(["a", "b", "c"], ["d", "e"], ["f"], ["One file."])
    second = Splits(["D", "g"], ["A"], ["B", "E"])
    assert without_leaks([first, second], keyed, "texts") == [
        Splits(
            *(["c"], ["d"], ["f"]),
            ["One file.", "3 of 5 texts, which another of the data sets holds out."],
        ),
        Splits(
            *(["g"], ["A"], ["B", "E"]),
            ["1 of 3 texts, which another of the data sets holds out."],
        ),
    ]


def test_copies_move_to_the_split_that_holds_them_out():
    splits = Splits(["a", "b", "A", "c"], ["B", "d"], ["D", "C"])
    (moved,) = without_leaks([splits], keyed, "texts", moves_copies=True)
    assert moved == Splits(["a", "A"], ["b", "B"], ["c", "d", "D", "C"])


def test_what_cannot_be_read_is_skipped_and_said():
    def readable(texts):
        good = [text for text in texts if text.isalpha()]
        return Keyed(good, [{text} for text in good], [f"{t}?" for t in set(texts) - set(good)])

    one, other = without_leaks(
        [Splits(["a", "1"], [], []), Splits([], [], ["2"])], readable, "texts"
    )
    assert one == Splits(["a"], [], [], ["1?"])
    assert other == Splits([], [], [], ["2?"])


@hypothesis.given(DATA_SETS, st.booleans())
def test_no_data_set_learns_from_what_another_one_holds_out(data_sets, moves_copies):
    kept = without_leaks(data_sets, keyed, "texts", moves_copies)
    for index, own in enumerate(kept):
        for each in kept if moves_copies else kept[:index] + kept[index + 1 :]:
            tested, validated = (
                set(map(str.lower, split)) for split in (each.test, each.validation)
            )
            assert not tested & set(map(str.lower, own.train + own.validation))
            assert not validated & set(map(str.lower, own.train))
        if moves_copies:
            assert sorted(all_of(own)) == sorted(all_of(data_sets[index]))
        else:
            assert own.test == data_sets[index].test


@pytest.mark.parametrize("sorts", [False, True])
def test_splits_are_in_the_order_of_the_examples_or_the_keys(sorts):
    texts = [f"{letter}{number}" for number in (2, 1) for letter in "kbmcxaqzfe"]
    splits = split_by_key(texts, lambda text: text[0], sorts=sorts)
    assert sorted(all_of(splits)) == sorted(texts)
    assert {text[0] for text in splits.test} == {"a"}
    assert {text[0] for text in splits.validation} == {"b"}
    expected = sorted(splits.train, key=lambda text: text[0] if sorts else texts.index(text))
    assert splits.train == expected
    assert splits.validation == ["b2", "b1"]
