"""The models of the zoo, small, with samples: one entry a model, and every contract runs on it."""

import dataclasses
from collections.abc import Callable

import keras
import numpy as np
import pytest
import symusic

from seqzoo import zoo


@dataclasses.dataclass(frozen=True, eq=False)
class ModelCase:
    """A model to hold to the life-cycle contract.

    Attributes:
        name: The name of its class.
        make: Makes a small untrained model.
        examples: What `fit` and `evaluate` take: raw inputs of unlike lengths, and, for a model
            that needs them, their targets.
        small: The like, of the least that there is.
        arrays: Takes a preprocessor and the examples, and returns what the network takes of them.
        answers: Takes a model and raw inputs, and returns an array of numbers for each.
        wrong: Methods, arguments that they must refuse, and what the error says.
        epochs: How long it learns from the examples before it is exported.
    """

    name: str
    make: Callable[[], object]
    examples: tuple[list, ...]
    small: list[tuple[list, ...]]
    arrays: Callable[..., dict[str, np.ndarray]]
    answers: Callable[[object, list], list[np.ndarray]]
    wrong: list[tuple[str, tuple, str]]
    epochs: int

    def __repr__(self):
        return self.name


def _windows(preprocessor, inputs):
    """The first windows of all sequences."""
    arrays, _, _ = next(iter(preprocessor.windows(inputs).batch(64)))
    return {name: array.numpy() for name, array in arrays.items()}


def melody(pitches, quarter=480) -> symusic.Score:
    """A score of one voice: a quarter note for every pitch, in 3/4."""
    score = symusic.Score(quarter)
    score.time_signatures.append(symusic.TimeSignature(0, 3, 4))
    score.tracks.append(symusic.Track(program=0, is_drum=False))
    for index, pitch in enumerate(pitches):
        score.tracks[0].notes.append(symusic.Note(index * quarter, quarter, pitch, 64))
    return score


def _melodies():
    rng = np.random.default_rng(0)
    return [melody([60, 64, 67, 72] * n + rng.integers(40, 90, n).tolist()) for n in (2, 5, 9, 3)]


NOTE_GENERATOR = ModelCase(
    name="NoteGenerator",
    make=lambda: zoo.NoteGenerator.from_examples(
        embedding_dim=8, units=12, num_layers=2, dropout=0.1, sequence_length=24
    ),
    examples=(_melodies(),),
    small=[([melody([60])],)],
    arrays=_windows,
    answers=lambda task, scores: np.split(task.score(scores)["log_probability"], len(scores)),
    wrong=[
        *((method, ([],), "at least one") for method in ("fit", "evaluate", "score", "generate")),
        *(
            (method, ([wrong],), message)
            for method in ("fit", "evaluate", "predict", "score", "generate")
            for wrong, message in [
                ("no-such-score.mid", "no-such-score.mid"),
                (b"not a MIDI file", "MIDI"),
                (melody([]), "note"),
                (42, "Received: 42"),
            ]
        ),
    ],
    epochs=4,
)


def random_rolls(lengths, keys, seed=0):
    """Piano rolls of so many frames, of which some are empty.

    Args:
        lengths: Frames of each.
        keys: Keys of a frame.
        seed: Of the notes.
    """
    rng = np.random.default_rng(seed)
    return [(rng.random((length, keys)) < 0.3).astype("uint8") for length in lengths]


FRAME_GENERATOR = ModelCase(
    name="FrameGenerator",
    make=lambda: zoo.FrameGenerator.from_examples(
        embedding_dim=8, units=12, num_layers=2, dropout=0.1, sequence_length=24, keys=6
    ),
    examples=([np.tile(np.eye(6, dtype="uint8")[::2], (n, 1)) for n in (2, 4, 3, 4) * 6],),
    small=[([np.zeros((1, 6), bool)],), ([np.zeros((0, 6), "uint8")],)],
    arrays=_windows,
    answers=lambda task, rolls: np.split(task.score(rolls)["log_probability"], len(rolls)),
    wrong=[
        *((method, ([],), "at least one") for method in ("fit", "evaluate", "score", "generate")),
        *(
            (method, ([wrong],), message)
            for method in ("fit", "evaluate", "predict", "score", "generate")
            for wrong, message in [
                ("roll.mat", "Received: 'roll.mat'"),
                (b"\2\0\0\0\0\0", "Received: 6 bytes"),
                (np.zeros((3, 5), bool), r"an array \(3, 5\)"),
                (np.full((1, 6), 2), "other numbers"),
                (42, "Received: 42"),
            ]
        ),
    ],
    epochs=12,
)

