import keras
import keras_nlp
import numpy as np
import pytest
import tensorflow as tf

from seqzoo.zoo.generation.constraints import NoConstraint
from seqzoo.zoo.music.score import Key, PianoNote, TimeSignature, piano_score, song_parts
from seqzoo.zoo.note_generator import (
    Conditions,
    NoteGenerator,
    NoteGeneratorPreprocessor,
    NoteTokenizer,
)
from seqzoo.zoo.note_generator.conditions import DEFAULT_VOCAL_RANGE, ConditionError
from tests.zoo.music.scores import QUARTER

LENGTH = 256
# Written pitches are those of C major and A minor: these sound furthest above and below them.
KEYS = ("C major", "F-sharp major", "G major", "C-sharp minor", "E minor")


@pytest.fixture(scope="module")
def singer():
    """A generator that has learned nothing, but likes to sing, as high and low as it can."""
    keras.utils.set_random_seed(5)
    task = NoteGenerator.from_examples(embedding_dim=8, units=24, num_layers=1)
    kernel = task.token_logits.get_weights()[0]
    names = task.preprocessor.tokenizer.get_vocabulary()
    bias = np.array([3.0 * name.startswith("Voice") - 20 * (name == "EOS_None") for name in names])
    task.token_logits.set_weights([10 * kernel, bias])
    return task


@pytest.fixture(params=["generate", "stream", "beam", "server"])
def sing(request, singer):
    """The pitches of the voice after a prompt, by every way to compose."""

    def pitches(prompt, seed=1):
        ids = prompt_ids(singer, prompt)
        if request.param == "beam":
            singer.compile(sampler=keras_nlp.samplers.BeamSampler(num_beams=3))
        else:
            singer.compile(sampler=keras_nlp.samplers.RandomSampler(seed=seed))
        if request.param == "stream":
            events = singer.stream(prompt, endless=True, max_length=LENGTH)
            ids += [event.token_id for event in events]
            return sung(singer.preprocessor.tokenizer.detokenize(ids))
        if request.param == "server":
            signature = singer.signatures()["compose"]
            compose = tf.function(
                signature.function, input_signature=[*signature.inputs.values()], autograph=False
            )
            answer = compose(tf.constant([ids], tf.int32), LENGTH, 1.0, seed)
            return sung(singer.preprocessor.tokenizer.detokenize(answer["token_ids"][0]))
        # Several rows, in keys of their own: every row has its own written vocal range.
        prompts = [Conditions(key="G-flat major"), prompt]
        scores = singer.generate(prompts, max_length=len(ids) + LENGTH, stop_token_ids=None)
        return sung(scores[1])

    return pitches


def prompt_ids(task, prompt):
    (raw,) = task.preprocessor.one_by_one([prompt])
    return task.preprocessor.prompt_ids(raw)


def sung(score):
    return {note.pitch for note in song_parts(score).voice}


@pytest.mark.representative("stream-F-sharp major", "server-G major")
@pytest.mark.parametrize("key", KEYS)
def test_a_voice_keeps_to_its_vocal_range_in_every_key(sing, key):
    pitches = sing(Conditions(key=key))
    assert pitches
    lowest, highest = DEFAULT_VOCAL_RANGE
    assert lowest <= min(pitches) <= max(pitches) <= highest


@pytest.mark.representative("generate", "server")
def test_what_follows_goes_as_far_as_the_voice_of_its_prompt(sing):
    voice = [PianoNote(0, 45, 2 * QUARTER, 80), PianoNote(2 * QUARTER, 52, 4 * QUARTER, 80)]
    song = piano_score([], [TimeSignature(0, 4, 4)], 96, "Bass", voice, Key(0, False))
    pitches = sing(song)
    assert len(pitches) > 2
    assert 45 <= min(pitches) <= max(pitches) <= DEFAULT_VOCAL_RANGE[1]


def test_a_voice_without_a_rule_goes_further(singer, monkeypatch):
    # Else the tests above would say nothing.
    monkeypatch.setattr(NoteGenerator, "sampling_constraint", lambda self: NoConstraint())
    singer.compile(sampler=keras_nlp.samplers.RandomSampler(seed=1))
    pitches = sung(singer.generate(Conditions(), max_length=LENGTH, stop_token_ids=None))
    assert min(pitches) < DEFAULT_VOCAL_RANGE[0]
    assert max(pitches) > DEFAULT_VOCAL_RANGE[1]


@pytest.mark.representative("0", "3")
@pytest.mark.parametrize("seed", range(4))
def test_a_key_that_is_drawn_counts(singer, seed):
    singer.preprocessor.vocal_range = (64, 67)
    try:
        singer.compile(sampler=keras_nlp.samplers.RandomSampler(seed=seed))
        composed = sung(singer.generate(None, max_length=LENGTH, stop_token_ids=None))
        singer.compile(sampler=keras_nlp.samplers.RandomSampler(seed=seed))
        events = list(singer.stream(None, endless=True, max_length=LENGTH - 1))
    finally:
        singer.preprocessor.vocal_range = DEFAULT_VOCAL_RANGE
    assert composed <= {64, 65, 66, 67}
    streamed = {event.note.pitch for event in events if event.note and event.note.part == "Voice"}
    assert streamed == composed


@pytest.mark.parametrize(
    "vocal_range",
    [(79, 60), (20, 60), (60, 109), (60,), 60, (60.5, 70), (60, np.inf), ("C4", "G5"), None],
)
def test_a_vocal_range_that_is_none(vocal_range):
    with pytest.raises(ConditionError, match="lowest and the highest note"):
        NoteGeneratorPreprocessor(NoteTokenizer(), vocal_range=vocal_range)
    preprocessor = NoteGeneratorPreprocessor(NoteTokenizer())
    with pytest.raises(ConditionError, match="lowest and the highest note"):
        preprocessor.vocal_range = vocal_range
    assert preprocessor.vocal_range == DEFAULT_VOCAL_RANGE


def test_another_vocal_range_counts_at_once(singer):
    """Also where functions were compiled with the one before."""
    singer.compile(sampler=keras_nlp.samplers.RandomSampler(seed=1))

    def composed():
        return sung(singer.generate(Conditions(), max_length=LENGTH, stop_token_ids=None))

    def streamed():
        events = singer.stream(Conditions(), endless=True, max_length=LENGTH)
        return {event.note.pitch for event in events if event.note and event.note.part == "Voice"}

    assert len(composed()) > 2
    assert len(streamed()) > 2
    singer.preprocessor.vocal_range = (64, 65)
    try:
        assert composed() == {64, 65}
        assert streamed() == {64, 65}
    finally:
        singer.preprocessor.vocal_range = DEFAULT_VOCAL_RANGE
    assert len(composed()) > 2


@pytest.mark.representative("generate", "server")
def test_a_piano_alone_has_no_voice(sing):
    assert not sing(Conditions(voice=False))


def test_a_vocal_range_is_part_of_a_preset(singer, tmp_path):
    singer.preprocessor.vocal_range = (50, 70)
    try:
        singer.save_to_preset(tmp_path)
    finally:
        singer.preprocessor.vocal_range = DEFAULT_VOCAL_RANGE
    loaded = NoteGenerator.from_preset(tmp_path)
    assert loaded.preprocessor.vocal_range == (50, 70)
