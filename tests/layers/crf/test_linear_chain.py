"""Inference in linear chains, against every path counted one by one."""

import numpy as np
import pytest
import tensorflow as tf

from seqzoo.layers.crf.linear_chain import (
    NO_TAG,
    log_likelihood,
    log_partition,
    marginals,
    pairwise_marginals,
    path_score,
    viterbi,
)
from seqzoo.layers.crf.potentials import chain_potentials, present_steps
from tests.layers.crf.brute_force_chain import brute_force, every_mask, random_chain

TIME, TAGS = 4, 3
MASK = every_mask(TIME)
BATCH = len(MASK)
CHAIN = random_chain(BATCH, TIME, TAGS)
EXPECTED = brute_force(CHAIN, MASK)
LABELS = np.random.default_rng(5).integers(0, TAGS, (BATCH, TIME))

# Sums of a dozen float64 numbers of size one.
FLOAT64 = 1e-12


def potentials(chain=CHAIN, mask=MASK, dtype="float64"):
    return chain_potentials(*(tf.cast(part, dtype) for part in chain), mask=mask)


def expected_scores():
    """The scores of `LABELS`."""
    return [e.scores[tuple(LABELS[row, e.steps])] for row, e in enumerate(EXPECTED)]


def gradient(function, *tensors):
    with tf.GradientTape() as tape:
        tape.watch(tensors)
        value = function(*tensors)
    return tape.gradient(value, tensors)


def test_log_partition_under_every_mask():
    expected = [e.log_partition for e in EXPECTED]
    np.testing.assert_allclose(log_partition(potentials()), expected, atol=FLOAT64)
    assert expected[0] == 0  # the row that is all masked


def test_path_score_and_likelihood_under_every_mask():
    expected = np.array(expected_scores())
    np.testing.assert_allclose(path_score(potentials(), LABELS), expected, atol=FLOAT64)
    expected -= [e.log_partition for e in EXPECTED]
    np.testing.assert_allclose(log_likelihood(potentials(), LABELS), expected, atol=FLOAT64)


def test_best_path_under_every_mask():
    tags, scores = viterbi(potentials())
    assert tags.dtype == "int32"
    for row, e in enumerate(EXPECTED):
        best = e.best_path()
        assert tuple(tags[row].numpy()[e.steps]) == best
        np.testing.assert_allclose(scores[row], e.scores[best], atol=FLOAT64)
    np.testing.assert_array_equal(tags.numpy() == NO_TAG, ~MASK)


def test_best_path_has_the_score_it_says():
    tags, scores = viterbi(potentials())
    np.testing.assert_allclose(path_score(potentials(), tags), scores, atol=FLOAT64)


def test_of_equal_paths_the_lowest_tags_win():
    tags, _ = viterbi(tf.zeros((1, TIME, TAGS, TAGS)))
    assert not np.any(tags)


def test_marginals_under_every_mask():
    expected = [e.marginals() for e in EXPECTED]
    np.testing.assert_allclose(marginals(potentials()), expected, atol=FLOAT64)
    expected = [e.pairwise_marginals() for e in EXPECTED]
    np.testing.assert_allclose(pairwise_marginals(potentials()), expected, atol=FLOAT64)


def test_steps_that_are_present_can_be_read_from_the_potentials():
    np.testing.assert_array_equal(present_steps(potentials()), MASK)


@pytest.mark.parametrize("label", [-100, -1, 0, TAGS, 2**24])
def test_labels_at_masked_steps_do_not_matter(label):
    labels = np.where(MASK, LABELS, label)
    function = lambda p: log_likelihood(p, labels)  # noqa: E731
    np.testing.assert_array_equal(function(potentials()), log_likelihood(potentials(), LABELS))
    assert np.all(np.isfinite(gradient(function, potentials())[0]))


@pytest.mark.parametrize("label", [-1, TAGS])
def test_labels_outside_of_the_tags_are_not_taken_for_others(label):
    labels = LABELS.copy()
    labels[:, 1] = label
    np.testing.assert_array_equal(np.isnan(path_score(potentials(), labels)), MASK[:, 1])


