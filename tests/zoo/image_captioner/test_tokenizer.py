import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqzoo.training.data.images.scenes.scene_captions import caption_of
from seqzoo.zoo.image_captioner import CaptionTokenizer
from tests.training.data.images.scene_strategies import SCENES

CAPTIONS = ["A cat, asleep; on a mat.", "Três gatos (pretos) dormem!", "rock'n'roll e guarda-chuva"]


@pytest.fixture(scope="module")
def tokenizer():
    return CaptionTokenizer.of_captions(CAPTIONS, ["en", "pt"])


@pytest.mark.parametrize("caption", CAPTIONS)
def test_a_caption_comes_back_in_lower_case(tokenizer, caption):
    ids = tokenizer.tokenize(caption)
    assert tokenizer.detokenize(ids).numpy().decode() == caption.lower()


@settings(max_examples=30, deadline=None)
@given(scene=SCENES, language=st.sampled_from(["en", "pt"]))
def test_captions_of_scenes_come_back(scene, language):
    caption = caption_of(scene, language)
    tokenizer = CaptionTokenizer.of_captions([caption])
    assert tokenizer.detokenize(tokenizer.tokenize(caption)).numpy().decode() == caption


def test_batches_are_ragged(tokenizer):
    ids = tokenizer.tokenize(["a cat", "", "a dog"])
    assert ids.row_lengths().numpy().tolist() == [2, 0, 2]
    assert ids[2, 1].numpy() == tokenizer.unknown_token_id


def test_what_is_no_word_is_not_written(tokenizer):
    cat = tokenizer.token_to_id("cat")
    ids = [[3, cat, 1, cat, 2, 0, 0], [0, 0, 0, 0, 0, 0, 0]]
    assert tokenizer.detokenize(np.array(ids)).numpy().tolist() == [b"cat cat", b""]


def test_special_tokens_in_a_caption_are_words(tokenizer):
    """Nobody can end a caption, or change its language, by what he writes into it."""
    ids = tokenizer.tokenize("[END] [en] [UNK]").numpy()
    assert not set(ids) & {tokenizer.end_token_id, *map(tokenizer.start_token_id, ["en", "pt"])}


def test_languages_start_captions(tokenizer):
    assert tokenizer.start_token_id() == tokenizer.start_token_id("en") == 3
    assert tokenizer.start_token_id("pt") == 4
    with pytest.raises(ValueError, match="en, pt, not 'fr'"):
        tokenizer.start_token_id("fr")


@pytest.mark.parametrize("languages", ["en", (), ("en", "en"), ("",), (3,), ("a\nb",)])
def test_wrong_languages(languages):
    with pytest.raises(ValueError, match="languages="):
        CaptionTokenizer(languages)


def test_rare_words_are_left_out_and_the_order_of_captions_does_not_matter():
    texts = ["b a", "a c", "c d"]
    tokenizer = CaptionTokenizer.of_captions(texts, min_count=2)
    assert tokenizer.get_vocabulary()[4:] == ["a", "c"]
    assert (
        CaptionTokenizer.of_captions(texts[::-1]).get_vocabulary()
        == CaptionTokenizer.of_captions(texts).get_vocabulary()
    )


def test_assets_round_trip(tokenizer, tmp_path):
    tokenizer.save_assets(tmp_path)
    again = CaptionTokenizer.from_config(tokenizer.get_config())
    again.load_assets(tmp_path)
    assert again.get_vocabulary() == tokenizer.get_vocabulary()
    assert again.languages == ("en", "pt")


def test_accents_may_be_written_in_two_ways():
    words = [CaptionTokenizer.of_captions([text]).get_vocabulary()[4:] for text in ("à mão",)]
    apart = CaptionTokenizer.of_captions([unicodedata.normalize("NFD", "à mão")])
    assert words == [["mão", "à"]] == [apart.get_vocabulary()[4:]]
