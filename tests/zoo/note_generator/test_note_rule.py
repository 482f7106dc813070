import keras
import keras_nlp
import numpy as np
import pytest

from seqzoo.training.music.datasets import load_all
from seqzoo.zoo.base.drawing_rule import demands_behind
from seqzoo.zoo.note_generator import Conditions, NoteGenerator, NoteTokenizer
from seqzoo.zoo.note_generator.event_names import PARTS, beats_of_bar, kind_and_value
from seqzoo.zoo.note_generator.note_rule import note_rule

NAMES = NoteTokenizer().get_vocabulary()
SONG = ("BOS_None", "Ensemble_VoiceAndPiano", "Key_E-major", "Tempo_96", "Bar_None", "TimeSig_3/4")


def refused(*events, compass=(60, 79)):
    """The names of the events that cannot be drawn behind others."""
    rule = note_rule(NAMES, compass)
    ids = np.array([[NAMES.index(name) for name in events]], "int32")
    drawable = np.asarray(rule.drawable(demands_behind(rule, ids, len(events))))[0]
    return {name for name, can_be in zip(NAMES, drawable, strict=True) if not can_be}


def named(kind, among=lambda value: True):
    split = map(kind_and_value, NAMES)
    return {f"{k}_{value}" for k, value in split if k == kind and among(int(value))}


def test_before_the_first_bar_nothing_is_refused():
    assert refused("BOS_None", "Ensemble_Piano") == set()


def test_a_voice_keeps_to_its_compass_as_it_sounds():
    # E major sounds four semitones above what is written.
    found = refused(*SONG, "Position_0", compass=(62, 63))
    assert found & named("Voice") == named("Voice", lambda pitch: pitch not in (58, 59))


def test_what_was_sung_beyond_the_compass_can_be_sung_again():
    found = refused(*SONG, "Position_0", "Voice_50", "Duration_1.0.12", "Position_1")
    assert found & named("Voice") == named("Voice", lambda pitch: not 50 <= pitch <= 75)


def test_positions_ascend_to_the_end_of_the_bar():
    behind = (*SONG, "Position_12", "Piano_60", "Duration_1.0.12")
    assert refused(*behind) & named("Position") == named("Position", lambda p: not 13 <= p < 36)
    new_bar = refused(*behind, "Bar_None", "TimeSig_2/4")
    assert new_bar & named("Position") == named("Position", lambda position: position >= 24)


def test_of_notes_together_the_voice_is_first_and_pitches_ascend():
    notes = (*SONG, "Position_0", "Voice_70", "Duration_1.0.12")
    assert named("Voice", lambda pitch: pitch <= 70) <= refused(*notes)
    assert not refused(*notes) & named("Piano")
    notes += ("Piano_48", "Duration_1.0.12")
    assert named("Voice") <= refused(*notes)
    assert refused(*notes) & named("Piano") == named("Piano", lambda pitch: pitch <= 48)
    # At another position notes begin anew.
    assert not refused(*notes, "Position_12") & named("Piano")


@pytest.mark.parametrize("name", ["bach-chorales", "schubert-lindenbaum"])
def test_music_as_it_is_written_keeps_the_rule(name):
    rule = note_rule(NAMES, (21, 108))
    tokenizer = NoteTokenizer()
    for piece in load_all([name]).train[:20]:
        demands = rule.begin(1)
        for token_id in np.asarray(tokenizer(piece.midi)):
            assert np.asarray(rule.drawable(demands))[0, token_id], NAMES[token_id]
            demands = rule.behind(demands, np.array([token_id]))


@pytest.mark.parametrize("sampler", ["random", "beam"])
def test_every_bar_is_complete_and_in_order_whatever_was_learned(sampler):
    keras.utils.set_random_seed(6)
    task = NoteGenerator.from_sizes(embedding_dim=8, units=16, num_layers=1)
    sampler = (
        keras_nlp.samplers.BeamSampler(num_beams=2)
        if sampler == "beam"
        else keras_nlp.samplers.RandomSampler(seed=3)
    )
    task.compile(sampler=sampler)
    openings = [Conditions(metre="2/4"), Conditions(key="A major", metre="6/8", voice=False)]
    prompt = task.preprocessor.generate_preprocess(openings, sequence_length=400)
    drawn = task.make_generate_function()(prompt, stop_token_ids=None)
    for row in np.asarray(drawn["token_ids"]):
        assert_in_order([kind_and_value(NAMES[token_id]) for token_id in row])


def assert_in_order(events):
    """What the rule demands, said once more and in another way: by the onsets of notes."""
    bars, onset = [], None
    for kind, value in events:
        if kind == "Bar":
            bars.append([])
        elif kind == "TimeSig":
            end = 12 * beats_of_bar(value)
        elif kind == "Position":
            assert int(value) < end
            onset = int(value)
        elif kind in PARTS:
            bars[-1].append((onset, PARTS.index(kind), int(value)))
    assert sum(map(len, bars)) > 20
    for notes in bars:
        assert notes == sorted(set(notes))
