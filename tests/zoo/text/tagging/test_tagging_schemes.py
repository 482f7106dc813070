import pickle

import hypothesis.strategies as st
import pytest
from hypothesis import assume, given
from seqeval.scheme import IOB2, Entities

from seqzoo.zoo.text.tagging.tagging_schemes import (
    TagError,
    detect_scheme,
    entity_spans,
    labels_of,
    to_iob2,
)

LABELS = ["PESSOA", "LOCAL", "B-52"]


@st.composite
def sentences(draw):
    """A valid sentence of tags in IOB2, written from its entities."""
    tags = []
    for label, length in draw(
        st.lists(st.tuples(st.sampled_from(["O", *LABELS]), st.integers(1, 4)), max_size=6)
    ):
        if label == "O":
            tags += ["O"] * length
        else:
            tags += [f"B-{label}"] + [f"I-{label}"] * (length - 1)
    return tags


def entities_of(tags):
    """Label, first word, word after the last; an implementation of its own, for valid IOB2."""
    starts = [i for i, tag in enumerate(tags) if tag.startswith("B-")]
    ends = [
        next((j for j in range(i + 1, len(tags)) if not tags[j].startswith("I-")), len(tags))
        for i in starts
    ]
    return [(tags[i][2:], i, j) for i, j in zip(starts, ends, strict=True)]


def to_iob1(tags):
    written = ["O"] * len(tags)
    ends = {(label, end) for label, _, end in entities_of(tags)}
    for label, start, end in entities_of(tags):
        written[start:end] = [f"I-{label}"] * (end - start)
        if (label, start) in ends:
            written[start] = f"B-{label}"
    return written


def to_single_and_end(tags, single="S", end_letter="E"):
    written = ["O"] * len(tags)
    for label, start, end in entities_of(tags):
        letters = "B" + "I" * (end - start - 2) + end_letter if end - start > 1 else single
        written[start:end] = [f"{letter}-{label}" for letter in letters]
    return written


def to_bilou(tags):
    return to_single_and_end(tags, "U", "L")


WRITERS = {"IOB1": to_iob1, "IOB2": list, "IOBES": to_single_and_end, "BILOU": to_bilou}


@pytest.mark.parametrize(
    ("scheme", "tags"),
    [
        ("IOB1", "O I-A I-A B-A I-A I-C O I-A"),
        ("IOB2", "O B-A I-A B-A I-A B-C O B-A"),
        ("IOBES", "O B-A E-A B-A E-A S-C O S-A"),
        ("BILOU", "O B-A L-A B-A L-A U-C O U-A"),
    ],
)
def test_one_sentence_in_every_scheme(scheme, tags):
    assert " ".join(to_iob2(tags.split(), scheme)) == "O B-A I-A B-A I-A B-C O B-A"
    assert detect_scheme([tags.split()]) == scheme


@pytest.mark.parametrize("scheme", WRITERS)
@given(tags=sentences())
def test_round_trip(scheme, tags):
    assert list(to_iob2(WRITERS[scheme](tags), scheme)) == tags


@pytest.mark.parametrize("scheme", WRITERS)
@given(texts=st.lists(sentences(), max_size=4))
def test_the_scheme_is_found_wherever_it_matters(scheme, texts):
    written = [WRITERS[scheme](tags) for tags in texts]
    assert [list(to_iob2(tags, detect_scheme(written))) for tags in written] == texts


@given(tags=sentences())
def test_iob2_reads_the_same_as_iob1(tags):
    assert list(to_iob2(tags, "IOB1")) == tags


@given(
    tags=st.lists(
        st.builds("{}-{}".format, st.sampled_from("BIESLU"), st.sampled_from("AC")) | st.just("O"),
        max_size=5,
    ),
    scheme=st.sampled_from(["IOB2", "IOBES", "BILOU"]),
)
def test_what_is_accepted_is_what_the_scheme_writes(tags, scheme):
    """The schemes but IOB1 write a set of entities in one way, and accept no other."""
    try:
        converted = to_iob2(tags, scheme)
    except TagError:
        assume(False)
    assert WRITERS[scheme](converted) == tags


