"""Which epoch of a run counts as the best."""

import math

import pytest

from seqzoo.training.recipe import Recipe
from seqzoo.training.runs.folder import Progress


def progress_of(scores, losses, higher_is_better=True):
    history = [
        {"val_score": score, "val_loss": loss} for score, loss in zip(scores, losses, strict=True)
    ]
    return Progress("val_score", higher_is_better, history)


@pytest.mark.parametrize(
    ("scores", "losses", "higher_is_better", "best"),
    [
        ([], [], True, 0),
        ([0.1, 0.3, 0.2], [3.0, 2.0, 1.0], True, 2),
        ([0.1, 0.3, 0.2], [1.0, 2.0, 3.0], False, 1),
        # A tagger that finds nothing yet: the loss tells that it learns.
        ([0.0, 0.0, 0.0], [3.0, 1.0, 2.0], True, 2),
        ([0.5, 0.5], [1.0, 1.0], True, 1),
        ([math.nan, 0.0], [1.0, 2.0], True, 2),
        ([math.nan, 4.0], [1.0, 2.0], False, 2),
        ([0.0, 0.0], [math.nan, 2.0], True, 2),
    ],
)
def test_the_best_epoch(scores, losses, higher_is_better, best):
    assert progress_of(scores, losses, higher_is_better).best_epoch == best


@pytest.mark.parametrize(
    ("scores", "finished"),
    [
        ([], False),
        ([0.3], False),
        # Two epochs without a better score are as many as the patience.
        ([0.3, 0.2], False),
        ([0.3, 0.2, 0.1], True),
        ([0.3, 0.2, 0.4], False),
        # All epochs are done.
        ([0.1, 0.2, 0.3, 0.4, 0.5], True),
    ],
)
def test_a_run_ends_when_its_score_no_longer_improves(scores, finished):
    recipe = Recipe("note-generator", ("data",), epochs=5, patience=2)
    assert progress_of(scores, [1.0] * len(scores)).is_finished(recipe) == finished
