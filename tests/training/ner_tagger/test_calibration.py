"""Temperatures of chains whose temperature is known."""

import itertools

import numpy as np
import pytest
import tensorflow as tf

from seqzoo.training.ner_tagger.calibration import (
    draw_reliability,
    fitted_temperature,
    reliability_of,
)


class ChainSource:
    """Stands for a tagger: potentials, and tags that are drawn from them at a temperature."""

    def __init__(self, temperature, chains=4000, time=4, tags=3):
        rng = np.random.default_rng(11)
        self.potentials = rng.normal(0, 2, (chains, time, tags, tags)).astype("float32")
        paths = np.array(list(itertools.product(range(tags), repeat=time)))
        # The first step has no tag before it: as the layer does, row 0 stands for the start.
        before = np.concatenate([np.zeros_like(paths[:, :1]), paths[:, :-1]], axis=1)
        self.potentials[:, 0] = self.potentials[:, 0, :1]
        scores = self.potentials[:, np.arange(time), before, paths].sum(axis=-1)
        gumbel = rng.gumbel(size=scores.shape)
        self.tags = paths[np.argmax(scores / temperature + gumbel, axis=1)].astype("int32")

    def __call__(self, inputs, training=None):
        return tf.gather(self.potentials, inputs)

    def batches(self, sentences, tags, batch_size=None):
        half = len(self.tags) // 2
        for rows in (np.arange(half), np.arange(half, len(self.tags))):
            # A row of padding weighs nothing, whatever it holds.
            padded = np.append(rows, rows[0])
            weights = np.append(np.ones(len(rows)), 0).astype("float32")
            tags = np.concatenate([self.tags[rows], self.tags[rows[:1]]])
            yield tf.constant(padded), tf.constant(tags), tf.constant(weights)


@pytest.mark.parametrize("temperature", [0.6, 1.0, 2.5])
def test_finds_the_temperature_that_tags_were_drawn_at(temperature):
    # The standard error of 4000 chains is about 2 %; the search adds as much.
    found = fitted_temperature(ChainSource(temperature), [], [])
    assert abs(np.log(found / temperature)) < 0.08


def test_reliability():
    found = [(True, 0.91), (False, 0.97), (True, 1.0), (True, 0.96), (False, 0.1), (True, 0.3)]
    reliability = reliability_of(found)
    assert reliability.counts.tolist() == [1, 1, 4]
    np.testing.assert_allclose(reliability.right, [0, 1, 0.75])
    np.testing.assert_allclose(reliability.scores, [0.1, 0.3, 0.96])
    assert reliability.error == pytest.approx((0.1 + 0.7 + 4 * 0.21) / 6)
    assert reliability_of([]).error == 0


def test_the_picture_says_how_far_scores_are_off(tmp_path):
    found = {"as it is": reliability_of([(True, 0.9), (False, 0.4)])}
    draw_reliability(found, "A tagger", tmp_path / "reliability.png")
    assert (tmp_path / "reliability.png").read_bytes().startswith(b"\x89PNG")
