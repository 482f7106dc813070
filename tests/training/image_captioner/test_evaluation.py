import csv
import dataclasses
import io
import json
import math
import sys

import numpy as np
import pytest
from PIL import Image
from rich.console import Console

from seqzoo.core.errors import UsageError
from seqzoo.training.data.splits import Splits
from seqzoo.training.image_captioner import report
from seqzoo.training.image_captioner.evaluation import evaluate
from seqzoo.zoo.images.captioned_image import CaptionedImage
from tests.training.image_captioner.reference import SpokenCaptioner

SAID = {
    "en": {1: "a red boat on a lake", 2: "two dogs run", 3: "a cat", 4: "a cat"},
    "pt": {1: "um barco vermelho", 2: "dois cães correm", 3: "um gato", 4: "um gato à porta"},
}


def example(number, color, **captions):
    """An image of one colour but for a corner, which `SpokenCaptioner` tells it by."""
    image = np.full((6, 8, 3), color, "uint8")
    image[0, 0, 0] = number
    return CaptionedImage(f"image-{number}", image, captions)


@pytest.fixture
def splits():
    return Splits(
        train=[
            example(10, (200, 0, 0), en=("a red boat on a lake", "a boat"), pt=("um barco",)),
            example(11, (0, 150, 0), en=("dogs run",)),
            example(12, (0, 0, 90), en=("a cat", "dogs run"), pt=("um gato",)),
            example(13, (90, 90, 0), pt=("um gato",)),
        ],
        validation=[],
        test=[
            example(1, (100, 5, 0), en=("a red boat on a lake",), pt=("um barco vermelho",)),
            example(2, (5, 99, 0), en=("two dogs run fast", "some dogs run"), fr=("deux chiens",)),
            example(3, (0, 5, 60), en=("a black cat",), pt=("um gato preto", "um gato")),
            example(4, (70, 80, 0), en=("a cat",), pt=("gatos", "um gato"), fr=("un chat",)),
        ],
    )


@pytest.fixture
def evaluation(splits):
    return evaluate(SpokenCaptioner(SAID), splits)


def test_scores(evaluation):
    scores = json.loads(json.dumps(evaluation.scores()))
    assert (scores["split"], scores["beam_width"]) == ("test", 4)
    # French is no language of the model.
    assert list(scores["languages"]) == ["en", "pt"]
    english, portuguese = scores["languages"].values()
    assert (english["images"], portuguese["images"]) == (4, 3)
    assert (english["mean_words"], portuguese["mean_words"]) == (13 / 4, 9 / 3)
    assert (english["different"], portuguese["different"]) == (3, 3)
    # `a red boat on a lake` and `a cat` twice; `um gato`.
    assert (english["seen"], portuguese["seen"]) == (3 / 4, 1 / 3)
    exact = {name: row["exact_match"] for name, row in english["scores"].items()}
    # The neighbours say `a red boat on a lake`, `dogs run`, `a cat` and, since image 13 has no
    # English, `a red boat on a lake`.
    assert exact == {"model": 2 / 4, "nearest neighbour": 1 / 4, "most frequent": 0.0}
    exact = {name: row["exact_match"] for name, row in portuguese["scores"].items()}
    # In Portuguese image 13 is the neighbour of the last one.
    assert exact == {"model": 2 / 3, "nearest neighbour": 2 / 3, "most frequent": 2 / 3}
    assert english["scores"]["model"]["bleu_signature"].startswith("nrefs:var|case:lc")
    assert english["scores"]["model"]["cider"] > english["scores"]["most frequent"]["cider"]


def test_best_caption_of_the_beam(splits):
    task = SpokenCaptioner(SAID)
    evaluation = evaluate(task, splits, beam_width=7)
    assert task.beam_widths == [7, 7]
    assert [caption.text for caption in evaluation.languages["pt"].captions.values()] == [
        SAID["pt"][number] for number in (1, 3, 4)
    ]


@pytest.mark.parametrize("split", ["train", "all"])
def test_an_image_is_not_its_own_neighbour(splits, split):
    """It would be told its own caption."""
    said = {language: dict.fromkeys(range(20), "a cat") for language in ("en", "pt")}
    splits = Splits(splits.train, [], [dataclasses.replace(example) for example in splits.train])
    evaluation = evaluate(SpokenCaptioner(said), splits, split)
    nearest = evaluation.languages["en"].scores["nearest neighbour"]
    # Three images with English captions, in "all" beside copies of them, which are told their own;
    # of the three, none has a neighbour whose first caption is one of its own.
    assert nearest.exact_match == pytest.approx({"train": 0.0, "all": 1 / 2}[split])


def test_without_a_training_split(splits):
    scores = evaluate(SpokenCaptioner(SAID), Splits([], [], splits.test)).scores()
    for language in scores["languages"].values():
        assert list(language["scores"]) == ["model"]
        assert "seen" not in language


def test_no_language_in_common(splits):
    with pytest.raises(UsageError, match=r"^The model writes de, and .* test split are in en, fr,"):
        evaluate(SpokenCaptioner({"de": {}}), splits)
    with pytest.raises(UsageError, match="no validation split"):
        evaluate(SpokenCaptioner(SAID), splits, "validation")


def shown(evaluation):
    text = io.StringIO()
    Console(file=text, width=80).print(evaluation.show("boats, test split"))
    return text.getvalue()


