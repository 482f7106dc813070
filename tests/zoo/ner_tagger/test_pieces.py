"""Taggers that read the pieces of words."""

import keras
import numpy as np
import pytest

from seqzoo.export import export_saved_model, export_tflite
from seqzoo.training.data.splits import Splits
from seqzoo.training.ner_tagger.training import NERTaggerTraining
from seqzoo.training.recipe import Recipe, RecipeError
from seqzoo.zoo import NERTagger
from seqzoo.zoo.ner_tagger import TaggedSentence
from seqzoo.zoo.ner_tagger.piece_mean import PieceMean
from seqzoo.zoo.presets.errors import PresetError
from seqzoo.zoo.text.splitting.python_splitter import PIECES_OF_A_WORD
from tests.contracts.model_cases import TAGGED_SENTENCES, small_tagger
from tests.zoo.ner_tagger.plain_tagger import PlainTagger, assert_same_entities

PIECES = [*"▁abcdefghijlmnopqrstuvz0./,", "▁ana", "▁mo", "ra", "▁lis", "boa", "▁Foi"]
VECTORS = np.random.default_rng(7).integers(-100, 100, (len(PIECES), 12)).astype("int8")


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    path = tmp_path_factory.mktemp("pieces") / "vectors.npz"
    np.savez(path, pieces=np.array(PIECES), emb=VECTORS, scale=np.float32(0.01))
    return path


@pytest.fixture(scope="module")
def tagger(source):
    """Not to be changed."""
    keras.utils.set_random_seed(3)
    tagger = small_tagger(piece_vectors=source, dropout=0.0, word_dropout=0.0, passage_words=8)
    tagger.compile(keras.optimizers.Adam(0.05))
    tagger.fit(*TAGGED_SENTENCES, epochs=12, verbose=0)
    return tagger


def test_the_mean_of_the_pieces_there_are():
    layer = PieceMean(5, 3)
    layer.build((None, None, PIECES_OF_A_WORD))
    table = np.random.default_rng(0).normal(size=(5, 3)).astype("float32")
    layer.set_weights([table])
    means = np.asarray(layer(np.array([[[2, 4, 4, 0, 0, 0], [0, 3, 0, 0, 0, 0], [0] * 6]])))
    np.testing.assert_allclose(means[0, 0], (table[2] + 2 * table[4]) / 3, rtol=1e-6)
    np.testing.assert_allclose(means[0, 1], table[3], rtol=1e-6)
    assert not means[0, 2].any()


def test_pieces_start_from_the_vectors_of_the_source(source):
    tagger = small_tagger(piece_vectors=source, embedding_dim=12, pieces=30)
    tokenizer = tagger.preprocessor.tokenizer
    assert tokenizer.piece_vocabulary_size() == 32 == tagger.backbone.piece_vocabulary_size
    pieces = tokenizer.get_piece_vocabulary()[2:]
    table = np.asarray(tagger.backbone.piece_mean.embedding.embeddings)
    assert not table[:2].any()
    # As many components as numbers: angles and distances stay, but for one factor.
    of_source = dict(zip(map(str.lower, PIECES), VECTORS.astype("float32"), strict=True))
    expected = np.array([of_source[piece] for piece in pieces])
    expected -= expected.mean(axis=0)
    np.testing.assert_allclose(table[2:].std(), 0.3, rtol=1e-4)
    expected *= 0.3 / expected.std()
    np.testing.assert_allclose(table[2:] @ table[2:].T, expected @ expected.T, atol=2e-4)


def test_unknown_words_differ_by_their_pieces(tagger):
    ids = tagger.preprocessor.tokenizer(["moboa", "lisra"])
    assert ids["word_ids"].numpy().tolist() == [1, 1]
    assert (ids["piece_ids"].numpy()[0] != ids["piece_ids"].numpy()[1]).any()
    inputs = tagger.preprocessor.network_inputs([["Ana", "moboa"], ["Ana", "moboa"]])
    inputs["piece_ids"][1, 1] = ids["piece_ids"].numpy()[1]
    first, second = np.asarray(tagger.backbone(inputs))
    assert np.abs(first - second).max() > 1e-4


def test_a_preset_keeps_them(tagger, tmp_path):
    tagger.save_to_preset(tmp_path / "preset")
    again = NERTagger.from_preset(tmp_path / "preset")
    vocabularies = [t.preprocessor.tokenizer.get_piece_vocabulary() for t in (tagger, again)]
    assert vocabularies[0] == vocabularies[1]
    inputs = tagger.preprocessor.network_inputs(TAGGED_SENTENCES[0])
    np.testing.assert_array_equal(again(inputs), tagger(inputs))
    (path,) = (tmp_path / "preset").rglob("pieces.txt")
    path.write_text(path.read_text("utf-8") + "further\n", "utf-8")
    with pytest.raises(PresetError, match="for a network of"):
        NERTagger.from_preset(tmp_path / "preset")


def test_a_preset_without_them_has_no_file_of_them(tmp_path):
    small_tagger().save_to_preset(tmp_path / "preset")
    assert not list((tmp_path / "preset").rglob("pieces.txt"))
    assert NERTagger.from_preset(tmp_path / "preset").backbone.piece_vocabulary_size == 0


def test_the_packed_files_mean_the_same(tagger):
    files = {
        name: content.encode() if isinstance(content, str) else content
        for name, content in tagger.tflite_files().items()
    }
    tag = tagger.tflite_signatures()["tag"].function
    phone = PlainTagger(files, lambda **ids: {k: v.numpy() for k, v in tag(**ids).items()})
    text = "Ana mora em Lisboa. João foi a Belém, disse a Moboa: a Lei nº 8.666/93 vale!"
    (expected,) = tagger.predict([text])
    assert expected
    assert_same_entities(phone.entities(text), expected)


def test_a_recipe_names_the_source(source):
    sentences = [TaggedSentence(*map(tuple, pair)) for pair in zip(*TAGGED_SENTENCES, strict=True)]

    def make_task(**network):
        network = {"embedding_dim": 8, "units": 4, "num_layers": 1, **network}
        recipe = Recipe("ner-tagger", ("my.conll",), network)
        return NERTaggerTraining().make_task(recipe, Splits(sentences, sentences, [], []))

    assert make_task(piece_vectors=str(source)).backbone.piece_vocabulary_size > 20
    assert NERTaggerTraining.files == ("word_vectors", "piece_vectors")
    with pytest.raises(RecipeError, match="`embedding_dim` must be at most 12"):
        make_task(piece_vectors=str(source), embedding_dim=13)
    with pytest.raises(RecipeError, match="`pieces` must be an integer from 1"):
        make_task(piece_vectors=str(source), pieces=0)


@pytest.mark.slow
def test_every_runtime_reads_them(tagger, tmp_path):
    tflite = export_tflite(tagger, tmp_path / "tagger.tflite").report
    saved_model = export_saved_model(tagger, tmp_path / "tagger").report
    assert not tflite.failures
    assert not saved_model.failures
    assert not [name for name in tflite.artifacts[0].operations if ":" in name]