def test_emissions_at_masked_steps_do_not_matter():
    for odd in (np.nan, np.inf, 1e30):
        chain = [np.where(MASK[..., None], CHAIN[0], odd), *CHAIN[1:]]
        np.testing.assert_array_equal(log_partition(potentials(chain)), log_partition(potentials()))
        d_emissions = gradient(
            lambda e, chain=chain: log_partition(potentials([e, *chain[1:]])),
            tf.constant(chain[0]),
        )[0]
        assert np.all(np.isfinite(d_emissions))
        assert not np.any(d_emissions.numpy()[~MASK])


def test_emissions_of_minus_infinity_forbid_a_tag():
    mask = np.ones((1, TIME), bool)
    emissions = CHAIN[0][:1].copy()
    emissions[0, 1, 2] = -np.inf
    emissions[0, 3, :2] = -np.inf
    chain = [emissions, *CHAIN[1:]]
    expected = brute_force(chain, mask)[0]
    np.testing.assert_allclose(
        log_partition(potentials(chain, mask)), [expected.log_partition], atol=FLOAT64
    )
    np.testing.assert_allclose(
        marginals(potentials(chain, mask))[0], expected.marginals(), atol=FLOAT64
    )


def test_gradients_are_those_of_finite_differences():
    """Of weighted rows, with respect to emissions, transitions, start and end."""
    weights = np.random.default_rng(8).normal(size=BATCH)

    @tf.function
    def value(*chain):
        return tf.reduce_sum(weights * log_likelihood(potentials(chain), LABELS))

    tensors = [tf.constant(part) for part in CHAIN]
    size = 1e-5  # central differences: error about size**2, and rounding 1e-15 / size
    for n, found in enumerate(gradient(value, *tensors)):
        for seed in range(3):
            direction = np.random.default_rng(seed).normal(size=found.shape)
            up, down = (
                value(*tensors[:n], tensors[n] + step * direction, *tensors[n + 1 :])
                for step in (size, -size)
            )
            expected = (up - down) / (2 * size)
            np.testing.assert_allclose(np.sum(found * direction), expected, atol=1e-7)


def test_gradient_of_log_partition_is_the_pairwise_marginals():
    """As exponential families have it; at masked steps the gradient is on the diagonal."""
    found = gradient(log_partition, potentials())[0].numpy()
    expected = np.array([e.pairwise_marginals() for e in EXPECTED])
    np.testing.assert_allclose(found[MASK], expected[MASK], atol=FLOAT64)
    np.testing.assert_allclose(found.sum(axis=(2, 3)), np.ones(MASK.shape), atol=FLOAT64)


def test_second_derivative_is_the_covariance():
    """d2 log Z / d e[s][i] d e[t][j] = p(y[s] = i, y[t] = j) - p(y[s] = i) p(y[t] = j)."""
    row = BATCH - 1
    chain = [CHAIN[0][row:], *CHAIN[1:]]
    emissions = tf.constant(chain[0])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(emissions)
        (first,) = gradient(lambda e: log_partition(potentials([e, *chain[1:]], None)), emissions)
    found = tape.jacobian(first, emissions, experimental_use_pfor=False)[0, :, :, 0]
    size = TIME * TAGS
    features = np.array([np.eye(TAGS)[list(path)].ravel() for path in EXPECTED[row].scores])
    probabilities = np.array(list(EXPECTED[row].probabilities().values()))
    mean = probabilities @ features
    expected = (features * probabilities[:, None]).T @ features - np.outer(mean, mean)
    np.testing.assert_allclose(tf.reshape(found, (size, size)), expected, atol=FLOAT64)


def test_names_of_the_tags_do_not_matter():
    """The virtual tag 0 before the first step is no tag of the model."""
    order = np.array([2, 0, 1])
    emissions, transitions, start, end = CHAIN
    renamed = potentials(
        [emissions[..., order], transitions[np.ix_(order, order)], start[order], end[order]]
    )
    np.testing.assert_allclose(
        marginals(renamed), marginals(potentials()).numpy()[..., order], atol=FLOAT64
    )
    tags = viterbi(renamed)[0].numpy()
    np.testing.assert_array_equal(np.where(MASK, order[tags], NO_TAG), viterbi(potentials())[0])


