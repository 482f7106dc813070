import json

import pytest

from seqzoo.core.errors import UsageError
from seqzoo.training.data.music.scores import SCORE_SETS
from seqzoo.training.data.splits import Splits
from seqzoo.training.data.training_data import TrainingData
from seqzoo.training.note_generator.compositions import compose_and_compare
from seqzoo.zoo import NoteGenerator
from tests.zoo.note_generator.conftest import note_maker  # noqa: F401


@pytest.fixture(scope="module")
def splits(score_folder):
    return SCORE_SETS.load(score_folder)


def test_a_model_that_has_learned_nothing_is_further_away(note_maker, splits):  # noqa: F811
    known = TrainingData(("scores",), splits.train)
    result = compose_and_compare(note_maker, splits, "test", 4, seed=3, training_data=known)
    held_out, composed = result.distances["durations"]
    assert held_out < composed
    # The melodies of the data share their first twelve notes.
    (own,), shared = result.shared_notes
    assert own >= 12
    assert all(1 <= notes < 12 for notes in shared)
    # The training split of the data is not asked.
    others = Splits([], splits.validation, splits.test)
    again = compose_and_compare(note_maker, others, "test", 4, seed=3, training_data=known)
    assert again == result
    assert json.loads(json.dumps(result.scores()))["composed"] == result.composed


@pytest.mark.parametrize("split", ["train", "all"])
def test_it_compares_with_held_out_pieces_only(splits, split):
    task = NoteGenerator.from_examples(embedding_dim=4, units=4, num_layers=1)
    with pytest.raises(UsageError, match=f"held-out pieces, not {split}"):
        compose_and_compare(task, splits, split, 4, 0, TrainingData(("scores",), splits.train))


def test_it_does_not_guess_the_training_pieces(splits):
    task = NoteGenerator.from_examples(embedding_dim=4, units=4, num_layers=1)
    with pytest.raises(UsageError, match="name them by --baseline-data"):
        compose_and_compare(task, splits, "test", 4, 0, None)
