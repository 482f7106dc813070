"""The training of note generators."""

import hashlib

import tensorflow as tf

from seqzoo.training.curves import Curves
from seqzoo.training.model_training import ModelTraining
from seqzoo.training.music.compositions import compose_and_compare
from seqzoo.training.music.datasets import load_all
from seqzoo.training.music.evaluation import evaluate
from seqzoo.training.music.transposition import transpose_at_random
from seqzoo.training.preset_tasks import defaults_of, sized_task
from seqzoo.training.token_likelihood import through_signature
from seqzoo.zoo.base.window_preprocessor import window_arrays
from seqzoo.zoo.note_generator import NoteGenerator


class MusicTraining(ModelTraining):
    """Pieces, cut into windows of events, and their likelihood."""

    examples = "pieces"
    monitor = "val_nats_per_token"
    higher_is_better = False
    curves = (
        Curves(
            "cross-entropy (nats per event)",
            {"nats_per_token": "training, with dropout", "val_nats_per_token": "validation"},
        ),
    )

    def load(self, names):
        """Loads pieces; see `seqzoo.training.music.datasets`."""
        return load_all(names)

    def sizes(self):
        """The arguments of `NoteGenerator.from_sizes`."""
        return defaults_of(NoteGenerator.from_sizes)

    def make_task(self, recipe, parts):
        """The model, which knows all events before it sees a piece."""
        return sized_task(recipe, NoteGenerator, NoteGenerator.from_sizes)

    def batches(self, task, examples, batch_size, rng=None):
        """Windows of pieces."""
        sequences = task.preprocessor.token_ids([piece.midi for piece in examples])
        arrays = window_arrays(sequences, task.preprocessor.sequence_length)
        if rng is not None:
            order = rng.permutation(len(arrays[1]))
            arrays = tf.nest.map_structure(lambda array: array[order], arrays)
        return tf.data.Dataset.from_tensor_slices(arrays).batch(batch_size)

    def augmented(self, examples, rng):
        """Every piece in a key of its own."""
        return transpose_at_random(examples, rng)

    def measure(self, task, examples, batch_size):
        """The metrics of the model on windows."""
        batches = self.batches(task, examples, batch_size)
        return task.evaluate(batches, verbose=0, return_dict=True)

    def epoch_summary(self, logs):
        """Both likelihoods."""
        return (
            f"{logs['nats_per_token']:.4f} nats per event, "
            f"{logs['val_nats_per_token']:.4f} on held-out pieces"
        )

    def fingerprint(self, parts):
        """A hash of the scores."""
        midis = [[piece.midi for piece in part] for part in (parts.train, parts.validation)]
        return hashlib.sha256(repr(midis).encode()).hexdigest()

    def evaluate(self, task, parts, part):
        """Likelihoods beside baselines."""
        return evaluate(task, parts, part)

    def compositions(self, task, parts, part, count, seed):
        """Musical statistics, and what is copied."""
        return compose_and_compare(task, parts, part, count, seed)

    def through_signature(self, task, examples):
        """The likelihood by the signature `score`."""
        sequences = task.preprocessor.token_ids([piece.midi for piece in examples])
        return through_signature(sequences, "event")
