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

    def tags_of(answer, sentence):
        inputs = task.preprocessor.network_inputs([list(sentence.words)])
        inputs = {name: ids.astype("int32") for name, ids in inputs.items()}
        return [task.tags[index] for index in answer("tag", **inputs)["tags"][0]]

    def measure(answer):
        predicted = [tags_of(answer, sentence) for sentence in sentences]
        return {"entity F1": score_tags(sentences, predicted).f1}

    return measure
