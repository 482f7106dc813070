"""How well an exported tagger does."""

from collections.abc import Callable, Sequence

from seqzoo.training.tagging.scoring import score_tags
from seqzoo.zoo.ner_tagger.tagged_sentence import TaggedSentence


def f1_through_signature(task, sentences: Sequence[TaggedSentence]) -> Callable:
    """Measures an exported tagger by its signature `tag`.

    Args:
        task: The model that was exported.
        sentences: Sentences with their gold tags, IOB2.

    Returns:
        A function that takes `answer(signature, **inputs)` and returns the entity F1, from 0 to 1.
    """
    words = [list(sentence.words) for sentence in sentences]

    def measure(answer):
        predicted = task.predict_tags(words, tag=lambda **inputs: answer("tag", **inputs))
        return {"entity F1": score_tags(sentences, predicted).f1}

    return measure
