"""Reports on captioners."""

import csv
import io
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from rich.box import SIMPLE
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from seqzoo.core.atomic import atomic_file
from seqzoo.training.image_captioner.contact_sheet import (
    SheetCaption,
    SheetPicture,
    draw_contact_sheet,
)
from seqzoo.training.image_captioner.language_evaluation import MODEL, LanguageEvaluation
from seqzoo.training.image_captioner.scoring import CIDER_EXTRA, evenly_spaced
from seqzoo.zoo.images.captioned_image import CaptionedImage

_SHEET_PICTURES = 20
_SECTION_PICTURES = 5
_WIDTH = 100  # characters

_EXACT_MATTERS = 0.1
"""Share of exact captions from which on they are a measure: people never describe a photograph
twice in the same words, but a drawn scene often."""


def write_report(
    folder: str | os.PathLike,
    examples: Sequence[CaptionedImage],
    languages: Mapping[str, LanguageEvaluation],
    title: str,
) -> None:
    """Writes `report.txt`, `captions.tsv` and `contact-sheet.png`, replacing older ones.

    `captions.tsv` has a line for every caption: the image's name, the language, the caption, its
    score (the mean log-probability of a token, in nats), its CIDEr-D, and the references, separated
    by ` | `. Where many captions equal a reference, the contact sheet shows evenly spaced examples
    of the split and marks which captions do; elsewhere the best, the median and the worst examples
    by CIDEr-D, on average over the languages.

    Args:
        folder: The folder of the report; created if it does not exist.
        examples: The images of the split.
        languages: The evaluation of each language.
        title: The model and the data, such as `captioner-scenes, test split`.
    """
    folder = Path(folder)
    with atomic_file(folder / "report.txt") as aside:
        aside.write_text(_report_text(languages, title), "utf-8")
    with atomic_file(folder / "captions.tsv") as aside:
        _write_captions(aside, examples, languages)
    sections, note = _sheet(examples, languages)
    draw_contact_sheet(sections, title, note, folder / "contact-sheet.png")


def tables(languages: Mapping[str, LanguageEvaluation], title: str) -> Iterator[RenderableType]:
    """Yields, for every language, a table of the scores and sentences about the captions."""
    for language, evaluation in languages.items():
        yield _table(evaluation, f"{title}: {language}, {len(evaluation.captions):,} images")
        yield Text("\n".join([*_sentences(evaluation), ""]))


def _table(evaluation, title):
    table = Table("", title=title, title_justify="left", box=SIMPLE)
    for name in (*(f"BLEU-{n}" for n in range(1, 5)), "chrF", "CIDEr", "exact"):
        table.add_column(name, justify="right")
    for name, scores in reversed(evaluation.scores.items()):
        table.add_row(
            name,
            *(f"{score:.1f}" for score in (*scores.bleu, scores.chrf)),
            "-" if scores.cider is None else f"{scores.cider:.2f}",
            f"{scores.exact_match:.1%}",
        )
    return table


def _sentences(evaluation):
    model, words = evaluation.scores[MODEL], evaluation.words
    yield (
        f"The model writes {words.mean_words:.1f} words a caption (the references have "
        f"{words.reference_words:.1f}), and {evaluation.different:,} different captions."
    )
    if words.too_often:
        yield "Said too often (captions, references): " + ", ".join(
            f"{word} ({share:.0%}, {expected:.0%})" for word, share, expected in words.too_often
        )
    if words.never:
        yield "Never said (references): " + ", ".join(
            f"{word} ({share:.0%})" for word, share in words.never
        )
    if evaluation.seen is not None:
        yield f"{evaluation.seen:.1%} of its captions are captions of the training split."
    yield "Exact is the share that is a reference, word for word; BLEU and chrF are of 100."
    yield "All count words in lower case, without punctuation."
    yield f"BLEU: {model.bleu_signature}"
    yield f"chrF: {model.chrf_signature}"
    yield CIDER_EXTRA if model.cider is None else "CIDEr is CIDEr-D, of 10."


def _report_text(languages, title):
    text = io.StringIO()
    Console(file=text, width=_WIDTH, highlight=False).print(*tables(languages, title), sep="\n")
    return text.getvalue()


def _write_captions(path, examples, languages):
    with open(path, "w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, dialect="excel-tab", lineterminator="\n")
        rows.writerow(["name", "language", "caption", "score", "cider", "references"])
        for language, evaluation in languages.items():
            ciders = _ciders(evaluation)
            for place, caption in evaluation.captions.items():
                cider = f"{ciders[place]:.4f}" if ciders else ""
                references = " | ".join(examples[place].captions[language])
                rows.writerow(
                    [
                        *(examples[place].name, language, caption.text),
                        *(f"{caption.score:.4f}", cider, references),
                    ]
                )


def _ciders(evaluation):
    """Returns CIDEr-D by the index of the image; empty without the package that computes it."""
    if evaluation.cider is None:
        return {}
    return dict(zip(evaluation.captions, evaluation.cider.tolist(), strict=True))


def _sheet(examples, languages):
    """Returns the sections of a contact sheet, and the sentence below its title."""
    shown = sorted(set().union(*(evaluation.captions for evaluation in languages.values())))
    ciders = {language: _ciders(evaluation) for language, evaluation in languages.items()}
    exact_matters = any(
        scores.exact_match >= _EXACT_MATTERS
        for evaluation in languages.values()
        for scores in evaluation.scores.values()
    )
    if exact_matters or not any(ciders.values()):
        places = [shown[index] for index in evenly_spaced(len(shown), _SHEET_PICTURES)]
        pictures = [_sheet_picture(examples, languages, place, exact_matters) for place in places]
        return {"": pictures}, _exact_note(pictures, languages) if exact_matters else ""
    mean = {place: np.mean([of[place] for of in ciders.values() if place in of]) for place in shown}
    return {
        f"{name} by CIDEr": [
            _sheet_picture(examples, languages, place, marked=False, ciders=ciders)
            for place in places
        ]
        for name, places in _best_median_worst(sorted(shown, key=lambda place: -mean[place]))
    }, "Below each caption: its CIDEr-D, of 10, and all references."


def _best_median_worst(places):
    """Yields names and places, which overlap in small splits."""
    count = min(_SECTION_PICTURES, len(places))
    middle = (len(places) - count) // 2
    yield "Best", places[:count]
    yield "Median", places[middle : middle + count]
    yield "Worst", places[len(places) - count :]


def _sheet_picture(examples, languages, place, marked, ciders=None):
    return SheetPicture(
        examples[place].image,
        {
            language: SheetCaption(
                evaluation.captions[place].text,
                examples[place].captions[language],
                marked,
                f"CIDEr {ciders[language][place]:.2f}" if ciders else "",
            )
            for language, evaluation in languages.items()
            if place in evaluation.captions
        },
    )


def _exact_note(pictures, languages):
    shares = []
    for language, evaluation in languages.items():
        captions = [
            picture.captions[language] for picture in pictures if language in picture.captions
        ]
        right = sum(caption.is_right() for caption in captions)
        share = evaluation.scores[MODEL].exact_match
        shares.append(f"{language} {right} of {len(captions)} here, {share:.1%} of all")
    return f"Word for word as a reference: {'; '.join(shares)}."
