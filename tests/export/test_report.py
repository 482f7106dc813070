import numpy as np
import pytest

from seqzoo.export.report import largest_difference


@pytest.mark.parametrize(
    ("expected", "received", "difference"),
    [
        ([0.5, 1.0], [0.5, 1.0], 0),
        ([0.5, 1.0], [0.5, 0.75], 0.25),
        ([100.0], [101.0], 0.01),
        ([1.0], [np.nan], np.inf),
        ([1.0], [[1.0]], np.inf),
        ([], [], 0),
    ],
)
def test_largest_difference(expected, received, difference):
    expected, received = np.array(expected, "float32"), np.array(received, "float32")
    assert largest_difference(expected, received) == pytest.approx(difference)


def test_of_integers_and_text_the_share_that_is_not_equal():
    assert largest_difference(np.array([3, 4]), np.array([3, 4])) == 0
    assert largest_difference(np.array([3, 4]), np.array([3, 5])) == 0.5
    assert largest_difference(np.array([3, 4]), np.array([3.0, 4.0])) == np.inf
    texts = [np.array(text, object) for text in ([b"a", b"b", b"c"], [b"a", b"x", b"y"])]
    assert largest_difference(*texts) == pytest.approx(2 / 3)
