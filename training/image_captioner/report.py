"""Reports on captioners."""

import csv
import io
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from rich.box import SIMPLE
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from seqzoo.core.atomic import atomic_file
from seqzoo.training.image_captioner.contact_sheet import SheetPicture, draw_contact_sheet
from seqzoo.training.image_captioner.language_evaluation import MODEL, LanguageEvaluation
from seqzoo.training.image_captioner.scoring import CIDER_EXTRA, evenly_spaced
from seqzoo.zoo.images.captioned_image import CaptionedImage

_SHEET_PICTURES = 20
_WIDTH = 100  # characters


def write_report(
    folder: str | os.PathLike,
    examples: Sequence[CaptionedImage],
    languages: Mapping[str, LanguageEvaluation],
    title: str,
) -> None:
    """Writes `report.txt`, `captions.tsv` and `contact-sheet.png`, replacing older ones.

    `captions.tsv` has a line for every caption: the image's name, the language, the caption, its
    score (the mean log-probability of a token, in nats) and the references, separated by ` | `. The
    contact sheet shows evenly spaced examples of the split.

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
    pictures = _sheet_pictures(examples, languages)
    draw_contact_sheet(
        pictures, title, _sheet_note(pictures, languages), folder / "contact-sheet.png"
    )


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
    model = evaluation.scores[MODEL]
    yield (
        f"The model writes {evaluation.mean_words:.1f} words a caption, and "
        f"{evaluation.different:,} different captions."
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
        rows.writerow(["name", "language", "caption", "score", "references"])
        for language, evaluation in languages.items():
            for place, caption in evaluation.captions.items():
                references = " | ".join(examples[place].captions[language])
                name = examples[place].name
                rows.writerow([name, language, caption.text, f"{caption.score:.4f}", references])


def _sheet_pictures(examples, languages):
    shown = sorted(set().union(*(evaluation.captions for evaluation in languages.values())))
    return [
        SheetPicture(
            examples[place].image,
            {
                language: (evaluation.captions[place].text, examples[place].captions[language])
                for language, evaluation in languages.items()
                if place in evaluation.captions
            },
        )
        for place in (shown[index] for index in evenly_spaced(len(shown), _SHEET_PICTURES))
    ]


def _sheet_note(pictures, languages):
    shares = []
    for language, evaluation in languages.items():
        shown = [picture for picture in pictures if language in picture.captions]
        right = sum(picture.is_right(language) for picture in shown)
        share = evaluation.scores[MODEL].exact_match
        shares.append(f"{language} {right} of {len(shown)} here, {share:.1%} of all")
    return f"Word for word as a reference: {'; '.join(shares)}."
