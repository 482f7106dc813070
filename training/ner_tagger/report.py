"""Reports on taggers."""

import dataclasses
import json
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from seqzoo.core.atomic import atomic_file
from seqzoo.training.ner_tagger.confusion import confusion_of, draw_confusion
from seqzoo.training.ner_tagger.outcomes import Example, Outcome, count_kinds, pick_examples
from seqzoo.training.ner_tagger.scoring import LabelScores, TaggingScores
from seqzoo.training.ner_tagger.spans import Span
from seqzoo.zoo.text.tagging.tagged_sentence import TaggedSentence

_CONTEXT = 6
"""Words shown on either side of an error."""

_Spans = defaultdict[int, list[Span]]
"""The entities of every sentence that has some."""


def write_report(
    folder: str | os.PathLike,
    scores: TaggingScores,
    outcomes: Sequence[Outcome],
    sentences: Sequence[TaggedSentence],
    title: str,
    remarks: Iterable[str] = (),
) -> None:
    """Writes `report.txt`, `scores.json` and `confusion.png`; older ones are replaced.

    Args:
        folder: Where to; made if there is none.
        scores: The result of `score_tags`.
        outcomes: The result of `sort_entities`.
        sentences: The sentences that were measured.
        title: What was measured on what, such as `ner-lener-br, validation split`.
        remarks: Sentences on how to read the scores. Defaults to none.
    """
    folder = Path(folder)
    with atomic_file(folder / "report.txt") as aside:
        aside.write_text(report_text(scores, outcomes, sentences, title, remarks), "utf-8")
    with atomic_file(folder / "scores.json") as aside:
        aside.write_text(_scores_json(scores, outcomes, title), "utf-8")
    draw_confusion(
        confusion_of(outcomes),
        f"{title}: entity F1 {_percent(scores.f1)}",
        folder / "confusion.png",
    )


def report_text(
    scores: TaggingScores,
    outcomes: Sequence[Outcome],
    sentences: Sequence[TaggedSentence],
    title: str,
    remarks: Iterable[str] = (),
) -> str:
    """The report as plain text; arguments as `write_report` takes them.

    Scores are in percent. In the examples the words of an entity stand in brackets, its label
    after them.
    """
    return "\n".join(
        [
            title,
            "=" * len(title),
            f"{scores.sentences} sentences, {scores.words} words, {scores.entities} entities; "
            "scores in percent",
            *remarks,
            "",
            *_entity_lines(scores),
            "",
            *_token_lines(scores),
            "",
            *_kind_lines(outcomes),
            *_example_lines(outcomes, sentences),
            "",
        ]
    )


def scores_dictionary(scores: TaggingScores, outcomes: Sequence[Outcome]) -> dict:
    """The scores, and the number of outcomes of every kind, for programs."""
    return {**dataclasses.asdict(scores), "outcomes": count_kinds(outcomes)}


def _scores_json(scores: TaggingScores, outcomes: Sequence[Outcome], title: str) -> str:
    report = {"title": title, **scores_dictionary(scores, outcomes)}
    return json.dumps(report, indent=2, ensure_ascii=False) + "\n"


def _entity_lines(scores: TaggingScores) -> Iterator[str]:
    yield "Entities (strict: first word, last word and label)"
    width = max(map(len, ["all (micro)", *scores.labels]))
    yield f"  {'':{width}}  precision  recall      F1  entities"
    for label, row in scores.labels.items():
        yield f"  {label:{width}}  {_columns(row)}  {row.support:8}"
    yield f"  {'all (micro)':{width}}  {_columns(scores)}  {scores.entities:8}"
    yield f"  {'all (macro)':{width}}  {'':9}  {'':6}  {_percent(scores.macro_f1):>6}"


def _columns(row: LabelScores | TaggingScores) -> str:
    return f"{_percent(row.precision):>9}  {_percent(row.recall):>6}  {_percent(row.f1):>6}"


def _token_lines(scores: TaggingScores) -> Iterator[str]:
    yield "Words"
    yield f"  F1 of labels, without B- and I-  {_percent(scores.token_label_f1):>6}"
    yield f"  F1 of tags, with B- and I-       {_percent(scores.token_f1):>6}"
    yield f"  accuracy, O included             {_percent(scores.token_accuracy):>6}"


def _kind_lines(outcomes: Sequence[Outcome]) -> Iterator[str]:
    yield "What became of the entities"
    counts = count_kinds(outcomes)
    width = max(map(len, counts))
    for kind, count in counts.items():
        yield f"  {kind:{width}}  {count:6}"


def _example_lines(
    outcomes: Sequence[Outcome], sentences: Sequence[TaggedSentence]
) -> Iterator[str]:
    gold, predicted = _spans_by_sentence(outcomes)
    for kind, examples in pick_examples(sentences, outcomes).items():
        if examples:
            yield from ["", f"Examples: {kind}"]
        for example in examples:
            place = example.outcome.sentence
            shown = _shown_words(example.outcome, len(sentences[place].words))
            yield f"  {_heading(example)}"
            yield f"    gold       {_bracketed(sentences[place].words, gold[place], shown)}"
            yield f"    predicted  {_bracketed(sentences[place].words, predicted[place], shown)}"


def _heading(example: Example) -> str:
    gold, predicted = example.outcome.gold, example.outcome.predicted
    labels = example.outcome.label
    if gold and predicted and gold.label != predicted.label:
        labels = f"{gold.label} taken for {predicted.label}"
    times = f", {example.times} times" if example.times > 1 else ""
    return f"{labels}, sentence {example.outcome.sentence + 1}{times}"


def _spans_by_sentence(outcomes: Iterable[Outcome]) -> tuple[_Spans, _Spans]:
    """All gold and all predicted entities, each of which has an outcome."""
    gold: _Spans = defaultdict(list)
    predicted: _Spans = defaultdict(list)
    for outcome in outcomes:
        for spans, span in ((gold, outcome.gold), (predicted, outcome.predicted)):
            if span is not None:
                spans[outcome.sentence].append(span)
    return gold, predicted


def _shown_words(outcome: Outcome, length: int) -> range:
    spans = [span for span in (outcome.gold, outcome.predicted) if span is not None]
    start = min(span.start for span in spans) - _CONTEXT
    return range(max(start, 0), min(max(span.end for span in spans) + _CONTEXT, length))


def _bracketed(words: Sequence[str], spans: Sequence[Span], shown: range) -> str:
    """The words shown, with brackets around entities; those that are cut off stay open."""
    opening = {span.start for span in spans}
    closing = {span.end - 1: span.label for span in spans}
    text = " ".join(
        ("[" if place in opening else "")
        + words[place]
        + (f"]{closing[place]}" if place in closing else "")
        for place in shown
    )
    before = "... " if shown.start > 0 else ""
    after = " ..." if shown.stop < len(words) else ""
    return before + text + after


def _percent(share: float) -> str:
    return f"{100 * share:.2f}"
