"""What a user does with a tagger."""

import keras
import numpy as np
import pytest

from seqzoo.zoo import Entity, NERTagger, PresetError
from seqzoo.zoo.text.splitting import python_splitter as reference_splitter
from tests.contracts.model_cases import TAGGED_SENTENCES, small_tagger

SENTENCES, TAGS = TAGGED_SENTENCES
TEXTS = [
    "Ana mora em Lisboa. O Supremo Tribunal Federal julgou a Lei nº 8.666/93.",
    "João da Silva foi a Belém com Maria e Lei nº 9.099. Sim.",
]
NOTHING = ["", " \r\n\t", "Sim."]


def spans(entities):
    return [(entity.text, entity.label) for entity in entities]


def test_the_entities_of_texts(tagger):
    assert list(map(spans, tagger.predict(TEXTS))) == [
        [("Ana", "PESSOA"), ("Lisboa", "LOCAL"), ("Lei nº 8.666/93", "LEI")],
        [
            ("João da Silva", "PESSOA"),
            ("Belém", "LOCAL"),
            ("Maria", "PESSOA"),
            ("Lei nº 9.099", "LEI"),
        ],
    ]
    for entity in tagger.predict(TEXTS[:1])[0]:
        assert isinstance(entity, Entity)
        assert 0.5 < entity.score <= 1 + 1e-6


@pytest.mark.parametrize(
    "text",
    [
        "👩🏽‍🏫 “Ana” — mora em\r\n\r\nLisboa!\r\nÉ a Lei nº 8.666/93…",
        "A\u0301na foi: Ana mora em Lisboa\u00a0. 漢字 Maria\u200b foi a Bele\u0301m",
        "Ana mora em Lisboa.\n\n\n" * 20,
    ],
)
def test_offsets_count_characters(tagger, text):
    (entities,) = tagger.predict([text])
    assert len(entities) >= 2
    last = 0
    for entity in entities:
        assert last <= entity.start < entity.end
        assert text[entity.start : entity.end] == entity.text
        last = entity.end


def test_bytes_that_are_no_characters(tagger):
    data = b"\xff\xe2\x82 Ana mora em \xc3Lisboa. Ana mora em Lisboa."
    text = reference_splitter.decode(data)
    (entities,) = tagger.predict([data])
    assert ("Ana", "PESSOA") in spans(entities)
    assert [text[entity.start : entity.end] for entity in entities] == [e.text for e in entities]
    assert tagger.predict([text]) == [entities]


def test_half_of_a_surrogate_pair_is_one_character(tagger):
    text = "\ud83d. Ana mora em Lisboa."
    (entities,) = tagger.predict([text])
    assert text[entities[-1].start : entities[-1].end] == "Lisboa"
    assert tagger.predict([text.replace("\ud83d", "\ufffd")]) == [entities]


def test_words_with_half_of_a_surrogate_pair(tagger, tmp_path):
    words = ["\ud83d", "Ana\udfff", "mora", "em", "Lisboa"]
    plain = [word.replace("\ud83d", "\ufffd").replace("\udfff", "\ufffd") for word in words]
    assert tagger.predict_tags([words]) == tagger.predict_tags([plain])
    expected = tagger.evaluate([plain], [["O"] * 5], verbose=0)
    assert tagger.evaluate([words], [["O"] * 5], verbose=0) == expected
    learned = NERTagger.from_examples([words], ["PER"], min_count=1, units=4)
    learned.save_to_preset(tmp_path / "preset")
    tokenizer = NERTagger.from_preset(tmp_path / "preset").preprocessor.tokenizer
    assert "ana\ufffd" in tokenizer.get_vocabulary()
    assert tokenizer.token_to_id("Ana\ufffd") > 1


def test_a_long_text(tagger):
    """The loop over its passages gives each what it has alone."""
    text = (TEXTS[0] + "\n\n") * 1400
    assert len(text) > 100_000
    (entities,) = tagger.predict([text])
    (first,) = tagger.predict(TEXTS[:1])
    assert len(entities) == 1400 * len(first)
    assert spans(entities) == spans(first) * 1400
    assert all(text[entity.start : entity.end] == entity.text for entity in entities)


def test_texts_without_entities(tagger):
    assert tagger.predict([]) == []
    assert tagger.predict([""]) == [[]]
    assert tagger.predict(NOTHING) == [[], [], []]


