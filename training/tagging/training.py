"""The training of taggers."""

import hashlib

import keras

from seqzoo.training.curves import Curves
from seqzoo.training.model_training import ModelTraining
from seqzoo.training.parts import part_of
from seqzoo.training.preset_tasks import defaults_of, sized_task
from seqzoo.training.recipe import RecipeError
from seqzoo.training.tagging.datasets import load_all
from seqzoo.training.tagging.evaluation import evaluate
from seqzoo.training.tagging.mention_replacement import replace_mentions
from seqzoo.training.tagging.scoring import score_tags
from seqzoo.training.tagging.through_signature import f1_through_signature
from seqzoo.zoo.ner_tagger import NERTagger, NERTaggerBackbone
from seqzoo.zoo.ner_tagger.tagging_schemes import labels_of

WORDS_OF_AN_EPOCH = 10_000
"""The least words that are read before the model is measured."""


class TaggingTraining(ModelTraining):
    """Tagged sentences, and the F1 of their entities."""

    examples = "sentences"
    monitor = "val_entity_f1"
    higher_is_better = True
    files = ("word_vectors",)
    curves = (
        Curves(
            "loss (nats per passage)",
            {
                "loss": "training: tags and neighbours, with dropout",
                "val_loss": "validation: tags",
            },
        ),
        Curves("entity F1, strict", {"val_entity_f1": "validation"}),
    )

    def load(self, names):
        """Loads tagged sentences; see `seqzoo.training.tagging.datasets`."""
        return load_all(names)

    def sizes(self):
        """The arguments of `NERTagger.from_words`, and those of the network that it hands on."""
        sizes = defaults_of(NERTaggerBackbone.__init__) | defaults_of(NERTagger.from_words)
        # A function, which no file can hold.
        return {name: default for name, default in sizes.items() if name != "advance"}

    def make_task(self, recipe, parts):
        """The model, whose vocabulary and labels are those of the training part.

        A preset keeps its vocabulary, and its labels too where they are enough.
        """
        sentences = [sentence.words for sentence in parts.train]
        labels = labels_of([s.tags for s in parts.train + parts.validation])
        if not labels:
            raise RecipeError("No sentence has an entity: give data that holds some.")
        if not recipe.init:
            return sized_task(
                recipe, NERTagger, lambda **sizes: NERTagger.from_words(sentences, labels, **sizes)
            )
        task = NERTagger.from_preset(recipe.init)
        if set(labels) <= set(task.labels):
            return task
        return NERTagger.from_preset(recipe.init, labels=labels)

    def batches(self, task, examples, batch_size, rng=None):
        """Passages of sentences."""
        return task.batches(*_words_and_tags(examples), batch_size, rng)

    def rounds(self, examples):
        """As many as it takes to read `WORDS_OF_AN_EPOCH`: a few dozen sentences are few steps."""
        words = sum(len(sentence.words) for sentence in examples)
        return max(1, WORDS_OF_AN_EPOCH // words)

    def augmented(self, examples, rng):
        """Some entities replaced by others of their label."""
        return replace_mentions(examples, rng)

    def measure(self, task, examples, batch_size):
        """The loss, and the F1 of the entities."""
        batches = self.batches(task, examples, batch_size)
        metrics = task.evaluate(batches, verbose=0, return_dict=True)
        predicted = task.predict_tags([sentence.words for sentence in examples], batch_size)
        return {**metrics, "entity_f1": score_tags(examples, predicted).f1}

    def optimizer(self, schedule):
        """Adam; one gradient is clipped for all weights together."""
        return keras.optimizers.Adam(schedule, global_clipnorm=5.0)

    def epoch_summary(self, logs):
        """The loss, and the F1 of entities that were held out."""
        return f"loss {logs['loss']:.3f}, entity F1 {logs['val_entity_f1']:.4f} on held-out text"

    def fingerprint(self, parts):
        """A hash of the sentences."""
        return hashlib.sha256(repr((parts.train, parts.validation)).encode()).hexdigest()

    def evaluate(self, task, parts, part):
        """Scores by seqeval, and the errors; see `TaggingEvaluation`."""
        return evaluate(task, part_of(parts, part))

    def through_signature(self, task, examples):
        """The F1 by the signature `tag`."""
        return f1_through_signature(task, examples)


def _words_and_tags(sentences):
    return [s.words for s in sentences], [s.tags for s in sentences]
