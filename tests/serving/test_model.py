"""What can be served, and what is refused before anything runs."""

import base64
import io
import shutil

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from seqzoo.core.errors import UsageError
from seqzoo.core.limits import DEFAULT_BEAM_WIDTH
from seqzoo.export.formats.saved_model import SavedModelError
from seqzoo.serving import load_models
from seqzoo.serving.examples import example_request, ordered_signatures
from tests.serving import captioning
from tests.serving.conftest import spec


class Adder(tf.Module):
    def __init__(self, number):
        super().__init__()
        self.number = tf.Variable(float(number))

    @tf.function(input_signature=[spec([None], tf.float32, "x")])
    def add(self, x):
        return {"y": x + self.number}


@pytest.fixture(scope="module")
def versions(tmp_path_factory):
    """A model with the versions 2 and 10, which add their number, and what is no version."""
    folder = tmp_path_factory.mktemp("models") / "adder"
    for number in (2, 10):
        adder = Adder(number)
        tf.saved_model.save(adder, str(folder / str(number)), signatures={"add": adder.add})
    (folder / "11").mkdir()
    shutil.copytree(folder / "2", folder / ".12-aside")
    return folder


def add(models, version):
    return models["adder"][version].signatures["add"].run({"x": np.float32([1])})["y"]


def test_the_newest_version_is_served(versions):
    models = load_models([versions])
    assert list(models["adder"]) == [10]
    assert add(models, 10) == 11


def test_versions_that_are_named(versions, saved):
    models = load_models([versions / "2", str(versions), saved])
    assert {name: sorted(of) for name, of in models.items()} == {"adder": [2, 10], "toy": [3]}
    assert (add(models, 2), add(models, 10)) == (3, 11)


def test_a_relative_path(versions, monkeypatch):
    monkeypatch.chdir(versions / "2")
    assert list(load_models(["."])["adder"]) == [2]


def test_a_version_that_is_given_twice(versions):
    with pytest.raises(UsageError, match="Version 10 of a model 'adder' is given twice"):
        load_models([versions, versions / "10"])


def test_folders_without_a_version(versions, tmp_path):
    (tmp_path / "file").write_text("no model")
    for path in (tmp_path, tmp_path / "nowhere", tmp_path / "file", versions / "11"):
        with pytest.raises(SavedModelError, match=f"There is no exported model in {path}"):
            load_models([path])


@pytest.mark.parametrize("name", ["saved_model.pb", "variables/variables.data-00000-of-00001"])
def test_a_file_that_is_cut_off(versions, tmp_path, name):
    copy = shutil.copytree(versions / "2", tmp_path / "adder" / "1")
    contents = (copy / name).read_bytes()
    (copy / name).write_bytes(contents[: len(contents) // 2])
    with pytest.raises(SavedModelError, match=r"adder/1.* export it again"):
        load_models([copy])


def test_variables_that_are_missing(versions, tmp_path):
    copy = shutil.copytree(versions / "2", tmp_path / "adder" / "1")
    shutil.rmtree(copy / "variables")
    with pytest.raises(SavedModelError, match=r"variables of .*adder/1 are missing"):
        load_models([copy])


def test_an_operation_that_tensorflow_does_not_have(versions, tmp_path):
    copy = shutil.copytree(versions / "2", tmp_path / "adder" / "1")
    graph = (copy / "saved_model.pb").read_bytes()
    (copy / "saved_model.pb").write_bytes(graph.replace(b"\x05AddV2", b"\x05AddV9"))
    with pytest.raises(SavedModelError, match=r"operation AddV9, which TensorFlow does not have"):
        load_models([copy])


def test_the_examples_fit_their_signatures(models, predict):
    model = models["toy"][3]
    assert ordered_signatures(model)[:3] == ["serving_default", "constant", "counting"]
    for name in model.signatures.keys() - {
        "constant",
        "half",
        "to_half",
        "endless",
        "growing",
        "gated",
    }:
        answer = predict(example_request(model, name))
        assert answer.status_code == 200, (name, answer.text)


def test_an_example(models):
    model = models["toy"][3]
    assert example_request(model, "scaled") == {
        "signature_name": "scaled",
        "inputs": {"x": [[0.25, 0.5, 0.75]], "scale": [0.25]},
    }
    assert example_request(model, "scalar")["inputs"] == {"n": 1}
    # It names a person and an organisation, for models that look for them.
    text = "Lucas Ferreira é professor de IA na Universidade de Brasília."
    assert example_request(model, "text")["inputs"] == {"text": [text]}


def test_an_example_of_pictures(tmp_path):
    model = load_models([captioning.save(tmp_path)])["painter"][1]
    inputs = example_request(model, "caption")["inputs"]
    assert inputs.keys() == {"images", "language", "beam_width"}
    assert (inputs["language"], inputs["beam_width"]) == ("", DEFAULT_BEAM_WIDTH)
    (image,) = inputs["images"]
    with Image.open(io.BytesIO(base64.b64decode(image["b64"]))) as picture:
        assert picture.format == "PNG"
        red, green, blue = picture.getpixel((picture.width // 2, picture.height // 2))
        assert red > 2 * max(green, blue)
        assert picture.getpixel((0, 0)) == (255, 255, 255)


def test_a_graph_that_calls_python_is_not_loaded(gated):
    with pytest.raises(SavedModelError, match="holds the operation PyFunc"):
        load_models([gated])
