import numpy as np
import pytest

from seqzoo.training.ner_tagger.evaluation import evaluate
from seqzoo.training.ner_tagger.score_exported import f1_exported
from seqzoo.zoo.text.tagging.tagged_sentence import TaggedSentence
from tests.contracts.model_cases import TAGGED_SENTENCES, small_tagger


@pytest.fixture(scope="module")
def sentences():
    return [
        TaggedSentence(tuple(words), tuple(tags))
        for words, tags in zip(*TAGGED_SENTENCES, strict=True)
    ]


@pytest.mark.slow
def test_is_the_score_of_the_tagger_itself(sentences):
    task = small_tagger(dropout=0.0)
    task.fit(*TAGGED_SENTENCES, epochs=8, verbose=0)
    signature = task.tflite_signatures()["tag"]
    called = []

    def answer(name, **inputs):
        called.append(name)
        assert {array.dtype for array in inputs.values()} == {np.dtype("int32")}
        return {key: np.asarray(value) for key, value in signature.function(**inputs).items()}

    measured = f1_exported(task, sentences)(answer)
    assert measured == {"entity F1": evaluate(task, sentences).measured.f1}
    assert set(called) == {"tag"}


def test_a_file_that_finds_nothing_scores_nothing(sentences):
    def answer(name, word_ids, **inputs):
        return {"tags": np.zeros_like(word_ids)}

    assert f1_exported(small_tagger(), sentences)(answer) == {"entity F1": 0.0}
