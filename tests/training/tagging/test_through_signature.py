import types

import numpy as np
import pytest

from seqzoo.training.tagging.scoring import score_tags
from seqzoo.training.tagging.through_signature import f1_through_signature
from tests.training.tagging.reference import sentence_of

TAGS = ["O", "B-PER", "I-PER", "B-LOC"]
SENTENCES = [
    sentence_of("Ana Lima mora em Lima", "B-PER I-PER O O B-LOC"),
    sentence_of("Rui canta", "B-PER O"),
]
PREDICTED = [["B-PER", "I-PER", "O", "O", "B-PER"], ["B-PER", "O"]]


class Preprocessor:
    """Words as the code of their first letter, in the shapes of the network's inputs."""

    def network_inputs(self, words):
        word_ids = np.array([[ord(word[0]) for word in sentence] for sentence in words])
        return {
            "word_ids": word_ids,
            "character_ids": np.repeat(word_ids[..., None], 3, axis=-1),
            "shape_ids": word_ids,
        }


def answer(signature, word_ids, character_ids, shape_ids):
    """A file that answers `PREDICTED`."""
    assert signature == "tag"
    time = word_ids.shape[1]
    assert (word_ids.shape, character_ids.shape, shape_ids.shape) == (
        (1, time),
        (1, time, 3),
        (1, time),
    )
    assert {ids.dtype for ids in (word_ids, character_ids, shape_ids)} == {np.dtype("int32")}
    (place,) = [
        place
        for place, sentence in enumerate(SENTENCES)
        if [ord(word[0]) for word in sentence.words] == word_ids[0].tolist()
    ]
    return {"tags": np.array([[TAGS.index(tag) for tag in PREDICTED[place]]], "int32")}


def test_is_the_score_of_the_tags():
    task = types.SimpleNamespace(preprocessor=Preprocessor(), tags=TAGS)
    measured = f1_through_signature(task, SENTENCES)(answer)
    # Two of three entities, on either side.
    assert measured == {"entity F1": pytest.approx(2 / 3)}
    assert measured["entity F1"] == score_tags(SENTENCES, PREDICTED).f1
