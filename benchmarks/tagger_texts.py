"""Entity F1 of a tagger on raw text in several Unicode and layout variants.

    python benchmarks/tagger_texts.py ner-lener-br lener-br [--split validation]

The words of a split are written as texts of 30 sentences, which the model tokenizes. An entity
counts if its label and its offsets in the text are right. The variants: unchanged; decomposed
accents (NFD), as in files from macOS; soft hyphens or zero-width spaces in long words, as on web
pages; and words hyphenated at line ends.
"""

import argparse
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from rich.console import Console
from rich.table import Table

from seqzoo.training import training_of
from seqzoo.training.data.splits import split_of
from seqzoo.training.ner_tagger.raw_text import SPELLINGS, score_texts, write_texts
from seqzoo.zoo import NERTagger

console = Console(width=None if sys.stdout.isatty() else 120)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("preset")
    parser.add_argument("data")
    parser.add_argument("--split", default="validation")
    arguments = parser.parse_args()
    task = NERTagger.from_preset(arguments.preset)
    sentences = split_of(training_of("ner-tagger").load([arguments.data]), arguments.split)
    table = Table(title=f"{arguments.preset} on raw text of {arguments.data}, {arguments.split}")
    for column in ("text", "precision", "recall", "entity F1", "right of scores ≥ 0.9"):
        table.add_column(column, justify="left" if column == "text" else "right")
    for name, spelling in SPELLINGS.items():
        scores = score_texts(task, write_texts(sentences, spelling))
        shares = (scores.precision, scores.recall, scores.f1, scores.right_of_sure)
        table.add_row(name, *(f"{100 * share:.2f}" for share in shares))
    console.print(table)


if __name__ == "__main__":
    main()
