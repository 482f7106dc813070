import collections

import pytest
from hypothesis import given

from seqzoo.training.ner_tagger.outcomes import (
    Example,
    Kind,
    Outcome,
    count_kinds,
    pick_examples,
    sort_entities,
)
from seqzoo.training.ner_tagger.spans import Span
from tests.training.ner_tagger.reference import (
    sentence_of,
    sentence_of_tags,
    spans_by_definition,
    tagged,
)


def sort(gold, predicted):
    outcomes = sort_entities([sentence_of_tags(gold.split())], [predicted.split()])
    return [(outcome.kind, outcome.gold, outcome.predicted) for outcome in outcomes]


@pytest.mark.parametrize(
    ("gold", "predicted", "expected"),
    [
        ("B-A I-A", "B-A I-A", (Kind.RIGHT, Span(0, 2, "A"), Span(0, 2, "A"))),
        ("B-A I-A", "B-B I-B", (Kind.WRONG_LABEL, Span(0, 2, "A"), Span(0, 2, "B"))),
        ("B-A I-A", "O B-A", (Kind.WRONG_BOUNDARY, Span(0, 2, "A"), Span(1, 2, "A"))),
        ("O B-A", "B-B I-B", (Kind.WRONG_LABEL_AND_BOUNDARY, Span(1, 2, "A"), Span(0, 2, "B"))),
        ("O B-A", "O O", (Kind.MISSED, Span(1, 2, "A"), None)),
        ("O O", "O B-A", (Kind.INVENTED, None, Span(1, 2, "A"))),
        # An I- that continues nothing is no entity.
        ("B-A O", "I-A O", (Kind.MISSED, Span(0, 1, "A"), None)),
    ],
)
def test_kinds(gold, predicted, expected):
    assert sort(gold, predicted) == [expected]


@pytest.mark.parametrize(
    ("gold", "predicted", "expected"),
    [
        # Neighbours share no word.
        (
            "B-A O",
            "O B-A",
            [(Kind.MISSED, Span(0, 1, "A"), None), (Kind.INVENTED, None, Span(1, 2, "A"))],
        ),
        # One predicted entity stands for one gold entity: the one it shares more words with.
        (
            "B-A B-A I-A",
            "B-A I-A I-A",
            [
                (Kind.MISSED, Span(0, 1, "A"), None),
                (Kind.WRONG_BOUNDARY, Span(1, 3, "A"), Span(0, 3, "A")),
            ],
        ),
        # Between equals, for the first.
        (
            "B-A B-A",
            "B-A I-A",
            [
                (Kind.WRONG_BOUNDARY, Span(0, 1, "A"), Span(0, 2, "A")),
                (Kind.MISSED, Span(1, 2, "A"), None),
            ],
        ),
        # The label goes before the number of words that are shared.
        (
            "B-A I-A I-A",
            "B-B I-B B-A",
            [
                (Kind.INVENTED, None, Span(0, 2, "B")),
                (Kind.WRONG_BOUNDARY, Span(0, 3, "A"), Span(2, 3, "A")),
            ],
        ),
    ],
)
def test_pairs(gold, predicted, expected):
    assert sort(gold, predicted) == expected


@given(tagged())
def test_every_entity_has_one_outcome(data):
    sentences, predicted = data
    outcomes = sort_entities(sentences, predicted)
    gold = spans_of_all([list(sentence.tags) for sentence in sentences])
    found = spans_of_all(predicted)
    # Lists: an entity that stood in two outcomes would be seen.
    assert sorted((o.sentence, o.gold) for o in outcomes if o.gold) == gold
    assert sorted((o.sentence, o.predicted) for o in outcomes if o.predicted) == found
    right = [(o.sentence, o.gold) for o in outcomes if o.kind is Kind.RIGHT]
    assert sorted(right) == sorted(set(gold) & set(found))


def spans_of_all(sequences):
    return [
        (place, span) for place, tags in enumerate(sequences) for span in spans_by_definition(tags)
    ]


@given(tagged())
def test_kinds_are_as_defined(data):
    outcomes = sort_entities(*data)
    for outcome in outcomes:
        one, other = outcome.gold, outcome.predicted
        if one and other:
            assert words_of(one) & words_of(other)
            assert (
                outcome.kind
                is {
                    (True, True): Kind.RIGHT,
                    (True, False): Kind.WRONG_LABEL,
                    (False, True): Kind.WRONG_BOUNDARY,
                    (False, False): Kind.WRONG_LABEL_AND_BOUNDARY,
                }[words_of(one) == words_of(other), one.label == other.label]
            )
        else:
            assert outcome.kind is (Kind.MISSED if one else Kind.INVENTED)
    # Nobody is left alone beside somebody who is.
    alone = collections.defaultdict(lambda: ([], []))
    for outcome in outcomes:
        if outcome.kind in (Kind.MISSED, Kind.INVENTED):
            side = alone[outcome.sentence][outcome.kind is Kind.INVENTED]
            side.append(words_of(outcome.gold or outcome.predicted))
    for missed, invented in alone.values():
        assert not any(one & other for one in missed for other in invented)


def words_of(span):
    return set(range(span.start, span.end))


def test_counts_have_zeros():
    outcomes = sort_entities([sentence_of_tags(["B-A", "O", "B-A"])], [["O", "O", "B-A"]])
    assert count_kinds(outcomes) == {
        Kind.RIGHT: 1,
        Kind.WRONG_LABEL: 0,
        Kind.WRONG_BOUNDARY: 0,
        Kind.WRONG_LABEL_AND_BOUNDARY: 0,
        Kind.MISSED: 1,
        Kind.INVENTED: 0,
    }


def test_examples_are_the_most_frequent_of_every_label_in_turn():
    texts = {
        "Ana": "B-PER",
        "Rui": "B-PER",
        "Lima": "B-LOC",
        "Eva": "B-PER",
    }
    order = ["Ana", "Rui", "Rui", "Lima", "Ana", "Rui", "Eva"]
    sentences = [sentence_of(word, texts[word]) for word in order]
    outcomes = sort_entities(sentences, [["O"]] * len(sentences))
    examples = pick_examples(sentences, outcomes, count=3)
    person, place = Span(0, 1, "PER"), Span(0, 1, "LOC")
    assert examples[Kind.MISSED] == [
        Example(Outcome(Kind.MISSED, 1, person, None), 3),
        Example(Outcome(Kind.MISSED, 3, place, None), 1),
        Example(Outcome(Kind.MISSED, 0, person, None), 2),
    ]
    assert not any(examples[kind] for kind in set(examples) - {Kind.MISSED})
    assert Kind.RIGHT not in examples


def test_other_words_or_labels_are_other_examples():
    sentences = [sentence_of("Ana", "B-PER"), sentence_of("Ana", "B-PER"), sentence_of("Rui", "O")]
    outcomes = sort_entities(sentences, [["B-LOC"], ["B-ORG"], ["B-PER"]])
    examples = pick_examples(sentences, outcomes)
    assert [e.outcome.predicted.label for e in examples[Kind.WRONG_LABEL]] == ["LOC", "ORG"]
    assert [(e.outcome.label, e.times) for e in examples[Kind.INVENTED]] == [("PER", 1)]


def test_tags_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="Sentence 1 has 1 words"):
        sort_entities([sentence_of("Ana", "B-PER")], [["O", "O"]])
