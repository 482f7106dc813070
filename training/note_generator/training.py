"""Training of note generators."""

import hashlib
from collections.abc import Callable, Mapping, Sequence

import keras
import numpy as np
import tensorflow as tf

from seqzoo.training.curves import Curves
from seqzoo.training.data.music.pieces import Piece
from seqzoo.training.data.music.scores import SCORE_SETS
from seqzoo.training.data.music.transposition import transpose_at_random
from seqzoo.training.data.splits import Splits
from seqzoo.training.data.training_data import TrainingData
from seqzoo.training.evaluation import Evaluation
from seqzoo.training.model_training import ModelTraining
from seqzoo.training.note_generator.compositions import compose_and_compare
from seqzoo.training.note_generator.evaluation import evaluate
from seqzoo.training.preset_tasks import default_arguments, make_task_of_sizes
from seqzoo.training.recipe import Recipe
from seqzoo.training.token_likelihood import score_exported
from seqzoo.zoo.generation.window_preprocessor import window_arrays
from seqzoo.zoo.note_generator import NoteGenerator


class NoteGeneratorTraining(ModelTraining):
    """Trains on event windows of pieces, and measures their likelihood."""

    data_sets = SCORE_SETS
    task_class = NoteGenerator
    epochs, batch_size, patience, augment = 20, 32, 3, True
    monitor = "val_nats_per_token"
    higher_is_better = False
    counts_baselines = composes = True
    curves = (
        Curves(
            "cross-entropy (nats per event)",
            {"nats_per_token": "training, with dropout", "val_nats_per_token": "validation"},
        ),
    )

    def sizes(self) -> dict[str, object]:
        """Returns the arguments of `NoteGenerator.from_examples` with their defaults."""
        return default_arguments(NoteGenerator.from_examples, "examples")

    def make_task(self, recipe: Recipe, splits: Splits[Piece]) -> keras.Model:
        """Makes the model; its vocabulary does not depend on the pieces."""
        return make_task_of_sizes(recipe, NoteGenerator, NoteGenerator.from_examples)

    def batches(
        self,
        task: NoteGenerator,
        examples: Sequence[Piece],
        batch_size: int,
        rng: np.random.Generator | None = None,
    ) -> tf.data.Dataset:
        """Returns batches of windows of pieces."""
        sequences = task.preprocessor.token_ids([piece.midi for piece in examples])
        arrays = window_arrays(sequences, task.preprocessor.sequence_length)
        if rng is not None:
            order = rng.permutation(len(arrays[1]))
            arrays = tf.nest.map_structure(lambda array: array[order], arrays)
        return tf.data.Dataset.from_tensor_slices(arrays).batch(batch_size)

    def augmented(self, examples: Sequence[Piece], rng: np.random.Generator) -> Sequence[Piece]:
        """Transposes each piece by a random interval."""
        return transpose_at_random(examples, rng)

    def measure(
        self, task: NoteGenerator, examples: Sequence[Piece], batch_size: int
    ) -> dict[str, float]:
        """Returns the metrics of the model on windows."""
        batches = self.batches(task, examples, batch_size)
        return task.evaluate(batches, verbose=0, return_dict=True)

    def epoch_summary(self, logs: Mapping[str, float]) -> str:
        """Returns a line with the training and the validation likelihood."""
        return (
            f"{logs['nats_per_token']:.4f} nats per event, "
            f"{logs['val_nats_per_token']:.4f} on held-out pieces"
        )

    def fingerprint(self, splits: Splits[Piece]) -> str:
        """Returns a hash of the scores."""
        midis = [[piece.midi for piece in split] for split in (splits.train, splits.validation)]
        return hashlib.sha256(repr(midis).encode()).hexdigest()

    def evaluate(
        self,
        task: NoteGenerator,
        splits: Splits[Piece],
        split: str,
        training_data: TrainingData[Piece] | None = None,
    ) -> Evaluation:
        """Measures likelihoods and baselines."""
        return evaluate(task, splits, split, training_data)

    def compositions(
        self,
        task: NoteGenerator,
        splits: Splits[Piece],
        split: str,
        count: int,
        seed: int,
        training_data: TrainingData[Piece] | None = None,
    ) -> Evaluation:
        """Measures musical statistics and memorization."""
        return compose_and_compare(task, splits, split, count, seed, training_data)

    def score_exported(
        self, task: NoteGenerator, examples: Sequence[Piece]
    ) -> Callable[..., dict[str, float]]:
        """Returns a function that measures the likelihood by the signature `score`."""
        sequences = task.preprocessor.token_ids([piece.midi for piece in examples])
        return score_exported(sequences, "event")
