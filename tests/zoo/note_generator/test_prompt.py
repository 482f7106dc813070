import keras_nlp
import pytest
import symusic

from seqzoo.zoo.music.reader import from_midi, to_midi
from seqzoo.zoo.music.score import Key, has_voice, key_of, song_parts
from seqzoo.zoo.music.writer import write_midi
from seqzoo.zoo.note_generator import Conditions, read_score
from seqzoo.zoo.note_generator.composing.completion import complete
from seqzoo.zoo.note_generator.composing.continue_bars import continue_for_bars
from seqzoo.zoo.note_generator.prompt import first_bars
from tests.zoo.music.scores import corpus_path, piano

C_FLAT = Key(-7, is_minor=False)


@pytest.fixture(
    scope="module",
    params=[
        lambda task, prompt: task.generate(prompt, max_length=80),
        lambda task, prompt: task.generate([prompt], max_length=80, strip_prompt=True)[0],
        lambda task, prompt: continue_for_bars(task, prompt, 2, 400)[0],
        lambda task, prompt: complete(task, prompt, max_new_tokens=60, candidates=2).score,
    ],
    ids=["generate", "strip_prompt", "bars", "complete"],
)
def continued(request, note_maker):
    note_maker.compile(sampler=keras_nlp.samplers.RandomSampler(seed=7))
    return lambda prompt: request.param(note_maker, prompt)


def test_a_piece_goes_on_in_its_tempo_and_as_its_key_is_spelled(continued):
    prompt = piano((0, 59, 2), (2, 63, 2), (4, 66, 4), qpm=100)
    prompt.key_signatures.append(symusic.KeySignature(0, *C_FLAT))
    score = continued(prompt)
    assert [tempo.qpm for tempo in score.tempos] == [pytest.approx(100)]
    assert key_of(score) == C_FLAT


def test_of_several_pieces_each_goes_on_in_its_own_tempo(note_maker):
    prompts = [Conditions(tempo=70), piano((0, 60, 4), qpm=101), Conditions(tempo=133)]
    for strip_prompt in (False, True):
        scores = note_maker.generate(prompts, max_length=40, strip_prompt=strip_prompt)
        assert [score.tempos[0].qpm for score in scores] == pytest.approx([70, 101, 133], abs=1e-3)


def test_a_key_that_a_prompt_does_not_name_is_that_of_the_events(continued):
    score = continued(piano((0, 60, 2), (2, 64, 2), (4, 67, 2), (6, 60, 2), qpm=70))
    assert key_of(score) == Key(0, is_minor=False)


@pytest.mark.representative(
    "generate-3-4", "strip_prompt-2000-1000", "bars-70-70", "complete-2000-1000"
)
@pytest.mark.parametrize(("tempo", "written"), [(70, 70), (3, 4), (2000, 1000)])
def test_a_piece_begins_in_the_tempo_that_was_asked_for(continued, tempo, written):
    score = continued(Conditions(tempo=tempo))
    assert [tempo.qpm for tempo in score.tempos] == [pytest.approx(written)]


def first_event(task, score):
    (midi,) = task.preprocessor.raw(score)
    return task.preprocessor.tokenizer.id_to_token(task.preprocessor.prompt_ids(midi)[0])


def test_a_song_stays_one_where_its_voice_has_not_begun(note_maker, tmp_path):
    prompt = first_bars(read_score(corpus_path("schubert/Lindenbaum")), 4)
    assert not song_parts(prompt).voice
    assert first_event(note_maker, prompt) == "Ensemble_VoiceAndPiano"
    write_midi(prompt, tmp_path / "prompt.mid")
    for again in (from_midi(to_midi(prompt)), read_score(tmp_path / "prompt.mid")):
        assert again == prompt
        assert has_voice(again)


def test_a_piece_for_piano_has_no_voice(note_maker):
    score = piano((0, 60, 2), (2, 64, 2), (4, 67, 4))
    assert first_event(note_maker, first_bars(score, 1)) == "Ensemble_Piano"
