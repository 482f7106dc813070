import numpy as np
import pytest
from PIL import Image, ImageColor

from seqzoo.training.image_captioner.contact_sheet import (
    SheetCaption,
    SheetPicture,
    draw_contact_sheet,
)
from seqzoo.training.image_captioner.scoring import evenly_spaced

GREEN = (20, 160, 60)
TRUE = "três estrelas azuis pequenas à esquerda de um círculo vermelho grande"
WRONG = "uma estrela azul"
FRAME = "#d55e00"


def picture(*captions, size=(8, 8)):
    """A green picture; a caption in every language, all of one reference."""
    languages = ("pt", "en")[: len(captions)]
    image = np.full((*size, 3), GREEN, "uint8")
    return SheetPicture(
        image,
        {name: SheetCaption(text, [TRUE]) for name, text in zip(languages, captions, strict=True)},
    )


@pytest.fixture
def draw(tmp_path):
    """The pixels of a sheet, uint8 `(height, width, 3)`."""

    def drawn(pictures, title="cenas, parte de teste", note="palavra por palavra"):
        sections = pictures if isinstance(pictures, dict) else {"": pictures}
        draw_contact_sheet(sections, title, note, tmp_path / "sheet.png")
        return np.array(Image.open(tmp_path / "sheet.png"))

    return drawn


def pixels_of(sheet, color):
    color = ImageColor.getrgb(color) if isinstance(color, str) else color
    return (sheet == color).all(axis=-1)


def test_light_background_all_around(draw):
    sheet = draw([picture(TRUE)] * 6)
    for edge in (sheet[0], sheet[-1], sheet[:, 0], sheet[:, -1]):
        assert (edge == 255).all()


def test_every_picture_is_shown_at_its_proportions(draw):
    sheet = draw([picture(TRUE, size=size) for size in ((8, 8), (300, 600), (60, 20))])
    # A square of 256, one of half its height and one of a third of its width; frames cover a line.
    area = 256**2 * (1 + 1 / 2 + 1 / 3)
    assert pixels_of(sheet, GREEN).sum() == pytest.approx(area, rel=0.03)


def test_failures_are_framed_and_the_truth_is_said(draw):
    right, wrong = draw([picture(TRUE)]), draw([picture(WRONG)])
    thin = 4 * 256  # pixels of a line around the picture
    assert pixels_of(wrong, FRAME).sum() > 4 * thin
    assert pixels_of(right, FRAME).sum() == 0
    # Both the caption and the true one, which alone has fewer lines.
    assert len(wrong) > len(right)


def test_one_wrong_language_makes_a_failure(draw):
    sheet = draw([picture(TRUE, TRUE), picture(TRUE, WRONG), picture(WRONG, TRUE)])
    framed = pixels_of(sheet, FRAME).sum(axis=0)
    columns = [framed[start : start + 256].sum() for start in (16, 16 + 272, 16 + 2 * 272)]
    assert columns[0] == 0
    assert min(columns[1:]) > 1000


def test_captions_without_marks_show_all_references(draw):
    def sheet(references, **options):
        image = np.full((8, 8, 3), GREEN, "uint8")
        return draw([SheetPicture(image, {"pt": SheetCaption(WRONG, references, **options)})])

    unmarked = sheet([TRUE], marked=False)
    assert not pixels_of(unmarked, FRAME).any()
    assert len(sheet([TRUE] * 3, marked=False)) > len(unmarked)
    assert len(sheet([TRUE], marked=False, note="CIDEr 0.31")) > len(unmarked)


def test_sections_have_headings(draw):
    one = draw({"": [picture(TRUE)] * 2})
    two = draw({"Best": [picture(TRUE)], "Worst": [picture(TRUE)]})
    assert len(two) > 1.5 * len(one)
    assert two.shape[1] < one.shape[1]


def test_tick_and_cross_differ_in_form(draw):
    """Not by colour alone."""

    def mark(text):
        sheet = draw([picture(text)])
        below = np.flatnonzero(pixels_of(sheet, GREEN).any(axis=1))[-1] + 6
        form = (sheet[below:, 16 : 16 + 24] != 255).any(axis=-1)
        return form[np.ix_(form.any(axis=1), form.any(axis=0))]

    tick, cross = mark(TRUE), mark(WRONG)
    assert tick.size
    assert cross.size
    assert not np.array_equal(tick, cross)


def test_accents_are_drawn(draw):
    with_accents, without = (draw([picture("", text)]) for text in ("três à", "tres a"))
    assert (with_accents != without).any()


def test_text_is_wrapped_within_its_column(draw):
    sheet = draw([picture(TRUE), picture(f"{TRUE} {TRUE} {'e' * 80}")])
    gap = sheet[16 * 4 :, 16 + 256 : 16 + 272]
    assert (gap == 255).all()
    assert (sheet[:, -16:] == 255).all()


def test_nothing_was_said(draw):
    sheet = draw([picture(""), picture(WRONG)])
    assert pixels_of(sheet, FRAME).any()


def test_five_pictures_a_row(draw):
    heights = {count: draw([picture(TRUE)] * count).shape for count in (1, 5, 6, 10, 11)}
    assert heights[5][1] == heights[6][1] == heights[11][1] == 5 * 272 + 16
    assert heights[6][0] == heights[10][0] < heights[11][0]
    assert heights[5][0] < heights[6][0]


def test_a_long_title_is_wrapped(draw):
    short, long = (draw([picture(TRUE)], title=title) for title in ("x", "título " * 20))
    assert long.shape[0] > short.shape[0]
    assert long.shape[1] == short.shape[1]


@pytest.mark.parametrize(("count", "limit"), [(0, 4), (1, 4), (4, 4), (5, 4), (2000, 20), (7, 2)])
def test_a_sample_is_evenly_spaced(count, limit):
    places = evenly_spaced(count, limit)
    assert len(places) == min(count, limit)
    assert places == sorted(set(places))
    if count:
        assert (places[0], places[-1]) == (0, count - 1)
    # Even: no two distances differ by more than one.
    assert np.ptp(np.diff(places)) <= 1 if len(places) > 1 else True