def test_table(evaluation):
    text = shown(evaluation)
    assert "boats, test split: en, 4 images" in text
    assert "boats, test split: pt, 3 images" in text
    rows = [line.split() for line in text.splitlines()]
    # Fits 80 columns: no name is broken into two lines.
    (model, _) = (row for row in rows if row[:1] == ["model"])
    assert model[-1] == "50.0%"
    scores = evaluation.languages["en"].scores["model"]
    assert model[1:6] == [f"{score:.1f}" for score in (*scores.bleu, scores.chrf)]
    assert sum(row[:2] == ["nearest", "neighbour"] for row in rows) == 2
    assert "writes 3.2 words a caption (the references have 3.6), and 3 different captions" in (
        " ".join(text.split())
    )
    assert "75.0% of its captions are captions of the training split." in text


def test_says_how_to_get_cider(splits, monkeypatch):
    monkeypatch.setitem(sys.modules, "pycocoevalcap.cider.cider_scorer", None)
    evaluation = evaluate(SpokenCaptioner(SAID), splits)
    assert "cider" not in evaluation.scores()["languages"]["en"]["scores"]["model"]
    assert "pip install 'seqzoo[images]'." in shown(evaluation)


def test_report(evaluation, tmp_path):
    folder = tmp_path / "new" / "report"
    for title in ("old", "boats, test split"):
        evaluation.write(folder, title)
    assert sorted(path.name for path in folder.iterdir()) == [
        "captions.tsv",
        "contact-sheet.png",
        "report.txt",
    ]
    text = (folder / "report.txt").read_text("utf-8")
    assert "boats, test split: pt, 3 images" in text
    assert "BLEU: nrefs:var|case:lc" in text
    with open(folder / "captions.tsv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, dialect="excel-tab"))
    assert len(rows) == 7
    assert rows[1] == {
        "name": "image-2",
        "language": "en",
        "caption": "two dogs run",
        "score": "-0.2500",
        "cider": f"{evaluation.languages['en'].cider[1]:.4f}",
        "references": "two dogs run fast | some dogs run",
    }
    assert rows[-1]["caption"] == "um gato à porta"
    with Image.open(folder / "contact-sheet.png") as sheet:
        assert sheet.width > 4 * 256


def test_words_that_people_use_otherwise(splits):
    said = {"en": dict.fromkeys(range(1, 5), "a cat sleeps")}
    words = evaluate(SpokenCaptioner(said), splits).languages["en"].words
    # Of five references two have a cat, three an article; of four captions all have both.
    assert words.too_often == [("sleeps", 1.0, 0.0), ("cat", 1.0, 2 / 5), ("a", 1.0, 3 / 5)]
    assert ("dogs", 2 / 5) in words.never
    assert "cat" not in dict(words.never)


@pytest.fixture
def drawn(monkeypatch):
    """The arguments of the contact sheet that is drawn."""
    calls = []
    monkeypatch.setattr(report, "draw_contact_sheet", lambda *arguments: calls.append(arguments))
    return calls


def test_exact_captions_are_marked_where_there_are_many(evaluation, tmp_path, drawn):
    evaluation.write(tmp_path, "boats")
    ((sections, _, note, _),) = drawn
    (pictures,) = sections.values()
    assert len(pictures) == 4
    assert all(caption.marked for picture in pictures for caption in picture.captions.values())
    assert note == "Word for word as a reference: en 2 of 4 here, 50.0% of all; " + (
        "pt 2 of 3 here, 66.7% of all."
    )


def test_else_the_best_the_median_and_the_worst_are_shown(tmp_path, drawn):
    """As of photographs, which nobody describes in the very words of another."""
    words = ["boat", "dog", "cat", "tree", "man", "horse", "ball", "road", "girl", "hill", "car"]
    said, test = {}, []
    for number, word in enumerate(words):
        # The lower its number, the more of its reference a caption says.
        reference = f"{word} {number} " + " ".join(f"{word}{n}" for n in range(9))
        said[number] = " ".join(reference.split()[: 10 - number] or ["nothing"])
        test.append(example(number, (number, 9, 9), en=(reference, f"one more {word}")))
    evaluate(SpokenCaptioner({"en": said}), Splits([], [], test)).write(tmp_path, "photographs")
    ((sections, _, _, _),) = drawn
    shown = {
        heading: sorted(int(picture.image[0, 0, 0]) for picture in pictures)
        for heading, pictures in sections.items()
    }
    assert shown == {
        "Best by CIDEr": [0, 1, 2, 3, 4],
        "Median by CIDEr": [3, 4, 5, 6, 7],
        "Worst by CIDEr": [6, 7, 8, 9, 10],
    }
    caption = sections["Worst by CIDEr"][-1].captions["en"]
    assert not caption.marked
    assert caption.note == "CIDEr 0.00"
    assert len(caption.references) == 2


def test_report_of_a_single_image(splits, tmp_path):
    """No n-gram is rare among one image's: CIDEr is 0, and nothing is divided by nothing."""
    evaluation = evaluate(SpokenCaptioner(SAID), Splits(splits.train, [], splits.test[2:3]))
    evaluation.write(tmp_path, "one")
    scores = evaluation.languages["en"].scores["model"]
    assert scores.cider == 0.0
    assert all(map(math.isfinite, scores.bleu))
