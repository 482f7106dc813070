"""Words per second of a tagger in its runtimes.

    python benchmarks/tagger.py ner-lener-br lener-br [--split validation] [--rounds 5]
        [--flair PYTHON]

The sentences of a split, joined into texts of about a thousand words, one text at a time: through
`NERTagger.predict`; through the SavedModel in TensorFlow's C runtime, whose loader TF Serving uses;
and, as ids of passages of words that are split already, through the TFLite file in float32 and in
int8, on one thread. `--flair` names the Python of an environment with flair (Akbik et al. 2019),
whose untrained tagger of the same sizes then reads the same words too, on all cores. The runtimes
take turns; a figure is the median over rounds. Writes benchmarks/results/tagger.json.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from environment import environment
from records import Records
from rich.console import Console
from rich.table import Table

from seqzoo.export import TFLiteFile, export_saved_model, export_tflite
from seqzoo.export.parity.c_runtime import Call, measure_signatures
from seqzoo.training import training_of
from seqzoo.training.data.splits import split_of
from seqzoo.zoo import NERTagger

RESULTS = Path(__file__).parent / "results" / "tagger.json"
WORDS_OF_A_TEXT = 1000
TEXTS = 10
PREPARING = 2

console = Console(width=None if sys.stdout.isatty() else 120)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("preset")
    parser.add_argument("data")
    parser.add_argument("--split", default="validation")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path, default=RESULTS, help="the figures as JSON")
    parser.add_argument("--flair", type=Path, help="a Python that has flair")
    arguments = parser.parse_args()
    task = NERTagger.from_preset(arguments.preset)
    sentences = split_of(training_of("ner-tagger").load([arguments.data]), arguments.split)
    records = Records(arguments.out, environment())
    sentences = [sentence.words for sentence in sentences]
    texts = gathered(sentences)
    words = sum(len(sentence) for text in texts for sentence in text)
    with tempfile.TemporaryDirectory() as folder:
        runtimes = contestants(task, texts, sentences, words, Path(folder))
        if arguments.flair:
            runtimes["flair, untrained"] = in_flair(task, texts, arguments.flair)
        for row in measure(runtimes, words, arguments.rounds):
            records.add(row)
    show(records)


def contestants(task, texts, sentences, words, folder):
    """Returns what measures every runtime, by its name."""
    texts = [" ".join(word for sentence in text for word in sentence) for text in texts]
    return {
        "NERTagger.predict": lambda: by_predict(task, texts),
        "SavedModel, C runtime": in_c_runtime(task, texts, folder),
        "TFLite, float32": in_tflite(task, sentences, words, folder, None),
        "TFLite, int8": in_tflite(task, sentences, words, folder, "int8"),
    }


def measure(runtimes, words, rounds):
    """Returns a row for every runtime, which reads that number of words."""
    seconds = {name: [] for name in runtimes}
    for _ in range(rounds):
        for name, run in runtimes.items():
            seconds[name].append(run())
    for name, times in seconds.items():
        yield {"runtime": name, "words_per_second": words / float(np.median(times))}


def in_flair(task, texts, python):
    """Returns a function that returns the seconds of flair for all texts, in its own process."""
    backbone = task.backbone
    names = ("embedding_dim", "character_dim", "character_units", "units", "num_layers")
    request = {
        **{name: getattr(backbone, name) for name in names},
        "labels": list(task.labels),
        "texts": texts,
    }
    command = [python, Path(__file__).with_name("tagger_flair.py")]

    def run():
        done = subprocess.run(
            command, input=json.dumps(request), stdout=subprocess.PIPE, text=True, check=True
        )
        # flair logs to standard output too.
        return float(done.stdout.splitlines()[-1])

    return run


def gathered(sentences):
    """Gathers the first sentences into texts: lists of sentences."""
    texts, text = [], []
    for words in sentences:
        text.append(words)
        if sum(map(len, text)) >= WORDS_OF_A_TEXT:
            texts.append(text)
            text = []
    return texts[:TEXTS]


def by_predict(task, texts):
    """Returns the seconds for all texts, after a first one that prepared the graph."""
    task.predict(texts[:1])
    start = time.perf_counter()
    for text in texts:
        task.predict([text])
    return time.perf_counter() - start


def in_c_runtime(task, texts, folder):
    """Returns a function that returns the seconds for all texts, measured in a separate process."""
    served = export_saved_model(task, folder / "tagger").path
    calls = [Call("annotate", {"text": np.array([text], object)}) for text in texts]

    def run():
        measured = measure_signatures(served, calls, repeats=PREPARING + 1)
        return sum(times[-1] for times in measured.seconds)

    return run


def in_tflite(task, sentences, words, folder, quantize):
    """Returns a function that returns the seconds for passages with as many words."""
    path = export_tflite(task, folder / f"tagger-{quantize}.tflite", quantize=quantize).path
    file, passages = TFLiteFile(path), []
    for _, inputs in task.preprocessor.inference_batches(sentences):
        passages += [
            {name: ids[row : row + 1] for name, ids in inputs.items()}
            for row in range(len(inputs["word_ids"]))
        ]
    passages = [
        {name: ids[:, : np.count_nonzero(p["word_ids"])] for name, ids in p.items()}
        for p in passages
        if p["word_ids"].any()
    ]
    ends = np.cumsum([p["word_ids"].shape[1] for p in passages])
    passages = passages[: int(np.searchsorted(ends, words))]

    def run():
        file.run("tag", **passages[0])
        start = time.perf_counter()
        for passage in passages:
            file.run("tag", **passage)
        return time.perf_counter() - start

    return run


def show(records):
    """Prints the table of all rows."""
    first = records.rows[0]["words_per_second"]
    table = Table(title="One text at a time: words a second")
    for column in ("runtime", "words a second", "of predict"):
        table.add_column(column, justify="left" if column == "runtime" else "right")
    for row in records.rows:
        rate = row["words_per_second"]
        table.add_row(row["runtime"], f"{rate:,.0f}", f"{rate / first:.2f}")
    console.print(table)


if __name__ == "__main__":
    main()
