import keras
import numpy as np
import pytest

from seqzoo.training.image_captioner import score_exported
from seqzoo.training.image_captioner.score_exported import caption_score_exported
from seqzoo.training.image_captioner.scoring import score_captions
from seqzoo.zoo.image_captioner import CaptionedImage, ImageCaptioner

COLORS = {
    (210, 30, 30): ("a wide red square", "um quadrado vermelho largo"),
    (30, 30, 210): ("a wide blue square", "um quadrado azul largo"),
    (20, 160, 20): ("a wide green square", "um quadrado verde largo"),
}


def examples_of(count):
    """Squares of one colour; every fourth has no English, and one in three a wrong reference."""
    rng = np.random.default_rng(8)
    examples = []
    for number in range(count):
        color, (english, portuguese) = list(COLORS.items())[rng.integers(3)]
        captions = {"pt": (portuguese,) if number % 3 else ("um triângulo amarelo largo",)}
        if number % 4:
            captions["en"] = (english,)
        examples.append(
            CaptionedImage(f"square-{number}", np.full((9, 7, 3), color, "uint8"), captions)
        )
    return examples


@pytest.fixture(scope="module")
def captioner():
    """Untrained: what is asked of it here are its words and the size of its images."""
    keras.utils.set_random_seed(3)
    return ImageCaptioner.from_examples(
        [text for texts in COLORS.values() for text in texts],
        ["en", "pt"],
        **{"encoder": "small", "image_size": (16, 16), "embedding_dim": 8, "units": 16},
        **{"dropout": 0.0, "freeze_encoder": False},
    )


def perfect_file(captioner, called):
    """What an exported captioner answers that names every colour; worse captions stand after."""
    tokenizer = captioner.preprocessor.tokenizer
    signature = captioner.tflite_signatures()["caption"]

    def answer(name, **inputs):
        called.append((name, inputs))
        assert inputs.keys() == signature.inputs.keys()
        for key, spec in signature.inputs.items():
            assert np.asarray(inputs[key]).dtype == spec.dtype.as_numpy_dtype
            assert spec.shape.is_compatible_with(np.shape(inputs[key]))
        centers = inputs["images"][:, 8, 8].round().astype(int)
        texts = [COLORS[tuple(color)][inputs["language"]] for color in centers.tolist()]
        token_ids = tokenizer.tokenize(texts).to_tensor(shape=[None, 7]).numpy()
        return {"token_ids": np.stack([token_ids, np.zeros_like(token_ids)], axis=1)}

    return answer


def test_by_hand(captioner):
    called = []
    measured = caption_score_exported(captioner, examples_of(40))(perfect_file(captioner, called))
    assert measured["exact match (en)"] == 1.0
    assert measured["BLEU-4 (en)"] == pytest.approx(100.0)
    # Numbers 0, 3, ... 39 have a wrong reference.
    assert measured["exact match (pt)"] == 26 / 40
    assert 26 / 40 * 100 < measured["BLEU-4 (pt)"] < 100
    assert {name for name, _ in called} == {"caption"}
    assert {int(inputs["beam_width"]) for _, inputs in called} == {1}


def test_takes_a_few_hundred_at_most(captioner, monkeypatch):
    assert score_exported._MOST_IMAGES == 256
    monkeypatch.setattr(score_exported, "_MOST_IMAGES", 40)
    called = []
    caption_score_exported(captioner, examples_of(90))(perfect_file(captioner, called))
    portuguese = [inputs["images"] for _, inputs in called if inputs["language"] == 1]
    assert list(map(len, portuguese)) == [32, 8]


def test_a_language_without_captions_is_left_out(captioner):
    examples = [example for example in examples_of(9) if "en" not in example.captions]
    measured = caption_score_exported(captioner, examples)(perfect_file(captioner, []))
    assert list(measured) == ["BLEU-4 (pt)", "exact match (pt)"]


@pytest.mark.slow
def test_is_the_score_of_the_captioner_itself(captioner):
    captioner.compile(keras.optimizers.Adam(0.02))
    images = [np.full((9, 7, 3), color, "uint8") for color in COLORS]
    captions = [{"en": english, "pt": portuguese} for english, portuguese in COLORS.values()]
    captioner.fit(images, captions, epochs=40, verbose=0)
    signature = captioner.tflite_signatures()["caption"]

    def answer(name, **inputs):
        assert name == "caption"
        return {key: np.asarray(value) for key, value in signature.function(**inputs).items()}

    examples = examples_of(40)
    measured = caption_score_exported(captioner, examples)(answer)
    expected = {}
    for language in ("en", "pt"):
        captioned = [example for example in examples if language in example.captions]
        said = captioner.generate([example.image for example in captioned], language, beam_width=1)
        scores = score_captions(
            [captions[0].text for captions in said],
            [example.captions[language] for example in captioned],
        )
        expected[f"BLEU-4 ({language})"] = scores.bleu[-1]
        expected[f"exact match ({language})"] = scores.exact_match
    assert measured == pytest.approx(expected)
    # It has learned something that can differ.
    assert measured["exact match (en)"] > 0.3
