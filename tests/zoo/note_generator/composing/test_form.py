import keras_nlp
import pytest

from seqzoo.zoo.music.chord_symbols import ChordError, parsed_progression
from seqzoo.zoo.music.score import ScoreError, bars, piano_notes
from seqzoo.zoo.note_generator.composing.form import compose_form
from seqzoo.zoo.note_generator.conditions import ConditionError, Conditions, checked_form
from tests.contracts.model_cases import melody
from tests.zoo.music.scores import piano

WALTZ = Conditions(key="G minor", time_signature="3/4", voice=False)


@pytest.fixture(scope="module")
def task(note_maker):
    note_maker.compile(sampler=keras_nlp.samplers.RandomSampler(seed=7))
    return note_maker


def sections(score, form, count):
    """The notes of each section, from its start; every bar has the length of the first."""
    lengths = {bar.end - bar.start for bar in bars(score)}
    assert len(lengths) == 1
    section = count * lengths.pop()
    notes = [(note.onset, note.pitch, note.end) for note in piano_notes(score)]
    starts = [index * section for index in range(len(form))]
    assert max(end for *_, end in notes) <= len(form) * section
    return [
        [(o - start, p, end - start) for o, p, end in notes if start <= o < start + section]
        for start in starts
    ]


@pytest.mark.parametrize(
    ("form", "prompt"),
    [("AABA", WALTZ), ("ABACA", None), ("ABB", Conditions(time_signature="1/4"))],
)
def test_sections_of_a_letter_are_equal_and_others_differ(task, form, prompt):
    pieces = compose_form(task, prompt, form, 2, pieces=3)
    assert len(pieces) == 3
    for piece in pieces:
        found = sections(piece.score, form, 2)
        assert found[0]
        for index, letter in enumerate(form):
            for other in range(index):
                same, silent = found[index] == found[other], not found[index] + found[other]
                assert same == (letter == form[other]) or silent
    assert len({tuple(piano_notes(piece.score)) for piece in pieces}) == 3


def test_the_prompt_begins_section_a(task):
    prompt = melody([60, 64, 67, 72, 60])  # five quarters of 3/4
    (piece,) = compose_form(task, prompt, "ABA", 3)
    found = sections(piece.score, "ABA", 3)
    given = [note[:3] for note in piano_notes(prompt)]
    for section in (found[0], found[2]):
        assert section[:5] == given
        assert len(section) > 5
    assert found[1][:5] != given


def test_no_note_sounds_on_beyond_its_section(task):
    pieces = compose_form(task, WALTZ, "ABCDEFGH", 1, pieces=3)
    found = [sections(piece.score, "ABCDEFGH", 1) for piece in pieces]
    ends = [end for piece in found for section in piece for *_, end in section]
    # Many notes of this model would be longer.
    assert max(ends) == 3 * 480


@pytest.mark.parametrize(("key", "voice"), [("E-flat major", False), ("F# minor", True)])
def test_a_piece_that_closes_ends_on_the_tonic(task, key, voice):
    conditions = Conditions(key=key, time_signature="3/4", voice=voice)
    tonic, triad = {"E-flat major": (3, {3, 7, 10}), "F# minor": (6, {6, 9, 1})}[key]
    for piece in compose_form(task, conditions, "ABA", 2, pieces=3, close=True):
        assert piece.on_tonic
        assert "on the tonic chord of" in piece.sentence()
        assert "not" not in piece.sentence()
        found = sections(piece.score, "ABA", 2)
        for section in (found[0], found[2]):
            last = [note for note in section if note[0] >= 3 * 480]
            assert {onset for onset, *_ in last} == {3 * 480}
            assert {pitch % 12 for _, pitch, _ in last} <= triad
            assert min(pitch for _, pitch, _ in last) % 12 == tonic
            assert not [note for note in section if note[0] < 3 * 480 < note[2]]
            assert len(last) <= 5 + voice
    assert task.chord_plan is None


def test_chords_restart_with_every_section(task):
    chords = parsed_progression("C F G")
    (piece,) = compose_form(task, Conditions(voice=False), "AB", 4, chords=chords)
    roots = [0, 5, 7, 0] * 2
    notes, found = piano_notes(piece.score), bars(piece.score)
    for bar, root in zip(found, roots, strict=True):
        assert min(note.pitch for note in notes if note.onset == bar.start) % 12 == root


def test_a_prompt_can_be_the_whole_section_a(task):
    prompt = melody([60, 64, 67, 72, 60, 62])
    (piece,) = compose_form(task, prompt, "AABA", 2)
    found = sections(piece.score, "AABA", 2)
    given = [note[:3] for note in piano_notes(prompt)]
    assert [section == given for section in found] == [True, True, False, True]


@pytest.mark.parametrize("form", ["", "A-B", "AAB1", "A B", "Á"])
def test_a_form_is_a_row_of_letters(form):
    with pytest.raises(ConditionError, match="row of letters"):
        checked_form(form)


def test_what_does_not_fit_is_refused(task):
    with pytest.raises(ConditionError, match="3 bars, more than the 2 of a section"):
        compose_form(task, melody([60] * 7), "AB", 2)
    changing = piano((0, 60, 1), (1, 64, 3))
    changing.time_signatures[0].numerator = 1
    changing.time_signatures.append(type(changing.time_signatures[0])(480, 4, 4))
    with pytest.raises(ConditionError, match="from 1/4 to 4/4 in bar 2"):
        compose_form(task, changing, "AB", 4)
    with pytest.raises(ChordError, match="3 bars of chords, more than the 2"):
        compose_form(task, WALTZ, "AB", 2, chords=parsed_progression("C D E"))
    with pytest.raises(ChordError, match=r"has D, .* tonic chord of G minor"):
        compose_form(task, WALTZ, "AB", 2, chords=parsed_progression("Gm D"), close=True)
    with pytest.raises(ChordError, match=r"Bar 1 .* 4 of them, and a bar of 3/4 has 3 beats"):
        compose_form(task, WALTZ, "AB", 2, chords=parsed_progression("Gm D Gm D |"))
    with pytest.raises(ScoreError, match="8 bars of AB are not whole after 9 events"):
        compose_form(task, WALTZ, "AB", 4, max_new_tokens=9)
    with pytest.raises(ValueError, match="bars=0"):
        compose_form(task, WALTZ, "AB", 0)
