import numpy as np
import pytest
import tensorflow as tf

from seqzoo.zoo.generation.sampling import sample_tokens

LOGITS = np.log([[0.5, 0.2, 0.1, 0.2], [0.05, 0.15, 0.7, 0.1]]).astype("float32")


@pytest.mark.parametrize("temperature", [0.3, 1.0, 2.5])
def test_every_token_has_its_share_of_the_numbers(temperature):
    """Of numbers spread evenly over [0, 1), a token gets as many as its probability says."""
    count = 2000
    uniform = np.tile((np.arange(count) + 0.5) / count, 2).astype("float32")
    logits = np.repeat(LOGITS, count, axis=0)
    tokens = sample_tokens(logits, tf.constant(temperature), uniform).numpy().reshape(2, count)
    weights = np.exp(LOGITS.astype(float) / temperature)
    expected = count * weights / weights.sum(axis=1, keepdims=True)
    counts = [np.bincount(row, minlength=4) for row in tokens]
    # A number at the border of two shares may fall to either.
    np.testing.assert_allclose(counts, expected, atol=1)
    # Inverse of the distribution function: a greater number never gives a smaller token.
    assert (np.diff(tokens) >= 0).all()


def test_the_likeliest_token_at_temperature_0():
    tokens = sample_tokens(LOGITS, tf.constant(0.0), np.array([0.99, 0.01], "float32"))
    assert tokens.numpy().tolist() == [0, 2]


def test_a_token_without_probability_is_never_drawn():
    logits = np.array([[-1e9, 0, -1e9, 1, -1e9]] * 3, "float32")
    uniform = np.array([0, 0.5, np.nextafter(1, 0, dtype="float32")], "float32")
    drawn = sample_tokens(logits, tf.constant(1.0), uniform).numpy()
    assert drawn.tolist() == [1, 3, 3]
