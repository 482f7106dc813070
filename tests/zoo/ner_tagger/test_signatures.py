"""What the exported tagger answers to."""

import numpy as np
import pytest
import tensorflow as tf

from seqzoo.export import export_saved_model
from seqzoo.export.parity.c_runtime import Call, run_signatures
from seqzoo.layers.crf.potentials import FORBIDDEN, chain_potentials
from seqzoo.zoo import Entity
from seqzoo.zoo.ner_tagger.chain_answers import ChainAnswers, chain_answers
from seqzoo.zoo.ner_tagger.entities import entities_of as entities_of_words
from seqzoo.zoo.ner_tagger.tag_ids import forbidden_starts, forbidden_transitions
from seqzoo.zoo.text.splitting.word_splitter import characters_of, split_words
from tests.contracts.model_cases import TAGGED_SENTENCES
from tests.layers.crf.brute_force_chain import brute_force, random_chain
from tests.zoo.ner_tagger.plain_tagger import PlainTagger, assert_same_entities

TEXTS = [
    "Ana mora em Lisboa. João da Silva, 👩🏽‍🏫, foi a Belém.\n\nA Lei nº 8.666/93 vale!",
    "",
    "Sim.",
    "“O STF julgou a Lei nº 9.099”, disse Maria (de Lisboa). " * 8,
]
PADDING = {"text": b"", "label": b"", "start": -1, "end": -1, "score": 0}


@pytest.fixture(scope="module")
def annotate(tagger):
    """The signature as a server has it."""
    signature = tagger.signatures()["annotate"]
    function = tf.function(
        signature.function, input_signature=list(signature.inputs.values()), autograph=False
    )
    return lambda *texts: {k: v.numpy() for k, v in function(tf.constant(texts)).items()}


@pytest.fixture(scope="module")
def exported(tagger, tmp_path_factory):
    return export_saved_model(tagger, tmp_path_factory.mktemp("exports") / "tagger")


def entities_of(answer):
    """The entities of every text in an answer of `annotate`; padding is held to be padding."""
    for name, padding in PADDING.items():
        for row, count in zip(answer[name], answer["count"], strict=True):
            assert (row[count:] == padding).all()
    return [
        [
            Entity(
                answer["text"][row, n].decode(),
                answer["label"][row, n].decode(),
                *(int(answer[name][row, n]) for name in ("start", "end")),
                float(answer["score"][row, n]),
            )
            for n in range(count)
        ]
        for row, count in enumerate(answer["count"])
    ]


def test_annotate_is_splitting_tagging_and_joining(tagger, annotate):
    """By the way of a phone: each step in plain Python, passage by passage."""
    plain = PlainTagger(
        {k: v.encode() for k, v in tagger.tflite_files().items()},
        lambda **ids: {
            k: v.numpy() for k, v in tagger.tflite_signatures()["tag"].function(**ids).items()
        },
    )
    for text, entities in zip(TEXTS, entities_of(annotate(*TEXTS)), strict=True):
        assert_same_entities(entities, plain.entities(text))
    assert len(plain.entities(TEXTS[0])) >= 4


def test_the_shapes_and_types_of_annotate(tagger, annotate):
    answer = annotate(*TEXTS)
    most = answer["count"].max()
    assert {name: (value.shape, value.dtype) for name, value in answer.items()} == {
        "text": ((4, most), object),
        "label": ((4, most), object),
        "start": ((4, most), np.int32),
        "end": ((4, most), np.int32),
        "score": ((4, most), np.float32),
        "count": ((4,), np.int32),
    }
    assert answer["count"].tolist()[1:3] == [0, 0]
    nothing = tagger.signatures()["annotate"].function(text=tf.constant([], tf.string))
    assert all(value.shape[0] == 0 for value in nothing.values())


def test_a_batch_is_answered_as_its_texts_one_by_one(annotate):
    together = entities_of(annotate(*TEXTS))
    for text, entities in zip(TEXTS, together, strict=True):
        (alone,) = entities_of(annotate(text))
        assert_same_entities(entities, alone)


def test_tag_is_predict_tags(tagger):
    sentences, tags = TAGGED_SENTENCES
    width = max(map(len, sentences))
    words = np.array([[*row, *[""] * (width - len(row))] for row in sentences], object)
    answer = tagger.signatures()["tag"].function(words=words)
    received = [[tag.decode() for tag in row if tag] for row in answer["tags"].numpy()]
    assert received == tags
    scores = answer["scores"].numpy()
    assert (scores[words == ""] == 0).all()
    assert ((scores[words != ""] > 0.3) & (scores[words != ""] < 1 + 1e-5)).all()


@pytest.mark.parametrize("shape", [(0, 3), (2, 0), (1, 2)])
def test_tag_of_padding_alone(tagger, shape):
    answer = tagger.signatures()["tag"].function(words=tf.fill(shape, ""))
    assert answer["tags"].shape == answer["scores"].shape == shape
    assert (answer["tags"].numpy() == b"").all()


