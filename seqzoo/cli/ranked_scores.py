"""The ranking of several composed scores: a table and a picture of all piano rolls."""

from collections.abc import Sequence
from pathlib import Path

import symusic
from rich.console import Console
from rich.table import Table

from seqzoo.zoo.music.piano_roll import draw_contact_sheet
from seqzoo.zoo.music.statistics import PieceStatistics
from seqzoo.zoo.note_generator.composing.ranking import STYLE_MEANS, Rated


def write_contact_sheet(
    scores: Sequence[symusic.Score], rated: Sequence[Rated], prompt_ticks: int, out: Path
) -> None:
    """Draws the piano rolls of all scores, best first, and prints the path of the picture."""
    path = out / "contact-sheet.png"
    titles = [
        f"{place:02d}: {score.tracks[0].name}, {each.points:.2f} points"
        for place, (score, each) in enumerate(zip(scores, rated, strict=True), start=1)
    ]
    draw_contact_sheet(scores, path, titles, prompt_ticks)
    print(f"Contact sheet: {path}")


def write_table(rated: Sequence[Rated]) -> None:
    """Prints the pieces, best first, with what ranks them."""
    table = Table(
        *("", "nats", "notes", "range", "repeats", "tones", "empty", "distance", "points"),
        title="Pieces by rank: fewer points are better",
        caption="Nats per event; notes per quarter note; range in semitones; notes of the bar "
        "before; entropy of tones in bits; empty bars of a hand; distance from the style.",
    )
    for place, each in enumerate(rated, start=1):
        statistics = [""] * 5 if each.statistics is None else _cells(each.statistics)
        numbers = (f"{number:.2f}" for number in (each.distance, each.points))
        table.add_row(f"{place:02d}", f"{each.nats:.2f}", *statistics, *numbers)
    table.add_section()
    table.add_row("style", "", *_cells(STYLE_MEANS), "", "")
    # Long lines are left to the terminal to wrap.
    Console(highlight=False).print(table, no_wrap=True, overflow="ignore", crop=False)


def _cells(statistics: PieceStatistics) -> list[str]:
    return [
        f"{statistics.notes_per_quarter:.2f}",
        f"{statistics.semitones:.0f}",
        f"{statistics.repeated_notes:.0%}",
        f"{statistics.tone_entropy:.2f}",
        f"{statistics.empty_hands:.0%}",
    ]