@pytest.mark.parametrize("tags", [["I-LEI", "O"], ["O", "I-LEI"], ["B-LOCAL", "I-LEI"]])
@pytest.mark.parametrize("method", ["fit", "evaluate"])
def test_tags_that_are_no_iob2_are_refused(tagger, method, tags):
    word = tags.index("I-LEI")
    with pytest.raises(ValueError, match=f"Sentence 1, word {word}: 'I-LEI' .* is not IOB2"):
        getattr(tagger, method)([["Sim"], ["Ana", "Lima"]], [["O"], tags])


@pytest.mark.parametrize("batch_size", [1, 2, 5])
def test_the_batch_does_not_matter(tagger, batch_size):
    texts = [*NOTHING, *TEXTS, "Ana", *NOTHING]
    expected = [tagger.predict([text])[0] for text in texts]
    received = tagger.predict(texts, batch_size=batch_size)
    for found, alone in zip(received, expected, strict=True):
        assert spans(found) == spans(alone)
        assert [e.start for e in found] == [e.start for e in alone]
        np.testing.assert_allclose([e.score for e in found], [e.score for e in alone], atol=1e-5)


def test_tuples_and_arrays_of_texts(tagger):
    expected = tagger.predict(TEXTS)
    assert tagger.predict(tuple(TEXTS)) == expected
    assert tagger.predict(np.array(TEXTS, object)) == expected
    assert tagger.predict([text.encode() for text in TEXTS]) == expected


def test_the_tags_of_sentences(tagger):
    assert tagger.predict_tags(SENTENCES) == TAGS
    assert tagger.predict_tags(SENTENCES, batch_size=1) == TAGS
    assert tagger.predict_tags([]) == []
    assert tagger.predict_tags([[], SENTENCES[0], []]) == [[], TAGS[0], []]


def test_tags_are_iob2_in_every_sentence():
    """Whatever the weights, and where sentences are read together."""
    keras.utils.set_random_seed(1)
    tagger = small_tagger(passage_words=50)
    tagger.set_weights(
        [
            weight + np.random.default_rng(0).normal(size=weight.shape)
            for weight in tagger.get_weights()
        ]
    )
    sentences = [words[n:] for words in SENTENCES for n in range(len(words))]
    tags = tagger.predict_tags(sentences)
    assert {tag for row in tags for tag in row} > {"O"}
    for words, row in zip(sentences, tags, strict=True):
        assert len(words) == len(row)
        for before, tag in zip(["O", *row], row, strict=False):
            assert tag[0] != "I" or before[2:] == tag[2:]


def test_evaluate_counts_words(tagger):
    metrics = tagger.evaluate(SENTENCES, TAGS, verbose=0, return_dict=True)
    assert metrics["loss"] < 1
    values = [value for name, value in metrics.items() if "accuracy" in name]
    assert values == [1.0]
    wrong = [["O"] * len(tags) for tags in TAGS]
    outside = sum(tag == "O" for tags in TAGS for tag in tags) / sum(map(len, TAGS))
    metrics = tagger.evaluate(SENTENCES, wrong, batch_size=1, verbose=0, return_dict=True)
    values = [value for name, value in metrics.items() if "accuracy" in name]
    np.testing.assert_allclose(values, [outside], rtol=1e-6)


@pytest.mark.slow
def test_a_seed_repeats_the_training():
    def train(seed):
        keras.utils.set_random_seed(seed)
        tagger = small_tagger(passage_words=1)
        tagger.fit(SENTENCES, TAGS, batch_size=1, epochs=2, verbose=0)
        return tagger.get_weights()

    first, again = train(1), train(1)
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, other)


def test_ids_are_taken_as_the_preprocessor_makes_them(tagger):
    inputs = tagger.preprocessor.network_inputs(SENTENCES)
    potentials = tagger.predict(inputs, verbose=0)
    assert potentials.shape == (4, 12, 7, 7)
    np.testing.assert_allclose(potentials, tagger(inputs), atol=1e-5)
    detached = NERTagger(tagger.backbone, tagger.labels)
    detached.set_weights(tagger.get_weights())
    np.testing.assert_allclose(detached.predict(inputs, verbose=0), potentials, atol=1e-5)


@pytest.mark.slow
def test_a_preset_with_other_labels_keeps_what_was_learnt_of_words(tagger, tmp_path):
    tagger.save_to_preset(tmp_path / "preset")
    renewed = NERTagger.from_preset(tmp_path / "preset", labels=["PER", "LOC", "LAW"])
    assert renewed.labels == ["PER", "LOC", "LAW"]
    assert renewed.tags[:3] == ["O", "B-PER", "I-PER"]
    for kept, weight in zip(renewed.backbone.weights, tagger.backbone.weights, strict=True):
        np.testing.assert_array_equal(kept, weight)
    heads = [task.get_layer("emissions").kernel.numpy() for task in (renewed, tagger)]
    assert np.abs(heads[0] - heads[1]).max() > 0.1
    fewer = NERTagger.from_preset(tmp_path / "preset", labels=["PER"])
    assert fewer.get_layer("emissions").units == 3
    assert list(map(spans, NERTagger.from_preset(tmp_path / "preset").predict(TEXTS))) == list(
        map(spans, tagger.predict(TEXTS))
    )