@pytest.mark.slow
def test_the_c_runtime_finds_the_same_entities(tagger, exported):
    calls = [Call("annotate", {"text": np.array(TEXTS, object)})]
    calls += [Call("serving_default", {"text": np.array([text], object)}) for text in TEXTS]
    together, *alone = map(entities_of, run_signatures(exported.path, calls))
    for index, expected in enumerate(tagger.predict(TEXTS)):
        assert_same_entities(together[index], expected)
        assert_same_entities(alone[index][0], expected)


@pytest.mark.slow
def test_pinned_signatures(exported):
    signatures = tf.saved_model.load(str(exported.path)).signatures
    pinned = {
        name: (
            {k: (v.dtype.name, v.shape.rank) for k, v in s.structured_input_signature[1].items()},
            {k: (v.dtype.name, v.shape.rank) for k, v in s.structured_outputs.items()},
        )
        for name, s in signatures.items()
    }
    annotate = (
        {"text": ("string", 1)},
        {
            "text": ("string", 2),
            "label": ("string", 2),
            "start": ("int32", 2),
            "end": ("int32", 2),
            "score": ("float32", 2),
            "count": ("int32", 1),
        },
    )
    tag = ({"words": ("string", 2)}, {"tags": ("string", 2), "scores": ("float32", 2)})
    assert pinned == {"serving_default": annotate, "annotate": annotate, "tag": tag}


def test_an_entity_ends_with_its_paragraph():
    text = tf.constant(["Sim. Ana\n\nLima mora", "Não", "Rui\n\nCosta"])
    split = split_words(text)
    # Sim . Ana Lima mora | Não | Rui Costa, where the second names are in paragraphs of their own.
    tags = tf.constant([0, 0, 1, 2, 0, 0, 1, 2])
    scores = tf.ones_like(tags, tf.float32)
    answers = ChainAnswers(tags, scores, scores, scores)
    answer = entities_of_words(characters_of(text), split, answers, ["PER"])
    assert answer["text"].numpy().tolist() == [[b"Ana"], [b""], [b"Rui"]]
    assert answer["count"].numpy().tolist() == [1, 0, 1]


@pytest.mark.parametrize(
    ("text", "returned"),
    [
        # Words 1 and 2 are an entity to the chain.
        ("Sim Ana\n\nLima mora", "Ana"),
        ("Sim Ana Lima\n\nmora", "Ana Lima"),
        ("Sim Ana Lima mora", "Ana Lima"),
        # The end of a sentence may be that of an abbreviation.
        ("Ana. Lima mora", ". Lima"),
        ("Sim Ana. Lima", "Ana."),
    ],
)
def test_the_score_is_that_of_the_entity_that_is_returned(text, returned):
    """Of all that the chain may say, counted one by one, what makes the answer this entity."""
    emissions, transitions, start, end = random_chain(1, 4, 3, seed=8)
    emissions[0] += 2 * np.eye(3)[[0, 1, 2, 0]]
    for pair in forbidden_transitions(1):
        transitions[pair] = FORBIDDEN
    start[forbidden_starts(1)] = FORBIDDEN
    chain, mask = (emissions, transitions, start, end), np.full((1, 4), True)
    answers = chain_answers(chain_potentials(*map(tf.constant, chain), mask=mask))
    assert answers.tags[0].numpy().tolist() == [0, 1, 2, 0]

    texts = tf.constant([text])
    characters, words = characters_of(texts), split_words(texts)

    def entities(tags, *scores):
        row = ChainAnswers(tf.constant(tags), *scores or [tf.zeros(4)] * 3)
        found = entities_of_words(characters, words, row, ["PER"])
        return found["text"][0].numpy().tolist(), found["score"][0].numpy().tolist()

    ((name,), (score,)) = entities(*(part[0].numpy() for part in answers))
    assert name.decode() == returned
    (expected,) = brute_force(chain, mask)
    probability = sum(
        p for path, p in expected.probabilities().items() if name in entities(np.array(path))[0]
    )
    np.testing.assert_allclose(score, probability, atol=1e-6)
    assert 0.1 < score < 0.99


def test_bytes_of_words_that_are_no_characters(tagger):
    """A half of a surrogate pair as some programs write it, and a cut character."""
    tag = tagger.signatures()["tag"].function
    odd, plain = (
        tag(words=tf.constant([[b"Ana", b"mora", word]]))
        for word in (b"\xed\xa0\x80x\xc3", "\ufffd\ufffd\ufffdx\ufffd".encode())
    )
    for name, expected in plain.items():
        np.testing.assert_array_equal(odd[name], expected)


def test_tag_takes_no_endless_sentence(tagger):
    with pytest.raises(tf.errors.InvalidArgumentError, match="more than 1024 words"):
        tagger.signatures()["tag"].function(words=tf.fill((1, 1025), "Ana"))
