"""Streams of events against `generate`, and their notes against the tokenizer's."""

import gc
import itertools
import tracemalloc

import keras_nlp
import numpy as np
import pytest
import symusic

from seqzoo.zoo.music.score import (
    TICKS_PER_QUARTER,
    PianoNote,
    key_of,
    song_parts,
    without_overlaps,
)
from seqzoo.zoo.note_generator.conditions import Conditions
from seqzoo.zoo.note_generator.events.stream import NoteReader
from tests.contracts.model_cases import melody


@pytest.fixture
def task(note_maker):
    return note_maker


SAMPLERS = {
    "greedy": keras_nlp.samplers.GreedySampler,
    "random": lambda: keras_nlp.samplers.RandomSampler(seed=3, temperature=0.8),
    "top_p": lambda: keras_nlp.samplers.TopPSampler(p=0.9, seed=3),
    "top_k": lambda: keras_nlp.samplers.TopKSampler(k=4, seed=3),
}


@pytest.mark.representative("None-greedy", "prompt1-random")
@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("prompt", [None, melody([60, 64, 67, 72, 60, 64])])
def test_it_gives_the_events_of_generate(task, sampler, prompt):
    midi = task.preprocessor.raw(b"" if prompt is None else prompt)
    inputs = task.preprocessor.generate_preprocess(midi, sequence_length=90)
    task.compile(sampler=SAMPLERS[sampler]())
    generated = np.asarray(task.generate_step(inputs, stop_token_ids=[2])["token_ids"])[0]
    start = int(np.sum(inputs["padding_mask"]))
    # With a new sampler the random numbers begin again.
    task.compile(sampler=SAMPLERS[sampler]())
    events = [e.token_id for e in task.stream(prompt, max_length=90 - start)]
    assert len(events) > 10
    assert events == generated[start : start + len(events)].tolist()
    assert len(events) == 90 - start or events[-1] == 2


def sounding(notes):
    """Streamed notes as a score has them, where a pitch that starts again ends the old."""
    parts = {"": [], "Voice": []}
    for note in notes:
        onset, end = (round(time * TICKS_PER_QUARTER) for time in (note.onset, note.end))
        parts[note.part].append(PianoNote(onset, note.pitch, end, 64))
    return [[note[:3] for note in without_overlaps(part)] for part in parts.values()]


def of_tokenizer(task, ids):
    return [
        [note[:3] for note in part]
        for part in song_parts(task.preprocessor.tokenizer.detokenize(ids))
    ]


@pytest.mark.parametrize("seed", range(5))
def test_notes_are_those_of_the_tokenizer(task, seed):
    """Also of random events in several time signatures; each stands after a bar line."""
    rng = np.random.default_rng(seed)
    tokenizer = task.preprocessor.tokenizer
    names = tokenizer.get_vocabulary()
    kinds = {
        kind: [i for i, name in enumerate(names) if name.startswith(f"{kind}_")]
        for kind in ("TimeSig", "Position", "Voice", "Piano", "Duration", "Bar")
    }
    ids = []
    for _ in range(12):
        ids += [*kinds["Bar"], rng.choice(kinds["TimeSig"])]
        pitches = ["Voice", "Piano", "Voice Duration", "Piano Duration"]
        body = rng.choice(["Position", "Duration", *pitches], 40)
        ids += [rng.choice(kinds[kind]) for each in body for kind in each.split()]
    ids = [int(i) for i in ids]
    reader = NoteReader(tokenizer)
    notes = [event.note for event in map(reader.read, ids) if event.note]
    assert len(notes) > 60
    assert sounding(notes) == of_tokenizer(task, ids)


def test_onsets_count_from_the_start_of_the_prompt(task):
    prompt = melody([60, 64, 67, 72, 60, 64])
    task.compile(sampler=keras_nlp.samplers.RandomSampler(seed=5))
    events = list(task.stream(prompt, endless=True, max_length=500))
    notes = [event.note for event in events if event.note]
    ids = [event.token_id for event in events]
    assert len(notes) > 5
    (midi,) = task.preprocessor.raw(prompt)
    whole = of_tokenizer(task, task.preprocessor.prompt_ids(midi) + ids)
    assert notes[0].onset >= 6
    new = [[note for note in part if note[0] >= 6 * TICKS_PER_QUARTER] for part in whole]
    assert sounding(notes) == new


@pytest.mark.slow
def test_an_endless_stream_goes_on_in_constant_memory_until_nobody_asks(task):
    task.compile(sampler=keras_nlp.samplers.RandomSampler(seed=1))
    stream = task.stream(endless=True)
    assert all(event.token_id > 2 for event in itertools.islice(stream, 300))
    step = task.make_stream_function()
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.take_snapshot()
    for _ in itertools.islice(stream, 5000):
        pass
    gc.collect()
    after = tracemalloc.take_snapshot()
    tracemalloc.stop()
    # TensorFlow keeps a constant for every number that it has met: here, for every event.
    constants = [tracemalloc.Filter(False, "*/constant_op.py")]
    before, after = before.filter_traces(constants), after.filter_traces(constants)
    grown = sum(stat.size_diff for stat in after.compare_to(before, "filename"))
    # 5,000 events would take 40 kB as bare pointers, and 500 kB as what they are; the first
    # steps, and what other tests left running, take up to 20 kB once.
    assert grown < 32_000
    # Compiled once, for the one shape there is.
    assert step.experimental_get_tracing_count() == 1
    stream.close()
    with pytest.raises(StopIteration):
        next(stream)


def test_a_sampler_of_whole_sequences_is_refused_at_once(task):
    task.compile(sampler="beam")
    with pytest.raises(ValueError, match="BeamSampler chooses among whole sequences"):
        task.stream()


@pytest.mark.parametrize("length", [8, 6])
def test_what_is_added_to_a_prompt_sounds_as_it_does_after_it(task, length):
    """In its key and time signature, from the start of the bar in which it goes on."""
    given = [64, 68, 71, 76, 64, 66, 68, 69][:length]
    prompt = melody(given)
    prompt.key_signatures.append(symusic.KeySignature(0, 4, 0))
    added = []
    for strip_prompt in (False, True):
        task.compile(sampler=keras_nlp.samplers.RandomSampler(seed=3))
        score = task.generate(prompt, max_length=200, strip_prompt=strip_prompt)
        assert key_of(score) == (4, False)
        start = 0 if strip_prompt else length // 3 * 3 * TICKS_PER_QUARTER
        notes = [note for part in song_parts(score) for note in part if note.onset >= start]
        added.append(
            [
                (note.onset - start, note.pitch, note.end - note.onset)
                for note in notes
                # A note of the prompt can end one that is added.
                if note.pitch not in given
            ]
        )
    assert len(added[1]) > 10
    assert added[0] == added[1]


def test_conditions_are_left_out_of_nothing_that_sounds(task):
    conditions = Conditions(key="E-flat minor", time_signature="6/8")
    scores = []
    for strip_prompt in (False, True):
        task.compile(sampler=keras_nlp.samplers.RandomSampler(seed=3))
        scores.append(task.generate(conditions, max_length=90, strip_prompt=strip_prompt))
    assert song_parts(scores[0]) == song_parts(scores[1])
    assert scores[0].time_signatures == scores[1].time_signatures
