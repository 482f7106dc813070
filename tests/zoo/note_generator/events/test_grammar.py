import keras
import numpy as np
import pytest

from seqzoo.training.data.music.scores import SCORE_SETS
from seqzoo.zoo import NoteGenerator
from seqzoo.zoo.note_generator import NoteTokenizer
from seqzoo.zoo.note_generator.backbone import NoteGeneratorBackbone
from seqzoo.zoo.note_generator.events.grammar import transition_mask

NAMES = NoteTokenizer().get_vocabulary()


def follows(first, second):
    return transition_mask(NAMES)[NAMES.index(first), NAMES.index(second)]


@pytest.mark.representative("schubert-lindenbaum")
@pytest.mark.parametrize("name", ["bach-chorales", "schubert-lindenbaum"])
def test_whatever_people_wrote_can_be_written(name):
    pieces = SCORE_SETS.load_all([name]).train
    can_follow = transition_mask(NAMES)
    task = NoteGenerator.from_examples(embedding_dim=2, units=2, num_layers=1)
    for ids in task.preprocessor.token_ids([piece.midi for piece in pieces]):
        assert can_follow[ids[:-1], ids[1:]].all()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("BOS_None", "Bar_None"),
        ("Bar_None", "Position_0"),
        ("TimeSig_3/4", "Piano_60"),
        ("Position_0", "Position_12"),
        ("Position_12", "TimeSig_3/4"),
        ("Piano_60", "Voice_64"),
        ("Duration_1.0.12", "Duration_1.0.12"),
    ],
)
def test_what_makes_no_sense_cannot(first, second):
    assert not follows(first, second)


@pytest.mark.slow
def test_an_untrained_network_writes_well_formed_pieces():
    keras.utils.set_random_seed(1)
    task = NoteGenerator.from_examples(embedding_dim=8, units=8, num_layers=1)
    task.compile(sampler="random")
    prompt = task.preprocessor.generate_preprocess([b""] * 8, sequence_length=200)
    rows = np.asarray(task.generate_step(prompt)["token_ids"])
    assert transition_mask(NAMES)[rows[:, :-1], rows[:, 1:]].all()


def test_a_network_of_another_vocabulary_has_no_rule():
    backbone = NoteGeneratorBackbone(vocabulary_size=7, embedding_dim=2, units=2, num_layers=1)
    task = NoteGenerator(backbone)
    token_ids = np.arange(7)[None]
    logits = task({"token_ids": token_ids, "padding_mask": token_ids >= 0})
    assert np.abs(logits).max() < 100
