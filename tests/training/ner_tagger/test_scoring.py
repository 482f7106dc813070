import dataclasses
import warnings

import pytest
from hypothesis import given
from seqeval.metrics import classification_report
from seqeval.scheme import IOB2
from sklearn.metrics import f1_score

from seqzoo.training.ner_tagger.scoring import LabelScores, score_tags
from tests.training.ner_tagger.reference import (
    LABELS,
    TAGS,
    sentence_of,
    sentence_of_tags,
    spans_by_definition,
    tagged,
)


def score(gold, predicted):
    return score_tags([sentence_of_tags(gold.split())], [predicted.split()])


def test_by_hand():
    sentences = [
        sentence_of("Lucas Ferreira é professor de IA .", "B-PER I-PER O B-JOB O B-SUB O"),
        sentence_of("Ana Lima mora em Lima .", "B-PER I-PER O O B-LOC O"),
    ]
    predicted = [
        # Right; invented; right; missed.
        ["B-PER", "I-PER", "B-JOB", "B-JOB", "O", "O", "O"],
        # Too short; the label of another.
        ["B-PER", "O", "O", "O", "B-PER", "O"],
    ]
    scores = score_tags(sentences, predicted)
    # 2 of 5 predicted entities are right, and 2 of 5 gold ones were found.
    assert (scores.precision, scores.recall) == (0.4, 0.4)
    assert scores.f1 == pytest.approx(0.4)
    assert scores.labels == {
        "JOB": LabelScores(0.5, 1.0, pytest.approx(2 / 3), 1),
        "LOC": LabelScores(0.0, 0.0, 0.0, 1),
        "PER": LabelScores(pytest.approx(1 / 3), 0.5, pytest.approx(0.4), 2),
        "SUB": LabelScores(0.0, 0.0, 0.0, 1),
    }
    assert scores.macro_f1 == pytest.approx((2 / 3 + 0.4) / 4)
    # 4 words are right of 6 predicted and 7 gold ones that are not O.
    assert scores.token_f1 == scores.token_label_f1 == pytest.approx(2 * 4 / (6 + 7))
    assert scores.token_accuracy == pytest.approx((5 + 4) / 13)
    assert (scores.sentences, scores.words, scores.entities) == (2, 13, 5)


@pytest.mark.parametrize(
    ("gold", "predicted", "right", "found", "expected"),
    [
        # An I- that continues nothing is no entity where it is predicted ...
        ("B-A I-A", "I-A I-A", 0, 0, 1),
        ("O O", "O I-A", 0, 0, 0),
        ("B-A B-B", "B-A I-B", 1, 1, 2),
        # ... nor where it is gold.
        ("I-A I-A", "B-A I-A", 0, 1, 0),
        ("I-A I-A", "I-A I-A", 0, 0, 0),
        ("B-A I-B O", "B-A O B-B", 1, 2, 1),
    ],
)
def test_inconsistent_tags(gold, predicted, right, found, expected):
    scores = score(gold, predicted)
    assert scores.precision == (right / found if found else 0)
    assert scores.recall == (right / expected if expected else 0)
    assert scores.entities == expected


def test_prefix_counts_in_tokens_only_where_it_is_said_to():
    scores = score("B-A I-A O", "B-A B-A O")
    assert scores.token_f1 == 0.5
    assert scores.token_label_f1 == 1
    assert scores.token_accuracy == pytest.approx(2 / 3)


def test_a_label_that_is_only_predicted_counts_in_the_macro_average():
    scores = score("B-A O", "B-A B-B")
    assert scores.labels["B"] == LabelScores(0.0, 0.0, 0.0, 0)
    assert scores.macro_f1 == 0.5


@pytest.mark.parametrize("tags", ["", "O O O"])
def test_nothing_to_find_is_zero_without_a_warning(tags):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        scores = score(tags, tags)
    assert (scores.precision, scores.recall, scores.f1, scores.macro_f1) == (0, 0, 0, 0)
    assert (scores.token_f1, scores.token_label_f1, scores.labels) == (0, 0, {})
    assert scores.token_accuracy == (1 if tags else 0)


