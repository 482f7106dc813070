import keras
import keras_nlp
import numpy as np
import pytest
import tensorflow as tf

from seqzoo.export import TFLiteFile, export_tflite
from seqzoo.training.data.music.scores import SCORE_SETS
from seqzoo.zoo.note_generator import Conditions, NoteGenerator, NoteTokenizer
from seqzoo.zoo.note_generator.constraints.note_constraint import NoteConstraint
from seqzoo.zoo.note_generator.events.names import PARTS, beats_of_bar, kind_and_value

NAMES = NoteTokenizer().get_vocabulary()
SONG = ("BOS_None", "Ensemble_VoiceAndPiano", "Key_E-major", "Tempo_96", "Bar_None", "TimeSig_3/4")


def refused(*events, vocal_range=(60, 79), metre_changes=False):
    """The names of the events that cannot be drawn after others."""
    constraint = NoteConstraint(NAMES, vocal_range, metre_changes)
    ids = np.array([[NAMES.index(name) for name in events]], "int32")
    drawable = np.asarray(constraint.allowed_tokens(constraint.advance_all(ids)))[0]
    return {name for name, can_be in zip(NAMES, drawable, strict=True) if not can_be}


def named(kind, among=lambda value: True):
    split = map(kind_and_value, NAMES)
    return {f"{k}_{value}" for k, value in split if k == kind and among(int(value))}


def test_before_the_first_bar_nothing_is_refused():
    assert refused("BOS_None", "Ensemble_VoiceAndPiano") == set()


def test_a_voice_keeps_to_its_vocal_range_as_it_sounds():
    # E major sounds four semitones above what is written.
    found = refused(*SONG, "Position_0", vocal_range=(62, 63))
    assert found & named("Voice") == named("Voice", lambda pitch: pitch not in (58, 59))


def test_what_was_sung_beyond_the_vocal_range_can_be_sung_again():
    found = refused(*SONG, "Position_0", "Voice_50", "Duration_1.0.12", "Position_12")
    assert found & named("Voice") == named("Voice", lambda pitch: not 50 <= pitch <= 75)


TIME_SIGNATURES = {name for name in NAMES if name.startswith("TimeSig_")}


def test_the_time_signature_is_that_of_the_bar_before():
    assert not refused(*SONG[:-1]) & TIME_SIGNATURES
    after = (*SONG, "Position_12", "Piano_60", "Duration_1.0.12", "Bar_None")
    assert TIME_SIGNATURES - refused(*after) == {"TimeSig_3/4"}
    # That of a prompt may change; the last one counts.
    changed = refused(*after, "TimeSig_6/8", "Bar_None")
    assert TIME_SIGNATURES - changed == {"TimeSig_6/8"}


@pytest.mark.parametrize(
    ("bars", "following"),
    [
        (["1/4"], sorted(TIME_SIGNATURES)),
        (["1/4", "4/4"], ["TimeSig_4/4"]),
        (["4/4", "1/4"], ["TimeSig_4/4"]),
        (["3/4", "4/4"], ["TimeSig_4/4"]),
    ],
)
def test_a_bar_of_one_beat_sets_no_metre(bars, following):
    events = [event for bar in bars for event in ("Bar_None", f"TimeSig_{bar}")]
    assert sorted(TIME_SIGNATURES - refused(*SONG[:4], *events, "Bar_None")) == following


def test_the_time_signature_changes_where_it_may():
    assert not refused(*SONG, "Bar_None", metre_changes=True) & TIME_SIGNATURES


@pytest.mark.slow
def test_the_metre_of_what_is_generated():
    """A model that has learned nothing, but likes to begin bars."""
    keras.utils.set_random_seed(5)
    task = NoteGenerator.from_examples(embedding_dim=8, units=12, num_layers=1)
    kernel, _ = task.token_logits.get_weights()
    bias = np.array([9.0 * (name == "Bar_None") - 9 * (name == "EOS_None") for name in NAMES])
    task.token_logits.set_weights([kernel, bias])
    task.compile(sampler=keras_nlp.samplers.RandomSampler(seed=1))

    def metres():
        events = task.stream(Conditions(time_signature="6/8"), endless=True, max_length=60)
        return {event.name for event in events} & TIME_SIGNATURES

    assert metres() == {"TimeSig_6/8"}
    task.preprocessor.metre_changes = True
    assert len(metres()) > 5


def test_positions_ascend_to_the_end_of_the_bar():
    after = (*SONG, "Position_12", "Piano_60", "Duration_1.0.12")
    assert refused(*after) & named("Position") == named("Position", lambda p: not 13 <= p < 36)
    new_bar = refused(*after, "Bar_None", "TimeSig_2/4")
    assert new_bar & named("Position") == named("Position", lambda position: position >= 24)


def test_of_notes_together_the_voice_is_first_and_pitches_ascend():
    notes = (*SONG, "Position_0", "Piano_48", "Duration_1.0.12")
    assert named("Voice") <= refused(*notes)
    assert refused(*notes) & named("Piano") == named("Piano", lambda pitch: pitch <= 48)
    # At another position notes begin again.
    later = refused(*notes, "Position_12")
    assert not later & named("Piano")
    assert not named("Voice", lambda pitch: 60 <= pitch <= 70) & later


