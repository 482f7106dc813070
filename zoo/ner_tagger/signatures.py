"""The signatures of the tagger.

Written in core TensorFlow operations only, so that TF Serving and the C runtime run them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import tensorflow as tf

from seqzoo.zoo.base.signature import Signature
from seqzoo.zoo.base.tokenizer import lines
from seqzoo.zoo.ner_tagger.chain_answers import ChainAnswers
from seqzoo.zoo.ner_tagger.entities import entities_of
from seqzoo.zoo.ner_tagger.preprocessor import MAX_PASSAGE_WORDS
from seqzoo.zoo.text.splitting import python_splitter as reference_splitter
from seqzoo.zoo.text.splitting.python_splitter import PIECES_OF_A_WORD
from seqzoo.zoo.text.splitting.word_splitter import SplitText, characters_of, split_words

if TYPE_CHECKING:
    from seqzoo.zoo.ner_tagger.backbone import NERTaggerBackbone
    from seqzoo.zoo.ner_tagger.task import NERTagger

PASSAGES_AT_ONCE = 32
"""The batch size of the network: passages of similar length together."""

_TEXTS = [
    ["Lucas Ferreira é professor de IA na Universidade de Brasília."],
    ["O Supremo Tribunal Federal julgou a ADI 4.277.\n\nFoi em 05/05/2011!", "", "Art. 5º"],
    ["Ana 👩🏽‍🏫 disse: “a Lei nº 8.666/93 vale”. http://www.stf.jus.br/ " * 20],
]


def ner_signatures(task: NERTagger) -> dict[str, Signature]:
    """Returns the signatures of a `NERTagger` on a server.

    - `annotate`: `text`, strings `(batch,)` -> the entities of every text, in its order, padded to
      the most of the batch: `text` and `label`, strings `(batch, entities)`, where the empty
      string is padding; `start` and `end`, int32 `(batch, entities)`, in characters (Unicode code
      points), where -1 is padding; `score`, float32 `(batch, entities)`, the probability of the
      entity; `count`, int32 `(batch,)`. Bytes that are no UTF-8 are read as U+FFFD.
    - `tag`: `words`, strings `(batch, time)`, where the empty string is padding -> `tags`, strings
      `(batch, time)`, and `scores`, float32 `(batch, time)`, their probabilities. At most
      `MAX_PASSAGE_WORDS` words.
    """
    return {
        "annotate": Signature(
            lambda text: annotate(task, text),
            {"text": tf.TensorSpec([None], tf.string)},
            [{"text": np.array(texts, object)} for texts in _TEXTS],
        ),
        "tag": Signature(
            lambda words: _tag_words(task, words),
            {"words": tf.TensorSpec([None, None], tf.string)},
            [{"words": np.array(words, object)} for words in _WORDS],
        ),
    }


_WORDS = [
    [["Ana", "mora", "em", "Lisboa", "."]],
    [["Lei", "nº", "8.666/93"], ["STF", "", ""], ["", "", ""]],
]


def tflite_ner_signatures(task: NERTagger) -> dict[str, Signature]:
    """Returns the signature for TFLite's interpreter, which has no strings.

    - `tag`: `word_ids` and `shape_ids`, int32 `(batch, time)`, and `character_ids`, int32
      `(batch, time, word_length)`, as the packed `reference_splitter.py` makes them -> `tags`,
      int32 `(batch, time)`, numbers of lines in the packed `tags.txt`, from 0, and -1 at padding;
      `scores`, float32 `(batch, time)`, their probabilities; `entity_scores`, float32
      `(batch, time)`, at the first word of an entity the probability of all of it; `begun_scores`,
      float32 `(batch, time)`, at every word the probability of the entity up to there, which is
      that of an entity whose paragraph ends there.
    """

    def tag(
        word_ids: tf.Tensor,
        character_ids: tf.Tensor,
        shape_ids: tf.Tensor,
        piece_ids: tf.Tensor | None = None,
    ) -> dict[str, tf.Tensor]:
        inputs = {"word_ids": word_ids, "character_ids": character_ids, "shape_ids": shape_ids}
        if piece_ids is not None:
            inputs["piece_ids"] = piece_ids
        return task.answers(inputs)._asdict()

    ids = tf.TensorSpec([None, None], tf.int32)
    characters = tf.TensorSpec([None, None, task.backbone.word_length], tf.int32)
    specs = {"word_ids": ids, "character_ids": characters, "shape_ids": ids}
    if task.backbone.piece_vocabulary_size:
        specs["piece_ids"] = tf.TensorSpec([None, None, PIECES_OF_A_WORD], tf.int32)
    return {"tag": Signature(tag, specs, _id_examples(task.backbone))}


def tflite_files(task: NERTagger) -> dict[str, str | bytes]:
    """The files that are packed into the TFLite file of a `NERTagger`.

    - `words.txt` and `characters.txt`: a key a line, by id from 0: padding, the unknown one, then
      those of the vocabulary.
    - `pieces.txt`: the pieces of words likewise; empty where the model reads none.
    - `tags.txt`: a tag a line, by id from 0.
    - `settings.json`: `passage_words`, see `NERTaggerPreprocessor`, and `word_length`, the
      characters of a word that are read.
    - `reference_splitter.py`: the words of a text, their keys and shapes, in plain Python; for
      tests, and to be written again in the language of the phone.

    Args:
        task: The tagger.
    """
    tokenizer = task.preprocessor.tokenizer
    settings = {
        "passage_words": task.preprocessor.passage_words,
        "word_length": tokenizer.word_length,
    }
    return {
        "words.txt": lines(tokenizer.get_vocabulary()),
        "characters.txt": lines(tokenizer.get_character_vocabulary()),
        "pieces.txt": lines(tokenizer.get_piece_vocabulary()),
        "tags.txt": lines(task.tags),
        "settings.json": json.dumps(settings),
        "reference_splitter.py": Path(reference_splitter.__file__).read_text("utf-8"),
    }


def _id_examples(backbone: NERTaggerBackbone) -> list[dict[str, np.ndarray]]:
    """Random sentences, always the same: ordinary, of unlike lengths, one word, long."""
    rng = np.random.default_rng(0)
    examples = []
    for lengths in ([12], [7, 31, 1, 0], [1], [150]):
        shape = len(lengths), max(lengths)
        present = np.arange(shape[1]) < np.array(lengths)[:, None]
        characters = rng.integers(
            1, backbone.character_vocabulary_size, (*shape, backbone.word_length)
        )
        written = np.arange(backbone.word_length) < rng.integers(
            1, backbone.word_length + 1, (*shape, 1)
        )
        examples.append(
            {
                "word_ids": rng.integers(1, backbone.vocabulary_size, shape) * present,
                "character_ids": characters * written * present[..., None],
                "shape_ids": rng.integers(1, 10, shape) * present,
            }
        )
        if pieces := backbone.piece_vocabulary_size:
            some = rng.integers(0, pieces, (*shape, PIECES_OF_A_WORD))
            examples[-1]["piece_ids"] = some * present[..., None]
    return [{name: ids.astype("int32") for name, ids in example.items()} for example in examples]


def _tag_words(task: NERTagger, words: tf.Tensor) -> dict[str, tf.Tensor]:
    # Layers and loops want something to take shapes from.
    too_long = f"A sentence has more than {MAX_PASSAGE_WORDS} words"
    with tf.control_dependencies(
        [tf.debugging.assert_less_equal(tf.shape(words)[1], MAX_PASSAGE_WORDS, too_long)]
    ):
        batch, time = tf.unstack(tf.shape(words))
    missing = [[0, tf.cast(batch == 0, tf.int32)], [0, tf.cast(time == 0, tf.int32)]]
    answers = task.answers(task.preprocessor.tokenizer(tf.pad(words, missing)))
    names = tf.constant(["", *task.tags])
    return {
        "tags": tf.gather(names, answers.tags + 1)[:batch, :time],
        "scores": answers.scores[:batch, :time],
    }


def annotate(task: NERTagger, text: tf.Tensor) -> dict[str, tf.Tensor]:
    """The entities of texts; see `ner_signatures`."""
    split = split_words(text)
    ids = task.preprocessor.tokenizer(split.words.flat_values)
    lengths = _passage_lengths(split, task.preprocessor.passage_words)
    answers = _through_network(task, ids, lengths)
    return entities_of(characters_of(text), split, answers, task.labels)


def _passage_lengths(split: SplitText, passage_words: int) -> tf.Tensor:
    """The number of words of every passage, of all texts in a row.

    A passage begins where a sentence does that is the first to begin among its `passage_words`
    words of a text.
    """
    text, sentence = split.words.value_rowids(), split.sentences.flat_values
    place = tf.ragged.range(split.words.row_lengths()).flat_values
    begins = tf.logical_or(place == 0, sentence != tf.roll(sentence, 1, 0))
    blocks = tf.boolean_mask(place // passage_words, begins)
    first = tf.logical_or(blocks != tf.roll(blocks, 1, 0), tf.boolean_mask(place, begins) == 0)
    words = tf.shape(text)[0]
    starts = tf.boolean_mask(tf.range(words), begins)
    starts = tf.boolean_mask(starts, first)
    return tf.concat([starts[1:], [words]], 0)[: tf.shape(starts)[0]] - starts


def _through_network(
    task: NERTagger, ids: Mapping[str, tf.Tensor], lengths: tf.Tensor
) -> ChainAnswers:
    """The answers for words in a row, passages of like lengths together.

    Args:
        task: The tagger.
        ids: What the tokenizer makes of the words.
        lengths: Words of every passage.
    """
    order = tf.argsort(lengths)
    first_words = tf.cumsum(lengths, exclusive=True)
    count, words = tf.shape(lengths)[0], tf.reduce_sum(lengths)

    def going(done, *_):
        return done < count

    def some_passages(done, *answers_so_far):
        chosen = order[done : done + PASSAGES_AT_ONCE]
        places, present = _places(tf.gather(first_words, chosen), tf.gather(lengths, chosen))
        inputs = {name: _gathered(values, places, present) for name, values in ids.items()}
        answers = task.answers(inputs)
        where = tf.boolean_mask(places, present)[:, None]
        written = [
            tf.tensor_scatter_nd_update(whole, where, tf.boolean_mask(part, present))
            for whole, part in zip(answers_so_far, answers, strict=True)
        ]
        return done + PASSAGES_AT_ONCE, *written

    empty = tf.zeros([words], tf.int32), *(tf.zeros([words]) for _ in ChainAnswers._fields[1:])
    _, *answers = tf.while_loop(going, some_passages, (tf.constant(0), *empty))
    return ChainAnswers(*answers)


def _places(first_words: tf.Tensor, lengths: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Where the words of passages stand, `(passages, time)`, and whether there is one."""
    steps = tf.range(tf.reduce_max(lengths))[None]
    present = steps < lengths[:, None]
    return tf.where(present, first_words[:, None] + steps, 0), present


def _gathered(values: tf.Tensor, places: tf.Tensor, present: tf.Tensor) -> tf.Tensor:
    present = tf.reshape(present, tf.concat([tf.shape(present), [1] * (values.shape.rank - 1)], 0))
    return tf.where(present, tf.gather(values, places), 0)
