import keras
import keras_nlp
import numpy as np
import pytest

from seqzoo.zoo.music.cadence import ends_on_tonic
from seqzoo.zoo.music.score import Key, ScoreError, piano_notes
from seqzoo.zoo.note_generator.composing import completion
from seqzoo.zoo.note_generator.composing.completion import complete, completions
from tests.contracts.model_cases import melody

START, END = 1, 2
# In C major without a doubt.
OPENING = melody([60, 64, 67, 72, 71, 67, 65, 62, 60])


def ids_of(task, pitches, ends):
    (midi,) = task.preprocessor.raw(melody(pitches))
    ids = np.asarray(task.preprocessor.tokenizer(midi)).tolist()
    return np.array([START, *ids, *[END] * ends], "int32")


@pytest.fixture
def drawn(monkeypatch, note_maker):
    """Makes `complete` choose from given melodies, with the probabilities of the model."""

    def draw(*candidates, bars=0):
        pieces = [ids_of(note_maker, pitches, ends) for pitches, ends in candidates]
        monkeypatch.setattr(completion, "_draw", lambda *arguments, **options: pieces)
        return complete(note_maker, OPENING, candidates=len(candidates), bars=bars)

    return draw


def given():
    return [note.pitch for note in OPENING.tracks[0].notes]


def test_the_first_that_ends_by_itself_on_the_tonic_is_taken(drawn):
    found = drawn(
        ([*given(), 72], False),
        ([*given(), 67], True),
        ([*given(), 62, 60], True),
        ([*given(), 60], True),
    )
    assert (found.candidate, found.by_itself, found.on_tonic) == (3, True, True)
    assert found.key == Key(0, is_minor=False)
    assert [note.pitch for note in found.score.tracks[0].notes] == [*given(), 62, 60]
    assert found.sentence(4) == "Candidate 3 of 4 ends by itself on the tonic chord of C major."


def test_all_candidates_are_looked_through(drawn):
    found = drawn(*[([*given(), 67], True)] * 18, ([*given(), 60], True))
    assert (found.candidate, found.by_itself, found.on_tonic) == (19, True, True)


def end_probability(task, pitches):
    """Of the end after a melody, from the logits of the whole."""
    ids = ids_of(task, pitches, ends=False)[None]
    logits = task({"token_ids": ids, "padding_mask": ids > 0}, training=False)
    return float(keras.ops.softmax(logits)[0, -1, END])


def test_else_the_likeliest_end_on_the_tonic(drawn, note_maker):
    tails = [[62, 60, 67, 72, 62], [60, 71, 72, 67], [65, 48, 62, 67, 60, 71]]
    found = drawn(*(([*given(), *tail], True) for tail in tails))
    places = {
        (number, length): end_probability(note_maker, [*given(), *tail[:length]])
        for number, tail in enumerate(tails, start=1)
        for length in range(1, len(tail) + 1)
        if tail[length - 1] % 12 == 0
    }
    number, length = max(places, key=places.get)
    assert (found.candidate, found.by_itself, found.on_tonic) == (number, False, True)
    assert len(found.score.tracks[0].notes) == len(given()) + length
    np.testing.assert_allclose(found.probability, places[number, length], rtol=1e-4)
    assert "cut where an end is most likely, on the tonic chord of C major" in found.sentence(3)


def test_else_the_likeliest_end_and_it_says_that_it_is_not_on_the_tonic(drawn):
    found = drawn(([*given(), 62, 67], False), ([*given(), 65], False))
    assert not found.on_tonic
    assert "but not on the tonic chord of C major" in found.sentence(2)


def test_no_end_before_the_bars_that_are_asked_for(drawn, note_maker):
    # Three quarters a bar: the tonic of the first bar after the opening is too early.
    tail = [60, 64, 65, *[62, 67, 65], *[62, 60, 62]]
    found = drawn(([*given(), *tail], False), bars=2)
    assert (found.by_itself, found.on_tonic) == (False, True)
    assert len(found.score.tracks[0].notes) == len(given()) + 8
    assert found.sentence(1, bars=2).startswith(
        "Candidate 1 of 1 is cut where an end is most likely after 2 bars, on the tonic chord of C "
    )
    with pytest.raises(ScoreError, match=r"has 9 bars within .* events: raise"):
        drawn(([*given(), *tail], False), bars=9)


def test_with_bars_no_candidate_ends_by_itself(note_maker):
    note_maker.compile(sampler=keras_nlp.samplers.RandomSampler(seed=2))
    (midi,) = note_maker.preprocessor.raw(OPENING)
    start = 1 + len(note_maker.preprocessor.prompt_ids(midi))
    pieces = completion._draw(note_maker, midi, start, 40, 5, may_end=False)
    assert all(len(piece) == start + 40 and END not in piece for piece in pieces)


def test_several_candidates_are_chosen(monkeypatch, note_maker):
    melodies = (
        ([*given(), 67], True),
        ([*given(), 60], True),
        ([*given(), 62, 60], False),
        ([*given(), 65, 60], True),
    )
    drawn = [ids_of(note_maker, *each) for each in melodies]
    monkeypatch.setattr(completion, "_draw", lambda *arguments, **options: drawn)
    for pieces, wanted in ((1, [2]), (2, [2, 4])):
        found = completions(note_maker, OPENING, candidates=4, pieces=pieces)
        assert [each.candidate for each in found] == wanted
    found = completions(note_maker, OPENING, candidates=4, pieces=4)
    assert [each.candidate for each in found[:2]] == [2, 4]
    # The others follow from the most to the least likely end on the tonic.
    assert {each.candidate for each in found[2:]} == {1, 3}
    ranks = [(each.on_tonic, each.probability) for each in found[2:]]
    assert ranks == sorted(ranks, reverse=True)
    # Two candidates do end on the tonic.
    assert [each.others_end for each in found] == [False, False, True, True]
    assert found[2].sentence(candidates=4).startswith(f"Candidate {found[2].candidate} of 4 ")
    with pytest.raises(ValueError, match="pieces=5"):
        completions(note_maker, OPENING, candidates=4, pieces=5)


def test_candidates_differ_and_keep_the_prompt_and_the_limit(note_maker):
    note_maker.compile(sampler=keras_nlp.samplers.RandomSampler(seed=2))
    (midi,) = note_maker.preprocessor.raw(OPENING)
    prompt = [START, *note_maker.preprocessor.prompt_ids(midi)]
    pieces = completion._draw(note_maker, midi, len(prompt), 40, 5)
    assert len({piece.tobytes() for piece in pieces}) == 5
    for piece in pieces:
        assert piece[: len(prompt)].tolist() == prompt
        assert len(piece) == len(prompt) + 40 or piece[-1] == END
    found = complete(note_maker, OPENING, max_new_tokens=60, candidates=5)
    notes = piano_notes(found.score)
    assert found.on_tonic == ends_on_tonic(notes, found.key)
    assert [note.pitch for note in notes][: len(given())] == given()


def test_no_note_at_all_is_an_error(monkeypatch, note_maker):
    pieces = [np.array([START, END])] * 2
    monkeypatch.setattr(completion, "_draw", lambda *arguments, **options: pieces)
    with pytest.raises(ScoreError, match="None of 2 candidates has a note"):
        complete(note_maker, candidates=2)
