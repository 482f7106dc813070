import numpy as np
import pytest

from seqzoo.core.arguments import check_choice, check_integer, check_sizes, is_integer


@pytest.mark.parametrize("value", [1, 0, -3, 2**70, np.int64(4), np.uint8(4)])
def test_integers(value):
    assert is_integer(value)


@pytest.mark.parametrize("value", [True, np.bool_(True), 2.0, np.float32(2), "2", None, [2]])
def test_no_integers(value):
    assert not is_integer(value)


@pytest.mark.parametrize("value", [0, -1, True, 2.0, "4", None])
def test_sizes_that_are_none_are_named(value):
    check_sizes({"units": 3})
    with pytest.raises(ValueError, match=f"`keys` must be a positive .* Received: keys={value!r}"):
        check_sizes({"units": 3, "keys": value})


def test_an_integer_of_a_range_may_be_either_end():
    check_integer("length", 2, 2, 5)
    check_integer("length", 5, 2, 5)
    for value in (1, 6, True, 3.0):
        with pytest.raises(ValueError, match=f"`length` .* from 2 to 5. Received: length={value}"):
            check_integer("length", value, 2, 5)


def test_a_choice_that_is_none_names_all():
    check_choice("cell", "gru", ("lstm", "gru"))
    with pytest.raises(ValueError, match=r"one of \['gru', 'lstm'\]. Received: cell='rnn'"):
        check_choice("cell", "rnn", ("lstm", "gru"))
