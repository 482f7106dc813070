import numpy as np
import pytest

from seqzoo.errors import UsageError
from seqzoo.training.music.datasets import load
from seqzoo.training.music.evaluation import evaluate
from seqzoo.zoo import NoteGenerator


@pytest.fixture(scope="module")
def parts(score_folder):
    return load(score_folder)


def test_an_untrained_model_is_as_good_as_a_guess(parts):
    task = NoteGenerator.from_sizes(embedding_dim=4, units=4, num_layers=1)
    result = evaluate(task, parts)
    # Weights near zero give nearly the same logits to all events that can follow.
    (ids,) = task.preprocessor.token_ids([parts.test[0].midi])
    can_follow = task.successors(task.backbone.vocabulary_size)
    guess = np.log(can_follow[ids[:-1]].sum(axis=1)).mean()
    np.testing.assert_allclose(result.model, guess, rtol=0.01)
    assert result.pieces == 1
    # A melody of 18 quarter notes in 3/4: six bars of bar, metre and three notes of three
    # events each (position, pitch, duration), the three conditions, and the end.
    assert result.events == 3 + 6 * (2 + 3 * 3) + 1
    assert result.bigram < result.unigram < result.model


def test_an_empty_part_is_refused(parts):
    task = NoteGenerator.from_sizes(embedding_dim=4, units=4, num_layers=1)
    with pytest.raises(UsageError, match="no test part"):
        evaluate(task, type(parts)(parts.train, [], []))
