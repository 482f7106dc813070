"""The captioner of the first papers as it is, 140 million weights, from training to a phone.

Every step is a process of its own, so that none needs memory for two.
"""

import concurrent.futures
import multiprocessing
import resource
import time

import numpy as np
import pytest

from tests.zoo.images.pictures import encoded, smooth
from tests.zoo.images.pillow_fit import fit_by_pillow

pytestmark = pytest.mark.slow

CAPTIONS = ["a dog runs on the beach", "um cão corre na praia"]


def in_a_process(step, *arguments):
    """What a step returns; its time and the largest memory that it had are printed."""
    start = time.monotonic()
    with concurrent.futures.ProcessPoolExecutor(
        1, mp_context=multiprocessing.get_context("spawn")
    ) as pool:
        answer, gigabytes = pool.submit(_measured, step, *arguments).result()
    print(f"{step.__name__}: {time.monotonic() - start:.0f} s, {gigabytes:.1f} GB of memory")
    return answer


def _measured(step, *arguments):
    answer = step(*arguments)
    return answer, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def train(preset, files):
    """A step of training, saved; and its captions, with whether the encoder has moved."""
    import keras

    from seqzoo.zoo import ImageCaptioner

    keras.utils.set_random_seed(9)
    captioner = ImageCaptioner.from_examples(CAPTIONS, encoder="vgg16", encoder_weights=None)
    kernel = captioner.backbone.image_encoder.weights[0]
    before = kernel.numpy(), captioner.token_logits.kernel.numpy()
    # The step that the tolerance of int8 was measured after.
    captioner.compile(keras.optimizers.Adam(2e-3, global_clipnorm=5.0))
    captioner.fit(files, CAPTIONS, batch_size=2, verbose=0)
    captioner.save_to_preset(preset)
    moved = [
        bool((old != new.numpy()).any())
        for old, new in zip(before, (kernel, captioner.token_logits.kernel), strict=True)
    ]
    return captioner.generate(files, captions=2), moved


def reload(preset, files):
    """The captions of the preset."""
    from seqzoo.zoo import ImageCaptioner

    return ImageCaptioner.from_preset(preset).generate(files, captions=2)


def serve(preset, folder):
    """Exports for a server; the folder of the version."""
    from seqzoo.export import export_saved_model
    from seqzoo.zoo import ImageCaptioner

    return export_saved_model(ImageCaptioner.from_preset(preset), folder).path


def pack(preset, path, quantize):
    """Exports for a phone."""
    from seqzoo.export import export_tflite
    from seqzoo.zoo import ImageCaptioner

    export_tflite(ImageCaptioner.from_preset(preset), path, quantize=quantize)
    return path


def run_phone(path, images):
    """Texts and scores out of nothing but the file, best first."""
    from seqzoo.export import TFLiteFile, read_packed

    words = read_packed(path)["words.txt"].decode().split("\n")[:-1]
    arguments = {"images": images, "language": np.int32(0), "beam_width": np.int32(4)}
    answer = TFLiteFile(path).run("caption", **arguments)
    texts = [
        [" ".join(words[token] for token in tokens if token) for tokens in of_image]
        for of_image in answer["token_ids"]
    ]
    return texts, answer["scores"]


@pytest.fixture(scope="module")
def pictures():
    rng = np.random.default_rng(6)
    return [smooth(180, 240, rng=rng), smooth(300, 200, rng=rng)]


@pytest.fixture(scope="module")
def files(pictures):
    return [encoded(picture, "PNG") for picture in pictures]


@pytest.fixture(scope="module")
def preset(tmp_path_factory):
    return tmp_path_factory.mktemp("vgg16") / "preset"


@pytest.fixture(scope="module")
def trained(preset, files):
    """What the captioner says after a step, and whether encoder and last layer have moved."""
    return in_a_process(train, preset, files)


def folder_megabytes(path):
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file()) / 1e6


def assert_same_captions(texts, scores, expected, tolerance):
    for row, (of_image, captions) in enumerate(zip(texts, expected, strict=True)):
        assert list(of_image[:2]) == [caption.text for caption in captions]
        np.testing.assert_allclose(
            scores[row][:2], [caption.score for caption in captions], atol=tolerance
        )


def test_a_step_of_training_and_a_preset(trained, preset, files):
    answers, moved = trained
    assert moved == [False, True]
    assert answers[0] != answers[1]
    assert in_a_process(reload, preset, files) == answers
    print(f"preset: {folder_megabytes(preset):.0f} MB")


def test_on_a_server(trained, preset, files, tmp_path):
    from seqzoo.export.parity.c_runtime import Call, run_signatures

    version = in_a_process(serve, preset, tmp_path / "image-captioner")
    print(f"SavedModel: {folder_megabytes(version):.0f} MB")
    inputs = {
        "images": np.array(files, object),
        "language": np.array("", object),
        "beam_width": np.int32(4),
    }
    (answer,) = run_signatures(version, [Call("caption", inputs)])
    texts = [[text.decode() for text in of_image] for of_image in answer["captions"]]
    assert_same_captions(texts, answer["scores"], trained[0], tolerance=1e-4)


@pytest.mark.representative("int8-0.02")
@pytest.mark.parametrize(("quantize", "tolerance"), [(None, 1e-4), ("int8", 0.02)])
def test_on_a_phone(trained, preset, pictures, tmp_path, quantize, tolerance):
    path = in_a_process(pack, preset, tmp_path / "captioner.tflite", quantize)
    print(f"{quantize or 'float32'}: {path.stat().st_size / 1e6:.0f} MB")
    assert path.stat().st_size < (150e6 if quantize else 580e6)
    images = np.stack([fit_by_pillow(picture, 224, 224) for picture in pictures])
    texts, scores = in_a_process(run_phone, path, images)
    # Of int8, the scores only: captions that are almost as good may change places.
    texts = texts if quantize is None else [[c.text for c in each] for each in trained[0]]
    assert_same_captions(texts, scores, trained[0], tolerance)
