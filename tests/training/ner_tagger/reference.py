"""Tag sequences for tests, and what they mean by definition."""

from hypothesis import strategies as st

from seqzoo.training.ner_tagger.spans import Span
from seqzoo.zoo.text.tagging.tagged_sentence import TaggedSentence

LABELS = ("A", "B", "C")
TAGS = ("O", *(f"{prefix}-{label}" for label in LABELS for prefix in "BI"))


def spans_by_definition(tags):
    """A `B-`, all `I-` of the label up to the end, and no further one there."""
    places = range(len(tags))
    return [
        Span(start, end + 1, label)
        for start in places
        for end in places[start:]
        for label in LABELS
        if tags[start] == f"B-{label}"
        and all(tag == f"I-{label}" for tag in tags[start + 1 : end + 1])
        and tags[end + 1 : end + 2] != [f"I-{label}"]
    ]


def sentence_of(text, tags):
    """A sentence from words and tags with spaces between."""
    return TaggedSentence(tuple(text.split()), tuple(tags.split()))


def sentence_of_tags(tags):
    """A sentence of numbered words."""
    return TaggedSentence(tuple(f"w{place}" for place in range(len(tags))), tuple(tags))


@st.composite
def tagged(draw, min_size=0):
    """Sentences with gold tags, and predicted tags that partly agree."""
    sentences, predicted = [], []
    for gold in draw(
        st.lists(st.lists(st.sampled_from(TAGS), max_size=8), min_size=min_size, max_size=4)
    ):
        slips = draw(
            st.lists(st.none() | st.sampled_from(TAGS), min_size=len(gold), max_size=len(gold))
        )
        sentences.append(sentence_of_tags(gold))
        predicted.append([slip or tag for slip, tag in zip(slips, gold, strict=True)])
    return sentences, predicted
