"""How often a tagger's entities are right, by their score: a table and a picture.

    python benchmarks/tagger_calibration.py runs/ner/preset lener-br [--split validation]
        [--fit] [--picture docs/images/ner-reliability.png]

The texts are those of `tagger_texts.py`. Beside the scores as they are stand those without
calibration, at a temperature of 1; `--fit` first fits the temperature to the part, for presets that
were trained before runs did.
"""

import argparse
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from rich.console import Console
from rich.table import Table

from seqzoo.training import training_of
from seqzoo.training.data.splits import split_of
from seqzoo.training.ner_tagger.calibration import (
    draw_reliability,
    fitted_temperature,
    reliability_of,
)
from seqzoo.training.ner_tagger.raw_text import SURE, scored_entities, write_texts
from seqzoo.zoo import NERTagger

console = Console(width=None if sys.stdout.isatty() else 120)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("preset")
    parser.add_argument("data")
    parser.add_argument("--split", default="validation")
    parser.add_argument("--fit", action="store_true", help="fit the temperature first")
    parser.add_argument("--picture", help="where the diagram is written, a PNG")
    arguments = parser.parse_args()
    task = NERTagger.from_preset(arguments.preset)
    sentences = split_of(training_of("ner-tagger").load([arguments.data]), arguments.split)
    if arguments.fit:
        words, tags = ([getattr(s, name) for s in sentences] for name in ("words", "tags"))
        task.temperature = fitted_temperature(task, words, tags)
    texts = write_texts(sentences)
    found = {}
    for temperature in (task.temperature, 1.0):
        task.temperature = temperature
        found[f"temperature {temperature:.2f}"] = scored_entities(task, texts)
    reliabilities = {name: reliability_of(entities) for name, entities in found.items()}
    title = f"{arguments.preset} on raw text of {arguments.data}, {arguments.split}"
    for name, each in reliabilities.items():
        console.print(_table(f"{title}, {name}", each))
        sure = [is_right for is_right, score in found[name] if score >= SURE]
        console.print(
            f"Calibration error {100 * each.error:.2f} points; of {len(sure)} entities with "
            f"scores of {SURE} or more {100 * sum(sure) / max(len(sure), 1):.2f} % are right."
        )
    if arguments.picture:
        draw_reliability(reliabilities, title, arguments.picture)


def _table(title, reliability):
    table = Table("mean score", "right", "entities", title=title)
    rows = zip(reliability.scores, reliability.right, reliability.counts, strict=True)
    for score, right, count in rows:
        table.add_row(f"{100 * score:.1f} %", f"{100 * right:.1f} %", str(count))
    return table


if __name__ == "__main__":
    main()
