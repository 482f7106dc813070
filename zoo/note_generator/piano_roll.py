"""Pictures of scores: pitch against time."""

import os

import symusic

from seqzoo.zoo.base.atomic import atomic_file
from seqzoo.zoo.note_generator.piano_score import bars, piano_notes, reduced

# Blue and orange of Okabe & Ito, which the colour-blind can tell apart.
_GIVEN, _CONTINUED = "#0072b2", "#d55e00"
_MAX_BAR_NUMBERS = 24
_OCTAVE = 12


def draw_piano_roll(
    score: symusic.Score,
    path: str | os.PathLike,
    opening_ticks: int = 0,
    title: str | None = None,
) -> None:
    """Draws a score as a piano roll: bars from left to right, pitches from low to high.

    Args:
        score: The score.
        path: The picture (.png), 1600 x 500 pixels. It takes its name when it is whole; an
            older one is replaced.
        opening_ticks: Where the opening that was given ends, in ticks of the score; its notes
            have another colour than those that continue it. Defaults to no opening.
        title: The heading. Defaults to the name of the score.

    Raises:
        OSError: If the file cannot be written; nothing is left behind.
        ScoreError: If the score is longer than 100,000 quarter notes.
    """
    # Figures by the object interface: pyplot keeps state, and may want a display.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    opening_ticks = round(opening_ticks * TICKS_PER_QUARTER / score.ticks_per_quarter)
    score = reduced(score)
    figure = Figure(figsize=(16, 5), dpi=100, layout="constrained")
    canvas = FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    _draw_notes(axes, piano_notes(score), opening_ticks)
    _draw_grid(axes, piano_notes(score), bars(score))
    axes.set_title(title or score.tracks[0].name)
    with atomic_file(path) as written:
        canvas.print_png(written)