@given(tagged(min_size=1))
def test_entities_are_counted_by_definition(data):
    sentences, predicted = data
    gold, found = (
        {
            (place, span)
            for place, tags in enumerate(sequences)
            for span in spans_by_definition(tags)
        }
        for sequences in ([list(sentence.tags) for sentence in sentences], predicted)
    )
    scores = score_tags(sentences, predicted)
    assert_f1(scores, gold, found)
    assert scores.entities == len(gold)
    labels = {span.label for _, span in gold | found}
    assert set(scores.labels) == labels
    for label in labels:
        ours = [{pair for pair in side if pair[1].label == label} for side in (gold, found)]
        assert_f1(scores.labels[label], *ours)
        assert scores.labels[label].support == len(ours[0])
    mean = sum(row.f1 for row in scores.labels.values()) / max(len(labels), 1)
    assert scores.macro_f1 == pytest.approx(mean)


def assert_f1(row, gold, found):
    right = len(gold & found)
    assert row.precision == pytest.approx(right / max(len(found), 1))
    assert row.recall == pytest.approx(right / max(len(gold), 1))
    assert row.f1 == pytest.approx(2 * right / max(len(gold) + len(found), 1))


@given(tagged())
def test_is_what_seqeval_reports_in_strict_mode(data):
    sentences, predicted = data
    # An entity that is right, so that there is something to average.
    sentences = [*sentences, sentence_of_tags(["B-A"])]
    predicted = [*predicted, ["B-A"]]
    report = classification_report(
        [list(sentence.tags) for sentence in sentences],
        predicted,
        mode="strict",
        scheme=IOB2,
        output_dict=True,
        zero_division=0,
    )
    scores = score_tags(sentences, predicted)
    rows = {**scores.labels, "micro avg": scores}
    assert {name: report[name]["f1-score"] for name in rows} == {
        name: row.f1 for name, row in rows.items()
    }
    assert scores.macro_f1 == pytest.approx(report["macro avg"]["f1-score"])


@given(tagged())
def test_token_scores_are_those_of_scikit_learn(data):
    sentences, predicted = data
    # A word, so that scikit-learn has something to count.
    sentences, predicted = [*sentences, sentence_of_tags(["O"])], [*predicted, ["O"]]
    gold = [tag for sentence in sentences for tag in sentence.tags]
    found = [tag for tags in predicted for tag in tags]
    scores = score_tags(sentences, predicted)

    def micro(gold, found, labels):
        return f1_score(gold, found, labels=labels, average="micro", zero_division=0)

    assert scores.token_f1 == pytest.approx(micro(gold, found, TAGS[1:]))
    # As the authors of LeNER-Br do it.
    bare = [[tag.removeprefix("B-").removeprefix("I-") for tag in side] for side in (gold, found)]
    assert scores.token_label_f1 == pytest.approx(micro(*bare, LABELS))
    assert scores.token_f1 <= scores.token_label_f1


def test_scores_are_plain_numbers():
    scores = dataclasses.asdict(score("B-A O", "B-A B-B"))
    labels = scores.pop("labels").values()
    assert {type(value) for row in [scores, *labels] for value in row.values()} == {float, int}


@pytest.mark.parametrize(
    ("predicted", "message"),
    [
        ([["O", "O"]], "2 sentences and predicted tags of 1"),
        ([["O", "O"], ["O", "O"]], "Sentence 2 has 1 words, 1 gold tags and 2 predicted tags"),
        ([["O", "O"], ["S-A"]], "Sentence 2 has the tag 'S-A'"),
        ([["O", "B-"], ["O"]], "Sentence 1 has the tag 'B-'"),
        ([["", "O"], ["O"]], "Sentence 1 has the tag ''"),
    ],
)
def test_refused(predicted, message):
    sentences = [sentence_of("Bom dia", "O O"), sentence_of("Olá", "O")]
    with pytest.raises(ValueError, match=message):
        score_tags(sentences, predicted)


def test_no_sentences_are_refused():
    with pytest.raises(ValueError, match="no sentences"):
        score_tags([], [])
