"""Models that work on token ids and arrays alone say what raw inputs need."""

import pytest

from seqzoo.zoo import (
    FrameGenerator,
    FrameGeneratorBackbone,
    ImageCaptioner,
    NERTagger,
    NoteGenerator,
    NoteGeneratorBackbone,
)
from tests.zoo.images.squares import CAPTIONS, IMAGES, untrained_captioner


def frame_generator():
    return FrameGenerator(FrameGeneratorBackbone(91, embedding_dim=4, units=4))


def note_generator():
    return NoteGenerator(NoteGeneratorBackbone(9, embedding_dim=4, units=4, num_layers=1))


def captioner():
    return ImageCaptioner(untrained_captioner().backbone)


def tagger():
    return NERTagger(NERTagger.from_examples([["a"]], ["PER"]).backbone, ["PER"])


SENTENCES, TAGS = [["a"]], [["O"]]


@pytest.mark.parametrize(
    ("make", "calls"),
    [
        (frame_generator, {"score": [[]], "frame_log_likelihood": [[]]}),
        (note_generator, {"score": [[]], "stream": []}),
        (
            captioner,
            {"generate": [IMAGES], "features": [IMAGES], "batches": [IMAGES, CAPTIONS]},
        ),
        (tagger, {"predict_tags": [SENTENCES], "batches": [SENTENCES, TAGS]}),
    ],
)
def test_it_is_named(make, calls):
    model = make()
    for method, inputs in {**calls, "signatures": [], "tflite_signatures": []}.items():
        with pytest.raises(ValueError, match=f"{type(model).__name__} has no preprocessor"):
            getattr(model, method)(*inputs)