TAGGED_SENTENCES = (
    [
        ["Ana", "mora", "em", "Lisboa", "."],
        ["O", "Supremo", "Tribunal", "Federal", "julgou", "a", "Lei", "nº", "8.666/93", "."],
        ["João", "da", "Silva", "foi", "a", "Belém", "com", "Maria", "e", "Lei", "nº", "9.099"],
        ["Sim", "."],
    ],
    [
        ["B-PESSOA", "O", "O", "B-LOCAL", "O"],
        ["O", "O", "O", "O", "O", "O", "B-LEI", "I-LEI", "I-LEI", "O"],
        [
            *("B-PESSOA", "I-PESSOA", "I-PESSOA", "O", "O", "B-LOCAL", "O", "B-PESSOA", "O"),
            *("B-LEI", "I-LEI", "I-LEI"),
        ],
        ["O", "O"],
    ],
)


def small_tagger(**sizes) -> zoo.NERTagger:
    """An untrained tagger of few weights that knows the words of `TAGGED_SENTENCES`.

    Args:
        **sizes: Other arguments of `NERTagger.from_examples`.
    """
    sentences, _ = TAGGED_SENTENCES
    sizes = {"embedding_dim": 8, "character_dim": 6, "character_units": 6, "units": 8, **sizes}
    return zoo.NERTagger.from_examples(
        sentences, ["PESSOA", "LOCAL", "LEI"], min_count=1, **{"dropout": 0.1, **sizes}
    )


def _word_scores(task, sentences):
    """The probability of every word's tag."""
    width = max(map(len, sentences))
    padded = [[*words, *[""] * (width - len(words))] for words in sentences]
    scores = task.signatures()["tag"].function(words=np.array(padded, object))["scores"].numpy()
    return [row[: len(words)] for row, words in zip(scores, sentences, strict=True)]


NER_TAGGER = ModelCase(
    name="NERTagger",
    make=small_tagger,
    examples=TAGGED_SENTENCES,
    small=[([["Ana"]], [["B-PESSOA"]]), ([[], ["?"]], [[], ["O"]])],
    arrays=lambda preprocessor, sentences, tags: preprocessor.network_inputs(sentences),
    answers=_word_scores,
    wrong=[
        *(
            (method, arguments, message)
            for method in ("fit", "evaluate")
            for arguments, message in [
                (([], []), "at least one"),
                (([[]], [[]]), "at least one"),
                (([["Ana"]], [["O", "O"]]), "Sentence 0 has 1 words and 2 tags"),
                (([["a"], ["Ana"]], [["O"], ["B-ANA"]]), "Sentence 1 has the tag 'B-ANA'"),
                (([["a"]], []), "1 sentences, and tags of 0"),
                (([["a"]], None), "1 sentences, and tags of none"),
                ((["Ana mora"], [["O"]]), "index 0: 'Ana mora'"),
                (([["a", 42]], [["O", "O"]]), r"index 0: \['a', 42\]"),
                (([["a", ""]], [["O", "O"]]), "Sentence 0 has an empty word"),
            ]
        ),
        ("predict", (["Ana", 42],), "index 1: 42"),
        ("predict", ("Ana",), "'Ana'"),
        ("predict_tags", (["Ana mora"],), "index 0: 'Ana mora'"),
        ("predict_tags", ([["a", ""]],), "Sentence 0 has an empty word"),
    ],
    # Until it finds entities.
    epochs=120,
)


