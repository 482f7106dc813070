import json

import pytest

from seqzoo.errors import UsageError
from seqzoo.training.music.compositions import compose_and_compare
from seqzoo.training.music.datasets import load
from seqzoo.zoo import NoteGenerator
from tests.zoo.note_generator.conftest import note_maker  # noqa: F401


@pytest.fixture(scope="module")
def parts(score_folder):
    return load(score_folder)


def test_a_model_that_has_learned_nothing_is_further_away(note_maker, parts):  # noqa: F811
    result = compose_and_compare(note_maker, parts, "test", 4, seed=3)
    held_out, composed = result.distances["durations"]
    assert held_out < composed
    # The melodies of the data share their first twelve notes.
    (own,), shared = result.shared_notes
    assert own >= 12
    assert all(1 <= notes < 12 for notes in shared)
    again = compose_and_compare(note_maker, parts, "test", 4, seed=3)
    assert again == result
    assert json.loads(json.dumps(result.scores()))["composed"] == result.composed


def test_it_compares_with_held_out_pieces_only(parts):
    task = NoteGenerator.from_sizes(embedding_dim=4, units=4, num_layers=1)
    with pytest.raises(UsageError, match="held-out pieces, not train"):
        compose_and_compare(task, parts, "train", 4, seed=0)
