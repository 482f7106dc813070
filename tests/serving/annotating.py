"""A SavedModel that answers as a tagger of entities does, from a table."""

import numpy as np
import tensorflow as tf

SENTENCE = "Lucas Ferreira é professor de IA na Universidade de Brasília."
PARAGRAPHS = "👩‍🔬 Ana viu\n\n  a Eva em Évora."
MARKUP = '<img src=x onerror="document.title = 1"> & co'
# More than 100,000 characters.
PHRASE, REPEATS = "Rui vai a Faro. 🙂 ", 5600

# The entities of a text: label, start, end, score.
KNOWN = {
    SENTENCE: [("PESSOA", 0, 14, 0.97), ("ORGANIZACAO", 36, 60, 0.8849)],
    PARAGRAPHS: [
        ("PESSOA", 4, 7, 0.5),
        ("PESSOA", 17, 20, 1.0),
        ("LOCAL", 24, 29, 0.75),
    ],
    "Nothing to find here.": [],
    MARKUP: [("<b>ORG</b>", 0, 40, 0.9)],
    "They overlap.": [("A", 0, 6, 0.5), ("B", 5, 12, 0.5)],
    "Too far.": [("A", 4, 9, 0.5)],
    "Empty.": [("A", 3, 3, 0.5)],
    "Before it.": [("A", -2, 3, 0.5)],
    "In no order.": [("B", 3, 5, 0.5), ("A", 0, 2, 0.25)],
    PHRASE * REPEATS: [
        entity
        for start in range(0, len(PHRASE) * REPEATS, len(PHRASE))
        for entity in (("PESSOA", start, start + 3, 0.9), ("LOCAL", start + 10, start + 14, 0.8))
    ],
}


class Annotator(tf.Module):
    """Knows the texts of the table; others have no entities."""

    def __init__(self):
        super().__init__()
        rows = [*KNOWN.values(), []]
        width = max(map(len, rows))
        padding = ("", -1, -1, 0.0)
        padded = [row + [padding] * (width - len(row)) for row in rows]
        columns = [np.array([[e[i] for e in row] for row in padded]) for i in range(4)]
        dtypes = (tf.string, tf.int32, tf.int32, tf.float32)
        self.columns = [tf.constant(c.tolist(), d) for c, d in zip(columns, dtypes, strict=True)]
        self.counts = tf.constant([len(row) for row in rows])
        self.texts = tf.constant(list(KNOWN))

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, "text")])
    def annotate(self, text):
        known = tf.equal(text[:, None], self.texts)
        unknown = tf.logical_not(tf.reduce_any(known, 1, keepdims=True))
        row = tf.argmax(tf.cast(tf.concat([known, unknown], 1), tf.int32), 1)
        count = tf.gather(self.counts, row)
        label, start, end, score = (
            tf.gather(column, row)[:, : tf.reduce_max(count)] for column in self.columns
        )
        return {"label": label, "start": start, "end": end, "score": score, "count": count}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, "text")])
    def length(self, text):
        return {"length": tf.strings.length(text, unit="UTF8_CHAR")}


def save(folder):
    """Saves the model as `ner`, version 1; returns the folder of the model."""
    annotator = Annotator()
    tf.saved_model.save(
        annotator,
        str(folder / "ner" / "1"),
        signatures={"annotate": annotator.annotate, "length": annotator.length},
    )
    return folder / "ner"
