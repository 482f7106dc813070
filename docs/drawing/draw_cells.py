"""Draws the diagrams of docs/layers: `python docs/drawing/draw_cells.py`."""

import functools
from pathlib import Path

import cell_diagrams
import unrolled_diagrams

FOLDER = Path(__file__).parents[1] / "images" / "cells"
DIAGRAMS = {
    "simple_rnn": cell_diagrams.simple_rnn,
    "lstm": cell_diagrams.lstm,
    "peephole_lstm": cell_diagrams.peephole_lstm,
    "layer_norm_lstm": cell_diagrams.layer_norm_lstm,
    "gru": cell_diagrams.gru,
    "gru_cho": functools.partial(cell_diagrams.gru, form="cho"),
    "lif": cell_diagrams.lif,
    "bidirectional": unrolled_diagrams.bidirectional,
    "stacked_rnn": unrolled_diagrams.stacked_rnn,
    "encoder_decoder": unrolled_diagrams.encoder_decoder,
    "one_to_many": unrolled_diagrams.one_to_many,
    "crf": unrolled_diagrams.crf,
}


def main():
    """Writes every diagram."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, draw in DIAGRAMS.items():
        draw().save(FOLDER / f"{name}.png")


if __name__ == "__main__":
    main()
