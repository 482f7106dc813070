"""Beam search against all sequences that there are, sampling against their probabilities."""

import itertools

import numpy as np
import pytest
import tensorflow as tf

from seqzoo.zoo.generation.beam_search import beam_search
from seqzoo.zoo.generation.masking import IMPOSSIBLE
from seqzoo.zoo.generation.sampling import sample_sequences

END, WORDS, MAX_LENGTH = 2, (3, 4, 5), 4
VOCABULARY = 6


@pytest.fixture(scope="module")
def steps():
    """Log-probabilities of the next token after every token, of two images: a Markov chain."""
    logits = np.random.default_rng(7).normal(size=(2, VOCABULARY, VOCABULARY)) * 2
    logits[:, :, :2] = IMPOSSIBLE
    return (logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))).astype("float32")


def advance(tokens, states):
    """The state of a row is the chain of its image."""
    return tf.gather(states, tokens, batch_dims=1), states


def search(steps, beam_width, length_penalty=1.0, no_repeat_ngram_size=0):
    function = tf.function(
        lambda states, width: beam_search(
            states,
            tf.constant(2),
            advance,
            width,
            MAX_LENGTH,
            END,
            length_penalty,
            no_repeat_ngram_size,
        ),
        input_signature=[
            tf.TensorSpec([None, VOCABULARY, VOCABULARY]),
            tf.TensorSpec([], tf.int32),
        ],
        autograph=False,
    )
    tokens, scores = function(tf.constant(steps), tf.constant(beam_width))
    return tokens.numpy(), scores.numpy()


def total(chain, caption):
    """The log-probability of a caption with its end; the end starts it, too."""
    path = (END, *caption, END)
    return sum(float(chain[a, b]) for a, b in itertools.pairwise(path))


def all_captions():
    for length in range(1, MAX_LENGTH + 1):
        yield from itertools.product(WORDS, repeat=length)


def words(row):
    return tuple(int(token) for token in row if token)


def repeats(caption, size):
    grams = [caption[start : start + size] for start in range(len(caption) - size + 1)]
    return len(set(grams)) < len(grams)


@pytest.mark.parametrize("size", [1, 2, 3])
def test_a_beam_finds_the_best_of_all_captions_without_repeated_ngrams(steps, size):
    tokens, _ = search(steps, 200, length_penalty=0.0, no_repeat_ngram_size=size)
    for chain, found in zip(steps, tokens, strict=True):
        expected = [caption for caption in all_captions() if not repeats(caption, size)]
        written = [words(row) for row in found if row.any()]
        # Two captions may have the same steps, and so the same probability.
        assert sorted(written) == sorted(expected)
        totals = [total(chain, caption) for caption in written]
        np.testing.assert_allclose(totals, sorted(totals, reverse=True), rtol=1e-5)


@pytest.mark.parametrize("size", [1, 2])
def test_samples_have_no_repeated_ngrams(steps, size):
    count = 400
    uniform = np.random.default_rng(1).random((MAX_LENGTH + 1, count)).astype("float32")
    tokens, _ = sample_sequences(
        tf.constant(np.repeat(steps[:1], count, axis=0)),
        tf.constant(2),
        advance,
        lambda index: tf.gather(tf.constant(uniform), index),
        tf.constant(1.0),
        MAX_LENGTH,
        END,
        size,
    )
    found = {words(row) for row in tokens.numpy()}
    assert not any(repeats(caption, size) for caption in found)
    # Longer ones are among them, which a chain of three words would often repeat.
    assert any(len(caption) >= 3 for caption in found)


def test_a_beam_with_room_for_all_captions_finds_the_best_of_all(steps):
    tokens, scores = search(steps, 121)
    for chain, found, found_scores in zip(steps, tokens, scores, strict=True):
        captions = [words(row) for row in found[:120]]
        assert set(captions) == set(all_captions())
        expected = [total(chain, caption) / (len(caption) + 1) for caption in captions]
        np.testing.assert_allclose(found_scores[:120], expected, rtol=1e-5)
        assert (np.diff(found_scores) <= 0).all()


@pytest.mark.parametrize("length_penalty", [0.0, 0.7, 2.5])
def test_captions_are_ranked_by_the_length_penalty(steps, length_penalty):
    """And have the scores that they have without one."""
    tokens, scores = search(steps, 121, length_penalty)
    for chain, found, found_scores in zip(steps, tokens, scores, strict=True):
        captions = [words(row) for row in found[:120]]
        totals = np.array([total(chain, caption) for caption in captions])
        lengths = np.array([len(caption) + 1 for caption in captions])
        np.testing.assert_allclose(found_scores[:120], totals / lengths, rtol=1e-5)
        ranks = totals / lengths**length_penalty
        # Up to rounding in float32.
        assert (np.diff(ranks) <= 1e-5 * np.abs(ranks[1:])).all()
        assert (np.diff(totals / lengths) > 1e-3).any()
        assert words(found[120]) == ()