def float64_log_partition(psi):
    """One row, without any rescaling: float64 holds the sums."""
    alpha = psi[0, 0]
    for step in psi[1:]:
        alpha = np.logaddexp.reduce(alpha[:, None] + step, axis=0)
    return np.logaddexp.reduce(alpha)


@pytest.mark.slow
def test_long_sequences_with_large_potentials():
    chain = random_chain(2, 2000, 5, seed=3)
    chain = [300 * chain[0], 30 * chain[1], *chain[2:]]
    exact, rounded = potentials(chain, None), potentials(chain, None, "float32")
    run = tf.function(everything, jit_compile=True)
    best = tf.function(viterbi, jit_compile=True)(exact)[0]
    likelihood, d_potentials, partition, score, probabilities, tags, _ = run(rounded, best)
    exact_probabilities = tf.function(marginals, jit_compile=True)(exact)
    exact_score = path_score(exact, best)
    # log Z is about 1e6, of which float32 holds seven digits.
    expected = [float64_log_partition(row) for row in exact.numpy()]
    np.testing.assert_allclose(partition, expected, rtol=1e-6)
    np.testing.assert_allclose(score, exact_score, rtol=1e-6)
    np.testing.assert_array_equal(tags, best)
    # Each of 2000 differences of potentials of some hundreds has lost about 1e-5.
    np.testing.assert_allclose(likelihood, exact_score - expected, atol=5e-3)
    np.testing.assert_allclose(probabilities, exact_probabilities, atol=1e-3)
    np.testing.assert_allclose(exact_probabilities.numpy().sum(axis=2), np.ones((2, 2000)))
    assert np.all(np.isfinite(d_potentials))


def everything(psi, labels):
    """All answers, and a gradient."""
    with tf.GradientTape() as tape:
        tape.watch(psi)
        likelihood = log_likelihood(psi, labels)
    return [
        likelihood,
        tape.gradient(likelihood, psi),
        log_partition(psi),
        path_score(psi, labels),
        marginals(psi),
        *viterbi(psi),
    ]


@pytest.mark.representative("graph")
@pytest.mark.parametrize("jit_compile", [False, True], ids=["graph", "xla"])
def test_graphs_of_unknown_batch_and_time(jit_compile):
    function = tf.function(
        everything,
        input_signature=[
            tf.TensorSpec((None, None, TAGS, TAGS), "float64"),
            tf.TensorSpec((None, None), "int64"),
        ],
        jit_compile=jit_compile,
    )
    # More steps than rows, and fewer; Keras's loop is told both only when it runs.
    for mask in [MASK[-2:]] if jit_compile else [MASK[-2:], MASK]:
        psi = potentials([CHAIN[0][-len(mask) :], *CHAIN[1:]], mask)
        labels = tf.constant(LABELS[-len(mask) :])
        for found, expected in zip(function(psi, labels), everything(psi, labels), strict=True):
            np.testing.assert_allclose(found, expected, atol=FLOAT64)


@pytest.mark.parametrize("time", [1, 7])
def test_one_row(time):
    """Fewer rows than steps: no loop may mistake one for the other. And one step alone."""
    chain, mask = random_chain(1, time, 3, seed=9), np.ones((1, time), bool)
    (expected,) = brute_force(chain, mask)
    psi = potentials(chain, mask)
    np.testing.assert_allclose(log_partition(psi), [expected.log_partition], atol=FLOAT64)
    np.testing.assert_allclose(marginals(psi), [expected.marginals()], atol=FLOAT64)
    assert tuple(viterbi(psi)[0][0].numpy()) == expected.best_path()


@pytest.mark.parametrize("shape", [(2, 3, 3), (2, 4, 3, 2), (2, 4, 1, 1)], ids=str)
@pytest.mark.parametrize("function", [log_partition, marginals, viterbi])
def test_potentials_of_other_shapes_are_refused(function, shape):
    with pytest.raises(ValueError, match=r"Argument `potentials` must have .* Received: "):
        function(np.zeros(shape))


@pytest.mark.parametrize("shape", [(BATCH, TIME, 1), (BATCH, TIME + 1), (BATCH,)], ids=str)
def test_tags_of_other_shapes_are_refused(shape):
    with pytest.raises(ValueError, match=r"Argument `tags` must hold .* Received: tags.shape="):
        log_likelihood(potentials(), np.zeros(shape, int))
