import numpy as np
import pytest

from seqzoo.core.errors import UsageError
from seqzoo.training.baselines import NGramBaseline
from seqzoo.training.data.music.scores import SCORE_SETS
from seqzoo.training.data.splits import Splits
from seqzoo.training.data.training_data import TrainingData
from seqzoo.training.note_generator.evaluation import evaluate
from seqzoo.zoo import NoteGenerator


@pytest.fixture(scope="module")
def splits(score_folder):
    return SCORE_SETS.load(score_folder)


def test_an_untrained_model_is_as_good_as_a_guess(splits):
    task = NoteGenerator.from_examples(embedding_dim=4, units=4, num_layers=1)
    result = evaluate(task, splits, training_data=TrainingData(("scores",), splits.train))
    # Weights near zero give nearly the same logits to all events that can follow.
    (ids,) = task.preprocessor.token_ids([splits.test[0].midi])
    can_follow = task.transition_mask(task.backbone.vocabulary_size)
    guess = np.log(can_follow[ids[:-1]].sum(axis=1)).mean()
    np.testing.assert_allclose(result.model, guess, rtol=0.01)
    assert result.pieces == 1
    # A melody of 18 quarter notes in 3/4: six bars of bar, time signature and three notes of three
    # events each (position, pitch, duration), the three conditions, and the end.
    assert result.events == 3 + 6 * (2 + 3 * 3) + 1
    assert result.bigram < result.unigram < result.model


def test_baselines_are_counted_on_what_the_model_was_trained_on(splits):
    task = NoteGenerator.from_examples(embedding_dim=4, units=4, num_layers=1)
    known = TrainingData(("scores", "others"), splits.train)
    # The data that is measured has a training split of its own, which nobody has seen.
    foreign = Splits(splits.test, [], splits.validation)
    counted, not_counted = evaluate(task, foreign, "all", known), evaluate(task, foreign, "all")
    sequences = [
        task.preprocessor.token_ids([piece.midi for piece in pieces])
        for pieces in (splits.train, splits.validation + splits.test)
    ]
    baseline = NGramBaseline(sequences[0], task.backbone.vocabulary_size, 5)
    np.testing.assert_allclose(counted.five_gram, baseline.loss(sequences[1], 5))
    title = "baselines counted on 6 training pieces of scores, others"
    assert counted.show("home").title.endswith(f"home: 2 pieces, {counted.events} events; {title}")
    assert counted.model == not_counted.model
    assert not_counted.five_gram is not_counted.bigram is not_counted.unigram is None
    assert "no baselines, as the training data is not known" in not_counted.show("home").title
    assert not_counted.show("home").row_count == 1


def test_an_empty_split_is_refused(splits):
    task = NoteGenerator.from_examples(embedding_dim=4, units=4, num_layers=1)
    with pytest.raises(UsageError, match="no test split"):
        evaluate(task, type(splits)(splits.train, [], []))