@pytest.mark.parametrize("name", ["words.txt", "characters.txt"])
@pytest.mark.parametrize("change", [lambda lines: lines[1:], lambda lines: [*lines, "more"]])
def test_a_vocabulary_that_is_not_that_of_the_network(tagger, tmp_path, name, change):
    tagger.save_to_preset(tmp_path / "preset")
    (path,) = (tmp_path / "preset").rglob(name)
    path.write_text("\n".join(change(path.read_text().splitlines())) + "\n")
    with pytest.raises(PresetError, match="of different models"):
        NERTagger.from_preset(tmp_path / "preset")


@pytest.mark.parametrize(
    "labels", [[], ["A", "A"], [""], [3], "PER", ["A\nB"], ["A\r"], ["\ud800"]]
)
def test_labels_that_are_none(tagger, labels):
    with pytest.raises(ValueError, match="`labels` must name at least one label"):
        NERTagger(tagger.backbone, labels)


def test_no_batch_is_negative(tagger):
    with pytest.raises(ValueError, match=r"`batch_size` must be positive\. .*-1"):
        tagger.predict(TEXTS, batch_size=-1)


@pytest.mark.parametrize("text", ["Ana", b"Ana"])
def test_one_text_is_no_list(tagger, text):
    with pytest.raises(TypeError, match=r"Give a list of texts\. Received one text: .*Ana"):
        tagger.predict(text)


def test_a_sentence_of_any_length_is_read_in_pieces(tagger, monkeypatch):
    monkeypatch.setattr("seqzoo.zoo.ner_tagger.preprocessor.MAX_PASSAGE_WORDS", 7)
    words = SENTENCES[0] * 5
    read = []

    def tag(**inputs):
        read.append(inputs["word_ids"])
        return {"tags": np.zeros_like(inputs["word_ids"])}

    assert tagger.predict_tags([words], tag=tag) == [["O"] * 25]
    assert max(np.count_nonzero(ids, axis=1).max() for ids in read) == 7
    assert sum(np.count_nonzero(ids) for ids in read) == 25


def test_words_with_line_ends_are_no_part_of_the_vocabulary(tmp_path):
    tagger = NERTagger.from_examples([["a\nb", "c\rd", "Ana"]], ["P"], min_count=1, units=4)
    tagger.save_to_preset(tmp_path / "preset")
    again = NERTagger.from_preset(tmp_path / "preset").preprocessor.tokenizer
    assert again.get_vocabulary()[2:] == ["ana"]


@pytest.mark.parametrize("passage_words", [0, 1025, 2**70, 1.5, True])
def test_passages_have_bounds(passage_words):
    with pytest.raises(ValueError, match="from 1 to 1024"):
        small_tagger(passage_words=passage_words)


def test_temperature_changes_the_scores_and_nothing_else(tagger, tmp_path):
    text = "Ana mora em Lisboa. João da Silva foi a Belém."
    tagger.save_to_preset(tmp_path / "preset")
    copy = NERTagger.from_preset(tmp_path / "preset")
    assert copy.temperature == 1
    (plain,) = copy.predict([text])
    copy.temperature = 4
    (milder,) = copy.predict([text])
    places = [[(e.label, e.start, e.end) for e in entities] for entities in (plain, milder)]
    assert places[0] == places[1]
    assert len(plain) > 2
    assert all(m.score < p.score for m, p in zip(milder, plain, strict=True))
    copy.save_to_preset(tmp_path / "preset")
    assert NERTagger.from_preset(tmp_path / "preset").temperature == 4
    # What follows the network is new then, and nothing is known of its scores.
    assert NERTagger.from_preset(tmp_path / "preset", labels=["OBRA"]).temperature == 1


@pytest.mark.parametrize("temperature", [0, -1, float("nan"), float("inf"), "1", True, None])
def test_temperatures_that_are_none(tagger, temperature):
    with pytest.raises(ValueError, match=r"`temperature` must be a number from 0\.01 to 100"):
        tagger.temperature = temperature
    assert tagger.temperature == 1