def test_places_without_a_caption_are_empty(steps):
    tokens, scores = search(steps, 121)
    assert not tokens[:, 120].any()
    assert (scores[:, 120] <= IMPOSSIBLE / 2).all()


def test_a_beam_of_one_takes_the_likeliest_word_each_time(steps):
    tokens, scores = search(steps, 1)
    for chain, (found,), (score,) in zip(steps, tokens, scores, strict=True):
        caption = [int(np.argmax(np.where(np.arange(VOCABULARY) == END, -np.inf, chain[END])))]
        while len(caption) < MAX_LENGTH and (best := int(np.argmax(chain[caption[-1]]))) != END:
            caption.append(best)
        assert words(found) == tuple(caption)
        assert score == pytest.approx(total(chain, caption) / (len(caption) + 1), rel=1e-5)


@pytest.mark.parametrize("beam_width", [2, 3, 7])
def test_a_narrow_beam_is_that_of_plain_python(steps, beam_width):
    """Compared by their scores, since some captions are exactly as likely as others."""
    tokens, scores = search(steps, beam_width)
    for chain, found, found_scores in zip(steps, tokens, scores, strict=True):
        expected = [total(chain, c) / (len(c) + 1) for c in plain_beam(chain, beam_width)]
        np.testing.assert_allclose(found_scores, expected, rtol=1e-5)
        own = [total(chain, words(row)) / (len(words(row)) + 1) for row in found]
        np.testing.assert_allclose(found_scores, own, rtol=1e-5)


def plain_beam(chain, beam_width):
    """Sutskever, Vinyals & Le (2014): what ends leaves the beam, which becomes narrower."""
    alive, ended = [((), 0.0)], []
    for index in range(MAX_LENGTH + 1):
        candidates = []
        for caption, value in alive:
            last = caption[-1] if caption else END
            allowed = WORDS if index == 0 else (END,) if index == MAX_LENGTH else (END, *WORDS)
            candidates += [((*caption, token), value + chain[last, token]) for token in allowed]
        candidates.sort(key=lambda each: -each[1])
        kept = candidates[: beam_width - len(ended)]
        ended += [(caption[:-1], value) for caption, value in kept if caption[-1] == END]
        alive = [(caption, value) for caption, value in kept if caption[-1] != END]
    ended.sort(key=lambda each: -each[1] / (len(each[0]) + 1))
    return [caption for caption, _ in ended]


def test_images_of_a_batch_do_not_touch_each_other(steps):
    together, scores = search(steps, 5)
    for index in range(2):
        alone, alone_scores = search(steps[index : index + 1], 5)
        np.testing.assert_array_equal(alone[0], together[index])
        np.testing.assert_array_equal(alone_scores[0], scores[index])


def draw(steps, rows, temperature, seed=0):
    generator = np.random.default_rng(seed)
    noise = tf.constant(generator.random((MAX_LENGTH + 1, rows)), tf.float32)
    tokens, scores = sample_sequences(
        tf.repeat(steps[:1], rows, axis=0),
        tf.constant(2),
        advance,
        lambda index: noise[index],
        tf.constant(temperature, tf.float32),
        MAX_LENGTH,
        END,
    )
    return tokens.numpy(), scores.numpy()


def test_captions_are_drawn_as_often_as_they_are_likely(steps):
    """First words, whose share has a standard error of at most 0.5 / sqrt(20,000) = 0.0035."""
    tokens, _ = draw(steps, 20_000, 1.0)
    first = np.exp(steps[0, END, 3:])
    shares = np.bincount(tokens[:, 0], minlength=VOCABULARY)[3:] / len(tokens)
    np.testing.assert_allclose(shares, first / first.sum(), atol=5 * 0.0035)


def test_drawn_captions_have_the_score_of_their_words(steps):
    tokens, scores = draw(steps, 50, 2.0)
    for row, score in zip(tokens, scores, strict=True):
        caption = words(row)
        assert score == pytest.approx(total(steps[0], caption) / (len(caption) + 1), rel=1e-4)


def test_at_temperature_zero_the_draw_is_greedy(steps):
    tokens, scores = draw(steps, 3, 0.0)
    greedy, greedy_scores = search(steps, 1)
    assert {words(row) for row in tokens} == {words(greedy[0, 0])}
    np.testing.assert_allclose(scores, greedy_scores[0, 0], rtol=1e-5)
