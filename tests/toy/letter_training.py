"""How the model that is no part of the zoo is trained."""

import dataclasses
import hashlib

import numpy as np

from seqzoo.training.curves import Curves
from seqzoo.training.data.data_sets import DataSets
from seqzoo.training.data.leaks import keyed_by
from seqzoo.training.data.splits import split_by_key, split_of
from seqzoo.training.evaluation import Evaluation
from seqzoo.training.model_training import ModelTraining
from seqzoo.training.preset_tasks import default_arguments, make_task_of_sizes
from seqzoo.training.token_likelihood import score_exported
from tests.toy.letter_generator import LetterGenerator


class LetterTexts(DataSets):
    kind = "texts of letters"
    examples = "texts"
    own = "a file of texts"
    place = "file"

    def read(self, path):
        return split_by_key(path.read_text("utf-8").split("\n"), str, 0.1)

    def elements(self, data_set, builder, split):
        for element in builder.as_dataset(split=split, shuffle_files=False).as_numpy_iterator():
            yield element["text"].decode()

    def keyed(self, examples):
        return keyed_by(str, examples)


@dataclasses.dataclass
class NatsPerLetter(Evaluation):
    value: float

    def scores(self):
        return {"nats_per_letter": self.value}

    def show(self, title):
        return f"{title}: {self.value:.3f} nats per letter"


class LetterTraining(ModelTraining):
    data_sets = LetterTexts()
    task_class = LetterGenerator
    epochs, batch_size, patience, augment = 3, 8, 3, False
    monitor = "val_loss"
    higher_is_better = False
    curves = (Curves("nats per letter", {"loss": "training", "val_loss": "validation"}),)

    def sizes(self):
        return default_arguments(LetterGenerator.from_examples, "examples")

    def make_task(self, recipe, splits):
        return make_task_of_sizes(recipe, LetterGenerator, LetterGenerator.from_examples)

    def batches(self, task, examples, batch_size, rng=None):
        order = range(len(examples)) if rng is None else rng.permutation(len(examples))
        return task.training_batches([examples[index] for index in order], batch_size=batch_size)

    def measure(self, task, examples, batch_size):
        return {"loss": nats_per_letter(task, examples)}

    def epoch_summary(self, logs):
        return f"{logs['val_loss']:.3f} nats per letter"

    def fingerprint(self, splits):
        return hashlib.sha256(repr(splits).encode()).hexdigest()

    def evaluate(self, task, splits, split):
        return NatsPerLetter(nats_per_letter(task, split_of(splits, split)))

    def score_exported(self, task, examples):
        return score_exported(task.preprocessor.token_ids(examples), "letter")


def nats_per_letter(task, examples):
    scores = task.score(examples)["log_probability"]
    return float(-np.sum(scores) / sum(len(text) + 1 for text in examples))
