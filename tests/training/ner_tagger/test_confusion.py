import numpy as np
import pytest
from hypothesis import given
from matplotlib import colormaps
from matplotlib.image import imread

from seqzoo.training.ner_tagger.confusion import Confusion, confusion_of, draw_confusion
from seqzoo.training.ner_tagger.outcomes import Kind, count_kinds, sort_entities
from tests.training.ner_tagger.reference import sentence_of_tags, tagged


def test_by_hand():
    gold = ["B-B", "I-B", "O", "B-A", "B-A", "O", "B-B"]
    predicted = ["B-B", "O", "O", "B-C", "O", "B-A", "B-B"]
    confusion = confusion_of(sort_entities([sentence_of_tags(gold)], [predicted]))
    assert confusion.labels == ["A", "B", "C"]
    assert confusion.counts.tolist() == [
        # One A is taken for C, one is missed.
        [0, 0, 1, 1],
        # One B is right, one has a wrong boundary.
        [0, 2, 0, 0],
        [0, 0, 0, 0],
        # An A is invented.
        [1, 0, 0, 0],
    ]
    np.testing.assert_array_equal(
        confusion.shares, [[0, 0, 0.5, 0.5], [0, 1, 0, 0], [0, 0, 0, 0], [1, 0, 0, 0]]
    )


@given(tagged())
def test_every_outcome_is_counted(data):
    outcomes = sort_entities(*data)
    confusion = confusion_of(outcomes)
    kinds = count_kinds(outcomes)
    assert confusion.counts.sum() == len(outcomes)
    assert confusion.counts[:, -1].sum() == kinds[Kind.MISSED]
    assert confusion.counts[-1].sum() == kinds[Kind.INVENTED]
    assert np.trace(confusion.counts) == kinds[Kind.RIGHT] + kinds[Kind.WRONG_BOUNDARY]
    for place, label in enumerate(confusion.labels):
        gold = [o for o in outcomes if o.gold and o.gold.label == label]
        found = [o for o in outcomes if o.predicted and o.predicted.label == label]
        assert confusion.counts[place].sum() == len(gold)
        assert confusion.counts[:, place].sum() == len(found)


def draw(counts, path):
    """Draws a matrix; the picture's pixels, uint8 `(height, width, 3)`."""
    counts = np.array(counts)
    labels = [f"ROTULO_{place}" for place in range(len(counts) - 1)]
    draw_confusion(Confusion(labels, counts), "split: entity F1 86.61", path)
    return np.round(imread(path)[..., :3] * 255).astype("uint8")


def pixels_of_share(picture, share):
    """How many pixels have the colour of cells of this share of their row."""
    color = np.array(colormaps["Blues"](np.sqrt(share), bytes=True)[:3], int)
    return int((np.abs(picture - color).max(axis=-1) <= 2).sum())


@pytest.mark.parametrize("labels", [1, 6, 20])
def test_cells_have_the_colour_of_their_share(labels, tmp_path):
    cells = labels + 1
    picture = draw(np.eye(cells, dtype=int) * 7, tmp_path / "confusion.png")
    full, empty = (pixels_of_share(picture, share) for share in (1, 0))
    # The numbers stand in the full cells and cover a split of them.
    assert full / cells == pytest.approx(empty / (cells**2 - cells), rel=0.25)
    # A cell has room for its numbers.
    assert empty / (cells**2 - cells) > 50**2


def test_a_rare_error_can_be_seen(tmp_path):
    pictures = [
        draw([[99, rare, 0], [0, 50, 0], [0, 0, 0]], tmp_path / f"{rare}.png") for rare in (0, 1)
    ]
    shown, hidden = (pixels_of_share(picture, 0.01) for picture in reversed(pictures))
    # The scale beside the matrix holds a strip of every colour.
    assert shown - hidden > 50**2
    # Far enough from the colour of nothing to be told from it.
    assert pixels_of_share(pictures[0], 0) - pixels_of_share(pictures[1], 0) > 50**2


def test_frequency_of_a_label_does_not_change_the_colours(tmp_path):
    """Shares of rows: a label that is everywhere does not darken its row."""
    picture = draw([[50, 50, 0], [5000, 5000, 0], [0, 0, 0]], tmp_path / "confusion.png")
    other = draw([[50, 50, 0], [50, 50, 0], [0, 0, 0]], tmp_path / "other.png")
    numbers = 0.02  # of the pixels, at most, are digits that differ
    assert (picture != other).any(axis=-1).mean() < numbers


def test_nothing_to_confuse(tmp_path):
    confusion = confusion_of([])
    assert confusion.counts.tolist() == [[0]]
    draw_confusion(confusion, "nothing", tmp_path / "confusion.png")
    assert (tmp_path / "confusion.png").read_bytes().startswith(b"\x89PNG")