@pytest.mark.parametrize(
    ("position", "duration", "after", "is_free"),
    [
        ("0", "1.0.12", ["Position_6"], False),
        ("0", "1.0.12", ["Position_12"], True),
        ("0", "1.0.12", ["Position_6", "Piano_50", "Duration_4.0.4", "Position_12"], True),
        ("24", "1.0.12", ["Bar_None", "TimeSig_2/4", "Position_0"], True),
        ("24", "2.0.12", ["Bar_None", "TimeSig_2/4", "Position_11"], False),
        ("24", "2.0.12", ["Bar_None", "TimeSig_2/4", "Position_12"], True),
        (
            "24",
            "3.6.12",
            ["Bar_None", "TimeSig_2/4", *["Bar_None", "TimeSig_2/4"], "Position_0"],
            False,
        ),
        (
            "24",
            "3.6.12",
            ["Bar_None", "TimeSig_2/4", *["Bar_None", "TimeSig_2/4"], "Position_6"],
            True,
        ),
    ],
)
def test_a_voice_sings_one_note_at_a_time(position, duration, after, is_free):
    note = (f"Position_{position}", "Voice_70", f"Duration_{duration}")
    assert ("Voice_70" not in refused(*SONG, *note, *after)) == is_free


@pytest.mark.representative("3/4-24-2.0.12-6/8-24", "3/16-24-1.1.12-2/4-1")
@pytest.mark.parametrize(
    ("time_signature", "position", "duration", "following", "end"),
    [
        ("3/4", 24, "2.0.12", "6/8", 24),
        ("6/8", 60, "2.0.12", "3/16", 24),
        ("6/8", 60, "2.6.12", "2/4", 9),
        ("3/16", 24, "1.1.12", "2/4", 1),
    ],
)
def test_a_note_sounds_on_into_a_bar_of_other_beats(
    time_signature, position, duration, following, end
):
    """A position of a quarter is two of an eighth; the last case ends within a position."""
    start = [*SONG[:-1], f"TimeSig_{time_signature}", f"Position_{position}"]
    held = [*start, "Voice_70", f"Duration_{duration}", "Bar_None", f"TimeSig_{following}"]
    free = [at for at in range(36) if "Voice_70" not in refused(*held, f"Position_{at}")]
    assert free[0] == end
    assert free == list(range(end, 36))


def test_a_piano_alone_has_no_voice():
    alone = ("BOS_None", "Ensemble_Piano", *SONG[2:], "Position_0")
    assert named("Voice") <= refused(*alone)
    assert not named("Piano") & refused(*alone)


@pytest.mark.representative("schubert-lindenbaum")
@pytest.mark.parametrize("name", ["bach-chorales", "schubert-lindenbaum"])
def test_music_as_people_wrote_it_keeps_the_rule(name):
    constraint, tokenizer = NoteConstraint(NAMES, (21, 108), metre_changes=True), NoteTokenizer()
    pieces = [np.asarray(tokenizer(piece.midi)) for piece in SCORE_SETS.load_all([name]).train[:40]]
    functions = (constraint.allowed_tokens, constraint.advance)
    allowed_tokens, advance = (tf.function(f, autograph=False) for f in functions)
    state = constraint.initial_state(len(pieces))
    for following in keras.utils.pad_sequences(pieces, padding="post").T:
        allowed = allowed_tokens(state).numpy()
        assert np.take_along_axis(allowed, following[:, None], axis=1).all()
        state = advance(state, following)


@pytest.fixture(scope="module")
def untrained():
    keras.utils.set_random_seed(6)
    task = NoteGenerator.from_examples(embedding_dim=8, units=16, num_layers=1)
    kernel, bias = task.token_logits.get_weights()
    bias[NAMES.index("EOS_None")] = -20
    task.token_logits.set_weights([kernel, bias])
    task.compile(sampler=keras_nlp.samplers.RandomSampler(seed=3))
    return task


OPENINGS = [
    Conditions(time_signature="2/4"),
    Conditions(key="A major", time_signature="6/8", voice=False),
]


@pytest.mark.parametrize("beams", [None, 2])
def test_every_bar_is_complete_and_in_order_whatever_was_learned(untrained, beams):
    if beams:
        untrained.compile(sampler=keras_nlp.samplers.BeamSampler(num_beams=beams))
    prompt = untrained.preprocessor.generate_preprocess(OPENINGS, sequence_length=400)
    drawn = untrained.make_generate_function()(prompt, stop_token_ids=None)
    for row in np.asarray(drawn["token_ids"]):
        assert_in_order(row)


@pytest.mark.slow
@pytest.mark.parametrize("quantize", [pytest.param(None, marks=pytest.mark.slow), "int8"])
def test_every_bar_is_in_order_on_a_phone(untrained, tmp_path, quantize):
    # Integers of the rule are no weights, which a small file rounds.
    export_tflite(untrained, tmp_path / "composer.tflite", quantize=quantize)
    phone = TFLiteFile(tmp_path / "composer.tflite")
    noise = np.random.default_rng(0).random((1, 800), "float32")
    nothing = np.zeros((1, 0), "int32")
    answer = phone.run("generate", token_ids=nothing, temperature=np.float32(1), noise=noise)
    assert_in_order(answer["token_ids"][0])


def assert_in_order(token_ids):
    """What the rule demands, said once more and in another way: by the onsets of notes."""
    bars, onset = [], None
    for kind, value in map(kind_and_value, (NAMES[token_id] for token_id in token_ids)):
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
