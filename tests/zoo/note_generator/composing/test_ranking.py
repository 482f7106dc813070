import math

import pytest

from seqzoo.zoo.music.reader import to_midi
from seqzoo.zoo.music.statistics import piece_statistics
from seqzoo.zoo.note_generator.composing.ranking import STYLE_DEVIATIONS, STYLE_MEANS, ranked
from tests.contracts.model_cases import melody
from tests.zoo.music.scores import piano

DULL = piano(*((4 * bar, pitch, 4) for bar in range(6) for pitch in (48, 52, 55)))
FULL = piano(
    *((bar, pitch, 1) for bar in range(24) for pitch in (36 + bar % 7, 52 + bar % 5)),
    *((step / 2, 60 + 5 * step % 17, 0.5) for step in range(48)),
)


def test_statistics_of_a_piece():
    score = piano((0, 40, 4), (0, 76, 2), (2, 77, 2), (4, 40, 2), (4, 76, 2), (8, 50, 4))
    found = piece_statistics(score)
    assert found.notes_per_quarter == 6 / 12
    assert found.semitones == 37
    # Two of the three notes of the first two bars are common, and none of the third bar.
    assert found.repeated_notes == pytest.approx((2 / 3 + 0) / 2)
    shares = [10 / 16, 2 / 16, 4 / 16]  # E, F and D
    assert found.tone_entropy == pytest.approx(-sum(s * math.log2(s) for s in shares))
    assert found.empty_hands == pytest.approx(1 / 6)


def test_a_dull_piece_is_further_from_the_style():
    def distances(score):
        values = zip(piece_statistics(score), STYLE_MEANS, STYLE_DEVIATIONS, strict=True)
        return [abs(value - mean) / deviation for value, mean, deviation in values]

    assert sum(distances(DULL)) > 2 * sum(distances(FULL))


def test_pieces_are_ranked_by_likelihood_and_distance(note_maker):
    silent = note_maker.preprocessor.tokenizer.detokenize([])
    rated = ranked(note_maker, [silent, DULL, FULL])
    by_index = {each.index: each for each in rated}
    assert rated[-1].index == 0
    assert math.isinf(rated[-1].points)
    assert [each.points for each in rated] == sorted(each.points for each in rated)
    for each in rated[:2]:
        assert each.points == each.nats + each.distance
    assert by_index[1].distance > by_index[2].distance


def test_events_of_the_prompt_are_not_rated(note_maker):
    prompt = melody([60, 64, 67])
    pieces = [melody([60, 64, 67, *more]) for more in ([72, 60, 64], [30, 99, 31])]
    rated = {each.index: each.nats for each in ranked(note_maker, pieces, prompt)}
    for index, piece in enumerate(pieces):
        ids = note_maker.preprocessor.token_ids([piece])[0][:-1]
        logits = note_maker.predict({"token_ids": ids[None], "padding_mask": ids[None] != 0})[0]
        given = 1 + len(note_maker.preprocessor.prompt_ids(to_midi(prompt)))
        shifted = logits - logits.max(axis=-1, keepdims=True)
        chosen = [
            shifted[at - 1, ids[at]] - math.log(sum(math.exp(v) for v in shifted[at - 1]))
            for at in range(given, len(ids))
        ]
        assert rated[index] == pytest.approx(-sum(chosen) / len(chosen), rel=1e-4)
