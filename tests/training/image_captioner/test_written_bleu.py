import numpy as np
import pytest

from seqzoo.training.image_captioner import written_bleu as module
from seqzoo.training.image_captioner.written_bleu import written_bleu
from seqzoo.zoo.images.captioned_image import CaptionedImage
from tests.training.image_captioner.reference import SpokenCaptioner, bleu

ENGLISH = ["a red boat on a lake", "two dogs run on a field", "a cat that sleeps on a bed"]
SAID = {
    "en": dict(enumerate(["a red boat on the lake", *ENGLISH[1:]])),
    "pt": {0: "um barco vermelho no lago", 2: "um gato preto que dorme"},
    "fr": {},
}


def examples():
    portuguese = {0: ("um barco vermelho no lago",), 2: ("um gato que dorme na cama",)}
    return [
        CaptionedImage(
            str(number),
            np.full((2, 2, 3), number, "uint8"),
            {"en": (text,), "pt": portuguese.get(number, ())},
        )
        for number, text in enumerate(ENGLISH)
    ]


def test_the_languages_that_the_images_have():
    english = bleu(SAID["en"].values(), [(text,) for text in ENGLISH], 4)
    references = [("um barco vermelho no lago",), ("um gato que dorme na cama",)]
    portuguese = bleu(SAID["pt"].values(), references, 4)
    features = np.zeros((3, 2), "float32")
    received = written_bleu(SpokenCaptioner(SAID), examples(), features)
    assert received == pytest.approx({"en": english, "pt": portuguese})


def test_of_many_images_a_few_at_even_distances(monkeypatch):
    monkeypatch.setattr(module, "_MOST_IMAGES", 2)
    said = {"en": SAID["en"] | {1: "nothing of this"}}
    expected = bleu([said["en"][0], said["en"][2]], [(ENGLISH[0],), (ENGLISH[2],)], 4)
    features = np.zeros((3, 2), "float32")
    received = written_bleu(SpokenCaptioner(said), examples(), features)
    assert received == pytest.approx({"en": expected})