@pytest.mark.parametrize(
    ("scheme", "tags", "word", "problem"),
    [
        ("IOB2", "O I-A", 1, "'I-A' after 'O' is not IOB2"),
        ("IOB2", "I-A", 0, "'I-A' at the start of a sentence is not IOB2"),
        ("IOB2", "B-A I-C", 1, "'I-C' after 'B-A' is not IOB2"),
        ("IOB2", "B-A E-A", 1, "'E-A' after 'B-A' is not IOB2"),
        ("IOBES", "B-A O", 1, "'O' after 'B-A' is not IOBES"),
        ("IOBES", "B-A B-A E-A", 1, "'B-A' after 'B-A' is not IOBES"),
        ("IOBES", "S-A I-A", 1, "'I-A' after 'S-A' is not IOBES"),
        ("IOBES", "O B-A", 1, "'B-A' at the end of a sentence is not IOBES"),
        ("BILOU", "E-A", 0, "'E-A' at the start of a sentence is not BILOU"),
        ("IOB1", "O S-A", 1, "'S-A' after 'O' is not IOB1"),
    ],
)
def test_what_a_scheme_does_not_allow(scheme, tags, word, problem):
    with pytest.raises(TagError, match=problem) as caught:
        to_iob2(tags.split(), scheme)
    assert caught.value.word == word


@pytest.mark.parametrize("tag", ["", "X", "B", "B-", "-A", "b-A", "o", "0", "O-A", "BI-A", "B_A"])
def test_what_is_no_tag(tag):
    with pytest.raises(TagError, match=f"{tag!r} is not a tag; write O") as caught:
        detect_scheme([["O"], ["O", tag]])
    assert (caught.value.sentence, caught.value.word) == (1, 1)


@pytest.mark.parametrize(
    ("texts", "place", "problem"),
    [
        (["S-A", "O", "U-A"], (2, 0), "'U-A' is BILOU where it stands, but 'S-A' .* IOBES"),
    ],
)
def test_a_mixture_is_an_error(texts, place, problem):
    with pytest.raises(TagError, match=problem) as caught:
        detect_scheme([tags.split() for tags in texts])
    assert (caught.value.sentence, caught.value.word) == place


@pytest.mark.parametrize("tags", ["B-A O I-C", "I-A B-C"])
def test_a_stray_inside_is_read_as_a_beginning(tags):
    scheme = detect_scheme([tags.split()])
    assert " ".join(to_iob2(tags.split(), scheme)) == tags.replace("I-", "B-")


@pytest.mark.parametrize("scheme", ["IO", None])
def test_labels_alone(scheme):
    tags = ["PER", "PER", "O", "ORG", "PER"]
    found = to_iob2(tags, scheme or detect_scheme([tags]))
    assert found == ("B-PER", "I-PER", "O", "B-ORG", "B-PER")
    with pytest.raises(TagError, match="'B-PER' is not IO; write O, or the label alone"):
        to_iob2(["PER", "B-PER"], "IO")


def test_without_entities_it_is_iob2():
    assert detect_scheme([]) == "IOB2"
    assert detect_scheme([[], ["O", "O"]]) == "IOB2"


def test_an_unknown_scheme_names_those_there_are():
    with pytest.raises(ValueError, match="no scheme 'iob'; give one of IOB1, IOB2, IOBES, BILOU"):
        to_iob2(["O"], "iob")


@given(
    tags=st.lists(
        st.builds("{}-{}".format, st.sampled_from("BI"), st.sampled_from(["A", "C"])) | st.just("O")
    )
)
def test_spans_are_what_seqeval_counts(tags):
    """Any sequence of tags, also one that is not IOB2."""
    counted = [
        (entity.tag, entity.start, entity.end) for entity in Entities([tags], IOB2).entities[0]
    ]
    assert entity_spans(tags) == counted


def test_labels_are_sorted_and_whole():
    assert labels_of([["S-LOCAL", "O"], ["B-B-52", "I-B-52"], []]) == ["B-52", "LOCAL"]


def test_the_error_can_travel_between_processes():
    error = pickle.loads(pickle.dumps(TagError("a sentence", 2, 3)))
    assert (str(error), error.word, error.sentence) == ("a sentence", 2, 3)
