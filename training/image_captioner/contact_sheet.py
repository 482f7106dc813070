"""Contact sheets: pictures with generated captions and references."""

import dataclasses
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont, ImageOps

from seqzoo.core.atomic import atomic_file
from seqzoo.training.image_captioner.scoring import is_reference
from seqzoo.zoo.images.reader import read_image

# Pixels.
_PICTURE = 256
_MARGIN = 16
_TEXT = 17
_LINE = 22
_INDENT = 24
_COLUMNS = 5

_INK, _FAINT, _PAPER = "#202020", "#606060", "#ffffff"
# Okabe & Ito's blue and vermilion, which colour-blind people can tell apart.
_RIGHT, _WRONG = "#0072b2", "#d55e00"
_MARKS = {True: ("✓", _RIGHT), False: ("✗", _WRONG)}


@dataclasses.dataclass(frozen=True)
class SheetCaption:
    """A generated caption with its references.

    Attributes:
        text: The caption.
        references: What people say, at least one.
        marked: Whether a tick or a cross says if the caption equals a reference, word for word.
        note: A line below the caption, such as its score.
    """

    text: str
    references: Sequence[str]
    marked: bool = True
    note: str = ""

    def is_right(self) -> bool:
        """Returns whether the caption is one of its references, word for word."""
        return is_reference(self.text, self.references)


@dataclasses.dataclass(frozen=True, eq=False)
class SheetPicture:
    """An image with its captions, by language.

    Attributes:
        image: An input of `read_image`.
        captions: The captions.
    """

    image: str | os.PathLike | bytes | np.ndarray
    captions: Mapping[str, SheetCaption]

    def is_marked_wrong(self) -> bool:
        """Returns whether one of the captions has a cross."""
        return any(caption.marked and not caption.is_right() for caption in self.captions.values())


@dataclasses.dataclass(frozen=True)
class _Line:
    """A line of text; the first line of a caption has a mark before it."""

    text: str
    color: str
    mark: tuple[str, str] | None = None


def draw_contact_sheet(
    sections: Mapping[str, Sequence[SheetPicture]],
    title: str,
    note: str,
    path: str | os.PathLike,
) -> None:
    """Draws pictures with their captions as a PNG.

    A marked caption that equals a reference word for word has a tick. Any other has a cross, and
    its picture a thick frame. The references stand below, except those of a caption with a tick.

    Args:
        sections: The pictures by the heading of their section, at least one picture in each, row by
            row.
        title: The title above the pictures.
        note: The text below the title.
        path: The PNG file.
    """
    most = max(map(len, sections.values()))
    width = _MARGIN + (_PICTURE + _MARGIN) * min(most, _COLUMNS)
    blocks = [_heading(title, note, width)]
    for heading, pictures in sections.items():
        if heading:
            blocks.append(_heading(heading, "", width))
        tiles = [_tile(picture) for picture in pictures]
        starts = range(0, len(tiles), _COLUMNS)
        blocks += [_side_by_side(tiles[start : start + _COLUMNS]) for start in starts]
    sheet = _stacked(blocks, width)
    with atomic_file(path) as aside:
        sheet.save(aside)


def _heading(title, note, width):
    room = width - 2 * _MARGIN
    lines = [(line, _font(bold=True)) for line in _wrapped(title, room, _font(bold=True))]
    lines += [(line, _font()) for line in _wrapped(note, room, _font())]
    heading = Image.new("RGB", (room, _LINE * len(lines)), _PAPER)
    draw = ImageDraw.Draw(heading)
    for row, (line, font) in enumerate(lines):
        draw.text((0, row * _LINE), line, _INK, font)
    return heading


def _side_by_side(tiles):
    height = max(tile.height for tile in tiles)
    row = Image.new("RGB", ((_PICTURE + _MARGIN) * len(tiles) - _MARGIN, height), _PAPER)
    for column, tile in enumerate(tiles):
        row.paste(tile, ((_PICTURE + _MARGIN) * column, 0))
    return row


def _stacked(images, width):
    height = sum(image.height + _MARGIN for image in images) + _MARGIN
    sheet = Image.new("RGB", (width, height), _PAPER)
    top = _MARGIN
    for image in images:
        sheet.paste(image, (_MARGIN, top))
        top += image.height + _MARGIN
    return sheet


def _tile(picture):
    """Draws a picture in a square with its captions below. Words that are too long are cut off."""
    lines = [line for caption in picture.captions.values() for line in _caption_lines(caption)]
    tile = Image.new("RGB", (_PICTURE, _PICTURE + _LINE // 3 + _LINE * len(lines)), _PAPER)
    shown = ImageOps.contain(Image.fromarray(read_image(picture.image)), (_PICTURE, _PICTURE))
    left, top = (_PICTURE - shown.width) // 2, (_PICTURE - shown.height) // 2
    tile.paste(shown, (left, top))
    draw = ImageDraw.Draw(tile)
    wrong = picture.is_marked_wrong()
    draw.rectangle(
        (left, top, left + shown.width - 1, top + shown.height - 1),
        outline=_WRONG if wrong else _FAINT,
        width=5 if wrong else 1,
    )
    for row, line in enumerate(lines):
        below = _PICTURE + _LINE // 3 + _LINE * row
        draw.text((_INDENT, below), line.text, line.color, _font())
        if line.mark:
            draw.text((0, below), *line.mark, _font(bold=True))
    return tile


def _caption_lines(caption):
    right = caption.is_right()
    wrapped = _wrapped(caption.text, _PICTURE - _INDENT, _font()) or ["(no words)"]
    yield _Line(wrapped[0], _INK, _MARKS[right] if caption.marked else None)
    yield from (_Line(line, _INK) for line in wrapped[1:])
    faint = [caption.note] if caption.note else []
    if not (caption.marked and right):
        faint += [f"true: {reference}" for reference in caption.references]
    for text in faint:
        for line in _wrapped(text, _PICTURE - _INDENT, _font()):
            yield _Line(line, _FAINT)


def _wrapped(text, room, font):
    """Wraps a text into lines; a word that is too wide gets a separate line."""
    lines: list[str] = []
    for word in text.split():
        if lines and font.getlength(f"{lines[-1]} {word}") <= room:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def _font(bold=False):
    """Returns the font that matplotlib includes; it has accents, ticks and crosses."""
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return ImageFont.truetype(Path(matplotlib.get_data_path(), "fonts", "ttf", name), _TEXT)
