import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from seqzoo.training.ner_tagger.spans import Span, spans_of
from tests.training.ner_tagger.reference import TAGS, spans_by_definition


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ("", []),
        ("O O", []),
        ("B-A", [Span(0, 1, "A")]),
        ("B-A I-A O B-B", [Span(0, 2, "A"), Span(3, 4, "B")]),
        # Neighbours: B- separates.
        ("B-A B-A I-A", [Span(0, 1, "A"), Span(1, 3, "A")]),
        # An I- that continues nothing: first, after O, after another label.
        ("I-A I-A", []),
        ("O I-A O", []),
        ("B-A I-B", [Span(0, 1, "A")]),
        # Nor does what follows it, and it ends the entity before.
        ("B-A I-B I-B I-A", [Span(0, 1, "A")]),
        ("I-A B-A I-A", [Span(1, 3, "A")]),
        # A label may have hyphens of its own.
        ("B-A-B I-A-B", [Span(0, 2, "A-B")]),
    ],
)
def test_by_hand(tags, expected):
    assert spans_of(tags.split()) == expected


@given(st.lists(st.sampled_from(TAGS), max_size=9))
@example(["B-A", "I-B", "I-A", "B-A", "I-A"])
def test_is_the_definition(tags):
    assert spans_of(tags) == spans_by_definition(tags)
