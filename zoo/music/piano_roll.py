"""Piano-roll pictures of scores."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING

import symusic

from seqzoo.core.atomic import atomic_file
from seqzoo.zoo.music.score import (
    TICKS_PER_QUARTER,
    Bar,
    PianoNote,
    SongParts,
    bars,
    piano_notes,
    reduced,
    song_parts,
)

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Blue and orange of the colour-blind-safe palette of Okabe & Ito; lighter shades for the voice.
_COLOURS = {
    "given prompt": {"piano": "#0072b2", "voice": "#56b4e9"},
    "continued": {"piano": "#d55e00", "voice": "#e69f00"},
}
_MOST_BAR_NUMBERS = 30
_ROLLS_OF_ROW = 2
_OCTAVE = 12
_BLACK_KEYS = (1, 3, 6, 8, 10)


def draw_piano_roll(
    score: symusic.Score,
    path: str | os.PathLike,
    prompt_ticks: int = 0,
    title: str | None = None,
) -> None:
    """Draws a score as a piano roll: bars from left to right, pitches from low to high.

    Args:
        score: The score.
        path: The picture (.png), 1600 x 500 pixels; written atomically, replacing an older one.
        prompt_ticks: End of the prompt, in ticks of the score. Notes of the prompt and of its
            continuation have different colours. Defaults to no prompt. A voice has a lighter
            colour than its piano.
        title: The heading. Defaults to the name of the score.

    Raises:
        OSError: If the file cannot be written; no partial file remains.
        ScoreError: If a note lies before the start or after 100,000 quarter notes.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(16, 5), dpi=100, layout="constrained")
    axes = figure.add_subplot()
    _draw_score(axes, score, prompt_ticks, title)
    _, labels = axes.get_legend_handles_labels()
    if len(labels) > 1:
        axes.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=len(labels), frameon=False)
    _write(figure, path)


def draw_contact_sheet(
    scores: Sequence[symusic.Score],
    path: str | os.PathLike,
    titles: Sequence[str],
    prompt_ticks: int = 0,
) -> None:
    """Draws several scores as piano rolls in one picture, two in a row; see `draw_piano_roll`.

    Args:
        scores: The scores.
        path: The picture (.png), 1600 pixels wide, with 300 for each row; written atomically,
            replacing an older one.
        titles: A heading for each score.
        prompt_ticks: End of the common prompt, in ticks of the scores.

    Raises:
        OSError: If the file cannot be written; no partial file remains.
        ScoreError: If a note lies before the start or after 100,000 quarter notes.
    """
    from matplotlib.figure import Figure

    rows = -(-len(scores) // _ROLLS_OF_ROW)
    figure = Figure(figsize=(16, 3 * rows), dpi=100, layout="constrained")
    grid = figure.add_gridspec(rows, _ROLLS_OF_ROW)
    kinds: dict[str, Artist] = {}
    for index, (score, title) in enumerate(zip(scores, titles, strict=True)):
        axes = figure.add_subplot(grid[divmod(index, _ROLLS_OF_ROW)])
        _draw_score(axes, score, prompt_ticks, title)
        handles, labels = axes.get_legend_handles_labels()
        kinds |= dict(zip(labels, handles, strict=True))
    if len(kinds) > 1:
        # One for all, as a roll has no room for it beside its title.
        figure.legend(
            list(kinds.values()),
            list(kinds),
            loc="outside lower right",
            ncols=len(kinds),
            frameon=False,
        )
    _write(figure, path)


def _draw_score(axes: Axes, score: symusic.Score, prompt_ticks: int, title: str | None) -> None:
    piano = reduced(score)
    prompt = round(prompt_ticks * TICKS_PER_QUARTER / score.ticks_per_quarter)
    # The name of a piece may contain a dollar sign, which would start a formula.
    name = piano.tracks[0].name if title is None else title
    # On the left, because the legend is on the right.
    axes.set_title(name, loc="left", parse_math=False)
    _draw_keys(axes, piano_notes(piano))
    _draw_bar_lines(axes, bars(piano))
    for label, colour, found in _kinds(song_parts(piano), prompt):
        _draw_notes(axes, found, colour, label)


def _write(figure: Figure, path: str | os.PathLike) -> None:
    # Avoids pyplot, which keeps state between calls and may require a display.
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    with atomic_file(path) as written, warnings.catch_warnings():
        # The font may lack letters of the title.
        warnings.filterwarnings("ignore", "Glyph")
        FigureCanvasAgg(figure).print_png(written)


def _kinds(parts: SongParts, prompt: int) -> list[tuple[str, str, list[PianoNote]]]:
    """Groups notes by origin, if there is a prompt, and by part, if there is a voice.

    Returns a label, a colour and the notes of each group. The voice comes last, so that it is drawn
    above the piano.
    """
    found = []
    for part, notes in zip(("piano", "voice"), parts, strict=True):
        for origin, colours in _COLOURS.items():
            of_kind = [n for n in notes if (n.onset < prompt) == (origin == "given prompt")]
            label = ", ".join([part] * bool(parts.voice) + [origin] * (prompt > 0))
            found.append((label, colours[part], of_kind))
    return [kind for kind in found if kind[2]]


def _draw_notes(axes: Axes, notes: Sequence[PianoNote], colour: str, label: str) -> None:
    from matplotlib.collections import PolyCollection

    boxes = []
    for onset, pitch, end, _ in notes:
        # A gap separates repeated notes.
        right = end - min((end - onset) / 10, TICKS_PER_QUARTER / 16)
        low, high = pitch - 0.45, pitch + 0.45
        boxes.append([(onset, low), (right, low), (right, high), (onset, high)])
    axes.add_collection(PolyCollection(boxes, facecolor=colour, label=label, zorder=3))


def _draw_keys(axes: Axes, notes: Sequence[PianoNote]) -> None:
    """Draws whole octaves around the notes, labelled at each C."""
    pitches = [note.pitch for note in notes] or [60]
    low = min(pitches) // _OCTAVE * _OCTAVE
    high = (max(pitches) // _OCTAVE + 1) * _OCTAVE
    axes.set_ylim(low - 1, high + 1)
    octaves = range(low, high + 1, _OCTAVE)
    axes.set_yticks(octaves, [f"C{pitch // _OCTAVE - 1}" for pitch in octaves])
    axes.set_ylabel("pitch")
    axes.grid(axis="y", color="0.75", linewidth=0.8)
    for octave in octaves[:-1]:
        for key in _BLACK_KEYS:
            axes.axhspan(octave + key - 0.5, octave + key + 0.5, color="0.96", linewidth=0)


def _draw_bar_lines(axes: Axes, found: Sequence[Bar]) -> None:
    starts = [bar.start for bar in found]
    axes.set_xlim(0, found[-1].end)
    axes.set_xticks(starts, minor=True)
    # Where two ticks coincide, matplotlib keeps the major one, which has the number.
    axes.grid(axis="x", which="both", color="0.8", linewidth=0.6)
    axes.tick_params(axis="x", which="minor", length=0)
    every = -(-len(starts) // _MOST_BAR_NUMBERS)
    axes.set_xticks(starts[::every], map(str, range(1, len(starts) + 1, every)))
    axes.set_xlabel("bar")
