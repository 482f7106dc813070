"""The tagger on a phone, in plain Python: the packed files, and a network that takes ids."""

import json
import types

import numpy as np

from seqzoo.zoo.text.tagging.tagged_sentence import Entity


class PlainTagger:
    """Text to entities without TensorFlow.

    Args:
        files: The packed files of a TFLite file, by name.
        tag: The network: takes `word_ids`, `character_ids`, `shape_ids` and, where it reads
            pieces, `piece_ids`, and returns `tags`, `scores`, `entity_scores` and `begun_scores`.
    """

    def __init__(self, files, tag):
        self.splitter = types.ModuleType("reference_splitter")
        exec(files["reference_splitter.py"], vars(self.splitter))
        self.settings = json.loads(files["settings.json"])
        names = "words", "characters", "pieces"
        self.words, self.characters, self.pieces = (_ids(files[f"{n}.txt"]) for n in names)
        self.tags = _lines(files["tags.txt"])
        self.tag = tag

    def ids(self, words):
        """The inputs of the network for one row of words."""
        ids = {
            "word_ids": _row([self._word_id(word) for word in words]),
            "character_ids": _row([self._character_ids(word) for word in words]),
            "shape_ids": _row([self.splitter.word_shape(word) for word in words]),
        }
        if self.pieces:
            ids["piece_ids"] = _row([self._piece_ids(word) for word in words])
        return ids

    def entities(self, text):
        """The entities of a text."""
        words = self.splitter.split_words(text)
        return [
            entity
            for passage in self._passages(words)
            for entity in self._entities_of_passage(text, passage)
        ]

    def _word_id(self, word):
        return self.words.get(self.splitter.vocabulary_key(word), 1)

    def _piece_ids(self, word):
        pieces = dict(list(self.pieces.items())[2:])
        key = self.splitter.vocabulary_key(word)
        return self.splitter.word_pieces(key, pieces, max(map(len, pieces)))

    def _character_ids(self, word):
        length = self.settings["word_length"]
        characters = self.splitter.normalized(word)
        if len(characters) > length:
            first = length // 2
            characters = characters[:first] + characters[first - length :]
        ids = [self.characters.get(character, 1) for character in characters]
        return ids + [0] * (length - len(ids))

    def _passages(self, words):
        """Sentences that begin among the same `passage_words` words are one passage."""
        passages, sentence, block = [], None, None
        for place, word in enumerate(words):
            begins, sentence = word.sentence != sentence, word.sentence
            here = place // self.settings["passage_words"]
            if begins and here != block:
                passages.append([])
                block = here
            passages[-1].append(word)
        return passages

    def _entities_of_passage(self, text, words):
        answer = self.tag(**self.ids([word.text for word in words]))
        tags = [self.tags[tag] for tag in answer["tags"][0]]
        for first, tag in enumerate(tags):
            if tag.startswith("B-"):
                last = first
                while (
                    tags[last + 1 : last + 2] == [f"I-{tag[2:]}"]
                    and words[last + 1].paragraph == words[first].paragraph
                ):
                    last += 1
                start, end = words[first].start, words[last].end
                ends_paragraph = (
                    words[last].paragraph != words[min(last + 1, len(words) - 1)].paragraph
                )
                name, place = ("begun", last) if ends_paragraph else ("entity", first)
                score = float(answer[f"{name}_scores"][0][place])
                yield Entity(text[start:end], tag[2:], start, end, score)


def _row(ids):
    return np.array([ids], "int32")


def _lines(content):
    return content.decode().split("\n")[:-1]


def _ids(content):
    return {text: index for index, text in enumerate(_lines(content))}


def assert_same_entities(received, expected, tolerance=1e-5):
    """The same entities, with scores that float32 sums in another order give."""
    assert [(e.text, e.label, e.start, e.end) for e in received] == [
        (e.text, e.label, e.start, e.end) for e in expected
    ]
    np.testing.assert_allclose(
        [entity.score for entity in received], [e.score for e in expected], atol=tolerance
    )