def _stripes():
    """Images of unlike sizes and forms, and what they show."""
    rng = np.random.default_rng(5)
    images = [
        np.repeat(rng.integers(0, 256, (1, 3, 3)), height, axis=0).repeat(width, axis=1)
        for height, width in ((20, 8), (5, 5), (3, 30), (16, 6))
    ]
    captions = [
        "three stripes, one of them red",
        "stripes",
        ["a short picture", "it is short"],
        {"en": "stripes", "pt": ("listras, três delas", "um quadro")},
    ]
    return [image.astype("uint8") for image in images], captions


def small_captioner(**sizes) -> zoo.ImageCaptioner:
    """An untrained captioner of few weights that knows the words of its examples in the contract.

    Args:
        **sizes: Other arguments of `ImageCaptioner.from_examples`.
    """
    texts = [
        *("three stripes, one of them red", "a short picture it is"),
        "listras, três delas um quadro",
    ]
    sizes = {"encoder": "small", "image_size": 16, "embedding_dim": 16, "units": 32, **sizes}
    return zoo.ImageCaptioner.from_examples(
        texts,
        ("en", "pt"),
        **{"sequence_length": 8, "dropout": 0.1, "no_repeat_ngram_size": 2, **sizes},
    )


def _images_and_words(preprocessor, images, captions):
    token_ids, *_ = preprocessor.caption_arrays(["a short picture"] * len(images), [0] * 4)
    return {"images": preprocessor.network_images(images), "token_ids": token_ids.numpy()}


def _next_words(task, images):
    """The log-probabilities of all words after some, the same after every image."""
    arrays = task.preprocessor.network_images(images)
    token_ids = np.tile([3, 6, 8, 7], (len(arrays), 1))
    logits = task({"images": arrays, "token_ids": token_ids}, training=False)
    return [np.ravel(row) for row in np.asarray(keras.ops.log_softmax(logits), "float32")]


IMAGE_CAPTIONER = ModelCase(
    name="ImageCaptioner",
    make=small_captioner,
    examples=_stripes(),
    arrays=_images_and_words,
    small=[([np.zeros((1, 1, 3), "uint8")], ["stripes"]), ([np.zeros((1, 1, 3), "uint8")], ["?"])],
    answers=_next_words,
    wrong=[
        *(
            (method, arguments, message)
            for method in ("fit", "evaluate")
            for arguments, message in [
                (([], []), "at least one"),
                (([np.zeros((2, 2, 3), "uint8")], []), "1 images, and captions of 0"),
                (([np.zeros((2, 2, 3), "uint8")], None), "1 images, and captions of none"),
                (([np.zeros((2, 2, 3), "uint8")], [" "]), "Image 0 has an empty caption"),
                (([np.zeros((2, 2, 3), "uint8")], [[3]]), "image 0: 3"),
                (([np.zeros((2, 2, 3), "uint8")], [{"fr": "un"}]), "en, pt, not 'fr'"),
            ]
        ),
        *(
            (method, (images,), message)
            for method in ("generate", "predict", "features")
            for images, message in [
                (["no-such-picture.png"], "no-such-picture.png"),
                ([b"no picture"], "JPEG, PNG"),
                ("picture.png", "Received: 'picture.png'"),
                (np.zeros((2, 2, 3), "uint8"), r"an array \(2, 2, 3\)"),
                ([42], "int"),
            ]
        ),
        ("generate", ([], "fr"), "en, pt, not 'fr'"),
        ("generate", ([], None, 0), "captions=0"),
        ("generate", ([], None, 1, 65), "beam_width=65"),
        ("generate", ([], None, 1, 1, -1.0), "temperature=-1.0"),
    ],
    epochs=30,
)

MODEL_CASES = [NOTE_GENERATOR, FRAME_GENERATOR, NER_TAGGER, IMAGE_CAPTIONER]

each_model = pytest.mark.parametrize("case", MODEL_CASES, ids=repr)
