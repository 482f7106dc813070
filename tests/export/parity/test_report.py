import numpy as np
import pytest
import tensorflow as tf

from seqzoo.export import ExportError
from seqzoo.export.parity.report import check_parity, compare, largest_difference
from seqzoo.export.parity.runtimes import Artifact, KerasRuntime
from seqzoo.zoo.base.signature import Signature


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


def answering(outputs=None, **answers):
    """A signature that answers so, whatever it is asked."""
    return Signature(
        lambda x: {name: tf.constant(values) for name, values in answers.items()},
        {"x": tf.TensorSpec([None])},
        [{"x": np.zeros(1, "float32")}],
        outputs=outputs,
    )


class OtherRuntime(KerasRuntime):
    name = "Other runtime"

    def artifact(self):
        return Artifact(self.name, 0, [])


def compared(expected, received):
    return compare({"sequence": expected}, [OtherRuntime({"sequence": received})])


@pytest.mark.parametrize(
    ("received", "message"),
    [
        ({"y": [[0.5, 1.0]]}, r"'y' .*has the shape \(1, 2\), but in Keras \(2,\)"),
        ({"y": [1, 2]}, "'y' .*has the dtype int32, but in Keras float32"),
        ({"y": [0.5, np.nan]}, r"'y' .*is nan at \[1\], but in Keras 1.0"),
        ({"y": [-np.inf, 1.0]}, r"'y' .*is -inf at \[0\], but in Keras 0.5"),
        ({}, "'y' .*is missing in the runtime"),
        ({"y": [0.5, 1.0], "z": [1.0]}, "'z' .*is missing in Keras"),
        ({"y": [0.5, 1.25]}, "'y' .*differs by 0.25"),
    ],
)
def test_what_differs_is_said(received, message):
    report = compared(answering(y=[0.5, 1.0]), answering(**received))
    with pytest.raises(ExportError, match=message):
        check_parity(report)


def test_an_output_that_is_not_compared_is_an_error():
    lost = answering(outputs=["y", "z"], y=[1.0])
    with pytest.raises(ExportError, match=r"returns \['y'\], not one .* of \['y', 'z'\]"):
        compared(lost, lost)


def test_answers_of_keras_that_are_not_finite_prove_nothing():
    broken = answering(y=[1.0, np.nan])
    with pytest.raises(ExportError, match="Keras itself returns nan in output 'y'"):
        compared(broken, broken)
