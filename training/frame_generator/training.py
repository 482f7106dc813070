"""Training of frame generators."""

import hashlib
from collections.abc import Callable, Mapping, Sequence

import keras
import numpy as np
import tensorflow as tf

from seqzoo.training.curves import Curves
from seqzoo.training.data.music.roll_sets import ROLL_SETS
from seqzoo.training.data.music.rolls import RollPiece
from seqzoo.training.data.music.transposition import transpose_at_random
from seqzoo.training.data.splits import Splits
from seqzoo.training.data.training_data import TrainingData
from seqzoo.training.evaluation import Evaluation
from seqzoo.training.frame_generator.evaluation import evaluate, nats_per_frame
from seqzoo.training.model_training import ModelTraining
from seqzoo.training.preset_tasks import default_arguments, make_task_of_sizes
from seqzoo.training.recipe import Recipe
from seqzoo.training.token_likelihood import score_exported
from seqzoo.zoo.base.length_batches import length_batches
from seqzoo.zoo.frame_generator import FrameGenerator
from seqzoo.zoo.generation.window_preprocessor import window_arrays


class FrameGeneratorTraining(ModelTraining):
    """Trains on token windows of piano rolls, and measures the likelihood of frames."""

    data_sets = ROLL_SETS
    task_class = FrameGenerator
    epochs, batch_size, patience = 50, 4, 10
    # The published pieces share a common key.
    augment = False
    monitor = "val_nats_per_frame"
    higher_is_better = False
    counts_baselines = True
    curves = (
        Curves("negative log-likelihood (nats per frame)", {"val_nats_per_frame": "validation"}),
        Curves("cross-entropy (nats per token)", {"nats_per_token": "training, with dropout"}),
    )

    def sizes(self) -> dict[str, object]:
        """Returns the arguments of `FrameGenerator.from_examples` with their defaults."""
        return default_arguments(FrameGenerator.from_examples, "examples")

    def make_task(self, recipe: Recipe, splits: Splits[RollPiece]) -> keras.Model:
        """Makes the model; its vocabulary does not depend on the pieces."""
        return make_task_of_sizes(recipe, FrameGenerator, FrameGenerator.from_examples)

    def batches(
        self,
        task: FrameGenerator,
        examples: Sequence[RollPiece],
        batch_size: int,
        rng: np.random.Generator | None = None,
    ) -> tf.data.Dataset:
        """Returns batches of windows of similar lengths.

        A batch has as many tokens as `batch_size` windows of full length.
        """
        sequences = task.preprocessor.token_ids([piece.roll for piece in examples])
        arrays = window_arrays(sequences, task.preprocessor.sequence_length)
        lengths = np.count_nonzero(arrays[1], axis=1)
        batches = length_batches(lengths, batch_size * task.preprocessor.sequence_length, rng)
        names = {"token_ids": tf.int32, "padding_mask": tf.bool}
        spec = {name: tf.TensorSpec([None, None], dtype) for name, dtype in names.items()}
        return tf.data.Dataset.from_generator(
            lambda: (_rows(arrays, batch) for batch in batches),
            output_signature=(
                spec,
                tf.TensorSpec([None, None], tf.int32),
                tf.TensorSpec([None, None], tf.float32),
            ),
        ).apply(tf.data.experimental.assert_cardinality(len(batches)))

    def augmented(
        self, examples: Sequence[RollPiece], rng: np.random.Generator
    ) -> Sequence[RollPiece]:
        """Transposes each piece by a random interval."""
        return transpose_at_random(examples, rng)

    def measure(
        self, task: FrameGenerator, examples: Sequence[RollPiece], batch_size: int
    ) -> dict[str, float]:
        """Measures nats per frame as in publications: pieces are not cut into windows."""
        loss = nats_per_frame(task, examples)
        return {"loss": loss, "nats_per_frame": loss}

    def epoch_summary(self, logs: Mapping[str, float]) -> str:
        """Returns a line with the training and the validation likelihood."""
        return (
            f"{logs['nats_per_token']:.4f} nats per token, "
            f"{logs['val_nats_per_frame']:.4f} nats per frame on held-out pieces"
        )

    def fingerprint(self, splits: Splits[RollPiece]) -> str:
        """Returns a hash of the rolls."""
        rolls = [[p.roll.tobytes() for p in split] for split in (splits.train, splits.validation)]
        return hashlib.sha256(repr(rolls).encode()).hexdigest()

    def evaluate(
        self,
        task: FrameGenerator,
        splits: Splits[RollPiece],
        split: str,
        training_data: TrainingData[RollPiece] | None = None,
    ) -> Evaluation:
        """Measures likelihoods and baselines."""
        return evaluate(task, splits, split, training_data)

    def score_exported(
        self, task: FrameGenerator, examples: Sequence[RollPiece]
    ) -> Callable[..., dict[str, float]]:
        """Returns a function that measures the likelihood by the signature `score`."""
        sequences = task.preprocessor.token_ids([piece.roll for piece in examples])
        return score_exported(sequences, "token")


def _rows(arrays, batch):
    """Returns the windows of a `length_batches.Batch`, padded to its number of rows and width."""

    def rows(array):
        padding = [(0, batch.rows - len(batch.indices)), (0, max(0, batch.width - array.shape[1]))]
        return np.pad(array[batch.indices, : batch.width], padding)

    return tf.nest.map_structure(rows, arrays)
