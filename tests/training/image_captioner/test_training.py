"""Training a captioner: from pictures in a folder, or drawn, to a preset that is measured."""

import csv
import json
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from PIL import Image

from seqzoo.training.data.images.scenes.scene_splits import scene_splits
from seqzoo.training.data.splits import Splits
from seqzoo.training.image_captioner.training import ImageCaptionerTraining
from seqzoo.training.recipe import Recipe, RecipeError
from seqzoo.training.runs.folder import RunError
from seqzoo.training.runs.train import load_splits, train
from seqzoo.zoo import ImageCaptioner
from seqzoo.zoo.image_captioner import CaptionedImage
from seqzoo.zoo.image_captioner.captioner_on_features import CaptionerOnFeatures

COLOURS = {"red": "vermelho", "blue": "azul", "green": "verde", "black": "preto"}
NUMBERS = {"one": "um", "two": "dois", "three": "três", "four": "quatro", "five": "cinco"}
NETWORK = {
    **{"encoder": "small", "image_size": 16, "embedding_dim": 8, "units": 12, "dropout": 0.1},
    **{"sequence_length": 8},
}


def write_folder(folder):
    """Twenty different pictures with a table of captions in both languages."""
    folder.mkdir()
    with open(folder / "captions.csv", "w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["image", "caption", "language"])
        for c, (colour, cor) in enumerate(COLOURS.items()):
            for n, (number, numero) in enumerate(NUMBERS.items()):
                pixels = np.full((10 + n, 12, 3), 255, "uint8")
                pixels[: 2 * n + 1] = [50 * c, 200 - 50 * c, 90]
                Image.fromarray(pixels).save(folder / f"{colour}-{number}.png")
                table.writerow([f"{colour}-{number}.png", f"{number} {colour}", "en"])
                table.writerow([f"{colour}-{number}.png", f"{cor}, {numero}", "pt"])
    return folder


def recipe_for(data, **fields):
    options = {
        "network": {**NETWORK, **fields.pop("network", {})},
        **{"epochs": 2, "batch_size": 8, "learning_rate": 0.01, "seed": 1},
    }
    return Recipe("image-captioner", (str(data),), **{**options, **fields})


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return write_folder(tmp_path_factory.mktemp("data") / "pictures")


@pytest.fixture(scope="module", autouse=True)
def home(tmp_path_factory):
    """A cache of features of its own."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("home")
        patch.setenv("KERAS_HOME", str(folder))
        yield folder


@pytest.fixture(scope="module")
def run(data, tmp_path_factory):
    """A run on features, which is the fastest."""
    folder = tmp_path_factory.mktemp("runs") / "run"
    train(recipe_for(data, network={"freeze_encoder": True}), folder)
    return folder


def weights(run):
    return ImageCaptioner.from_preset(run / "preset").get_weights()


def test_a_run_leaves_the_words_and_languages_of_its_data(run, data):
    captioner = ImageCaptioner.from_preset(run / "preset")
    assert sorted(captioner.languages) == ["en", "pt"]
    words = set(captioner.preprocessor.tokenizer.get_vocabulary())
    splits = load_splits(recipe_for(data), ImageCaptionerTraining())
    texts = [
        text for each in splits.train for several in each.captions.values() for text in several
    ]
    assert words >= {word for text in texts for word in text.replace(",", "").split()}
    assert captioner.backbone.units == 12


def test_the_preset_holds_the_weights_with_the_best_score(run, data):
    """The whole captioner on the pictures, where the run had features."""
    metrics = json.loads((run / "metrics.json").read_text())
    scores = [logs["val_bleu"] for logs in metrics["history"]]
    best = metrics["best"]
    assert best["val_bleu"] == max(scores)
    assert best["val_nats_per_token"] < np.log(30)
    held_out = load_splits(recipe_for(data), ImageCaptionerTraining()).validation
    captioner = ImageCaptioner.from_preset(run / "preset")
    measured = ImageCaptionerTraining().measure(captioner, held_out, 8)
    assert measured["nats_per_token"] == pytest.approx(best["val_nats_per_token"], rel=1e-4)
    assert measured["bleu"] == pytest.approx(best["val_bleu"])


def test_a_frozen_encoder_is_read_once_and_stays(run, home, data):
    assert list(home.rglob("*.npy"))
    captioner = ImageCaptioner.from_preset(run / "preset")
    assert captioner.backbone.freeze_encoder is True
    # As it was made, and its statistics where batch normalisation begins.
    moving = [w for w in captioner.backbone.image_encoder.weights if "moving_mean" in w.path]
    assert moving
    assert not any(np.any(weight) for weight in moving)


@pytest.mark.slow
def test_a_run_goes_on_from_a_preset(run, data, tmp_path):
    options = {"init": str(run / "preset"), "epochs": 1, "batch_size": 8, "learning_rate": 1e-9}
    train(Recipe("image-captioner", (str(data),), **options), tmp_path / "run")
    for before, after in zip(weights(run), weights(tmp_path / "run"), strict=True):
        np.testing.assert_allclose(after, before, atol=1e-6)


def test_features_of_a_frozen_encoder_or_images(data):
    training = ImageCaptionerTraining()
    splits = load_splits(recipe_for(data), training)
    frozen = training.make_task(recipe_for(data, network={"freeze_encoder": True}), splits)
    learned = training.make_task(recipe_for(data), splits)
    assert isinstance(frozen, CaptionerOnFeatures)
    assert isinstance(learned, ImageCaptioner)
    for task, name in ((frozen, "features"), (learned, "images")):
        x, _, _ = next(iter(training.batches(task, splits.train, 4)))
        assert set(x) == {name, "token_ids"}
        assert len(x[name]) == 4


def test_evaluation_scores_both_languages(run, data):
    training = ImageCaptionerTraining()
    captioner = ImageCaptioner.from_preset(run / "preset")
    splits = training.load([str(data)])
    scores = training.evaluate(captioner, splits, "test").scores()
    assert scores["split"] == "test"
    assert set(scores["languages"]) == {"en", "pt"}
    json.dumps(scores)


def test_scenes_are_drawn_anew_and_others_stay(data):
    scenes = scene_splits(train=3, validation=1, test=1, size=16).train
    photo = CaptionedImage("photo", np.zeros((4, 4, 3), "uint8"), {"en": ("a photo",)})
    drawn = ImageCaptionerTraining().augmented([*scenes, photo], np.random.default_rng(3))
    assert drawn[-1] is photo
    for before, after in zip(scenes, drawn, strict=False):
        assert after.captions == before.captions
        assert after.image.shape == before.image.shape
        assert (after.image != before.image).any()


@pytest.mark.parametrize("change", ["caption", "picture", "split"])
def test_the_fingerprint_knows_the_data(data, tmp_path, change):
    training = ImageCaptionerTraining()
    splits = load_splits(recipe_for(data), training)
    first, *others = splits.train
    match change:
        case "caption":
            changed = [CaptionedImage(first.name, first.image, {"en": ("other",)}), *others]
        case "picture":
            image = np.zeros((3, 3, 3), "uint8")
            changed = [CaptionedImage(first.name, image, first.captions), *others]
        case "split":
            changed = others
    other = Splits(changed, splits.validation, splits.test)
    assert training.fingerprint(other) != training.fingerprint(splits)
    assert training.fingerprint(load_splits(recipe_for(data), training)) == training.fingerprint(
        splits
    )


@pytest.mark.parametrize(
    ("network", "message"),
    [
        ({"languages": ["en"]}, "captioner has no languages: it has .*units"),
        ({"cell": "gnu"}, "gnu"),
        ({"encoder": "vgg11"}, "vgg11"),
        ({"image_size": 4}, "at least 8"),
    ],
    ids=str,
)
def test_recipes_that_do_not_fit(data, tmp_path, network, message):
    with pytest.raises(RecipeError, match=message):
        train(recipe_for(data, network=network), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_one_picture_cannot_be_held_out(tmp_path):
    (tmp_path / "one").mkdir()
    Image.new("RGB", (4, 4)).save(tmp_path / "one/only.png")
    (tmp_path / "one/captions.csv").write_text("image,caption\nonly.png,a picture\n")
    with pytest.raises(RunError, match="at least two different images"):
        train(recipe_for(tmp_path / "one"), tmp_path / "run")


# Slow


def start(recipe, run):
    command = [sys.executable, "-m", "seqzoo", "train", "--recipe", recipe, "--out", run]
    return subprocess.Popen(command, stderr=subprocess.DEVNULL)


@pytest.mark.representative("features")
@pytest.mark.slow
@pytest.mark.parametrize("frozen", [False, True], ids=["images", "features"])
def test_a_killed_run_goes_on_to_the_same_result(data, tmp_path, frozen):
    recipe = tmp_path / "recipe.json"
    recipe_for(data, network={"freeze_encoder": frozen}, epochs=4).write(recipe)
    assert start(recipe, tmp_path / "whole").wait(timeout=600) == 0
    process = start(recipe, tmp_path / "killed")
    deadline = time.monotonic() + 600
    while not (tmp_path / "killed/state-0001.weights.h5").exists():
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert start(recipe, tmp_path / "killed").wait(timeout=600) == 0
    metrics = [(tmp_path / name / "metrics.json").read_text() for name in ("whole", "killed")]
    assert metrics[0] == metrics[1]
    pairs = zip(weights(tmp_path / "whole"), weights(tmp_path / "killed"), strict=True)
    for expected, received in pairs:
        np.testing.assert_array_equal(received, expected)


@pytest.mark.slow
def test_a_captioner_of_scenes_learns_their_words(tmp_path, monkeypatch):
    """Sixty scenes, drawn again in every epoch: no one's caption, but the words in their places."""
    splits = scene_splits(train=60, validation=10, test=10, size=32)
    monkeypatch.setattr(ImageCaptionerTraining, "load", lambda *arguments: splits)
    recipe = recipe_for(
        "scenes",
        network={"image_size": 32, "units": 32, "embedding_dim": 16, "sequence_length": 24},
        epochs=12,
    )
    train(recipe, tmp_path / "run")
    metrics = json.loads((tmp_path / "run/metrics.json").read_text())
    assert metrics["best"]["val_nats_per_token"] < 0.6 * metrics["history"][0]["val_nats_per_token"]
    captioner = ImageCaptioner.from_preset(tmp_path / "run/preset")
    said = captioner.predict([example.image for example in splits.test])
    assert all(text.startswith(("a ", "two ", "three ", "four ")) for text in said)
    scores = ImageCaptionerTraining().evaluate(captioner, splits, "test").scores()
    assert set(scores["languages"]) == {"en", "pt"}
