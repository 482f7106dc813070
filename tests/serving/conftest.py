"""A small SavedModel with a signature for every subject, and a client of a server that has it."""

import threading

import numpy as np
import pytest
import tensorflow as tf
from starlette.testclient import TestClient

from seqzoo.export.formats.saved_model import read_meta_graph
from seqzoo.serving import create_app, load_models, model

# The exported models of the zoo are served, too.
from tests.export.conftest import case, exported, exports, task  # noqa: F401
from tests.serving import generating
from tests.serving.browser import CHROMIUM, Browser


def spec(shape, dtype, name):
    return tf.TensorSpec(shape, dtype, name=name)


class Toy(tf.Module):
    """The weights are distinct, so that a swap shows."""

    def __init__(self):
        super().__init__()
        self.kernel = tf.Variable(np.linspace(-1, 1, 12).reshape(3, 4), dtype=tf.float32)

    @tf.function(input_signature=[spec([None], tf.string, "text")])
    def text(self, text):
        return {
            "upper": tf.strings.upper(text, encoding="utf-8"),
            "length": tf.strings.length(text, unit="UTF8_CHAR"),
        }

    @tf.function(
        input_signature=[spec([None, 3], tf.float32, "x"), spec([None], tf.float32, "scale")]
    )
    def scaled(self, x, scale):
        return {"y": x @ self.kernel * scale[:, None]}

    @tf.function(input_signature=[spec([None], tf.float32, "x")])
    def uneven(self, x):
        return {"x": x, "twice": tf.concat([x, x], 0), "total": tf.reduce_sum(x)}

    @tf.function(input_signature=[spec([], tf.int32, "n")])
    def scalar(self, n):
        return {"n": n * 2}

    @tf.function(input_signature=[spec([None], tf.string, "image_bytes")])
    def image(self, image_bytes):
        return {"image_bytes": tf.strings.join([image_bytes, b"\xff\x00"])}

    @tf.function(
        input_signature=[
            spec([None], tf.int64, "long"),
            spec([None], tf.bool, "flag"),
            spec([None], tf.float64, "double"),
            spec([None], tf.uint8, "small"),
        ]
    )
    def types(self, long, flag, double, small):
        return {
            "long": -long,
            "flag": tf.logical_not(flag),
            "double": double / 3,
            "small": small // 2,
        }

    @tf.function(input_signature=[spec([None], tf.int32, "ids")])
    def strict(self, ids):
        with tf.control_dependencies([tf.debugging.assert_less(ids, 5, message="id too large")]):
            return {"ids": tf.identity(ids)}

    @tf.function(input_signature=[spec([None], tf.float16, "x")])
    def half(self, x):
        return {"y": x}

    @tf.function(input_signature=[spec([None], tf.float32, "x")])
    def to_half(self, x):
        return {"y": tf.cast(x, tf.float16)}

    @tf.function(input_signature=[])
    def constant(self):
        return {"kernel": self.kernel.read_value()}

    @tf.function(input_signature=[spec([], tf.float32, "x")])
    def endless(self, x):
        return {"x": tf.while_loop(lambda x: x < 2.0, lambda x: [tf.sin(x)], [x])[0]}

    @tf.function(input_signature=[spec([], tf.int32, "n")])
    def counting(self, n):
        """Counts to `n`, step by step."""
        return {"n": tf.while_loop(lambda i: i < n, lambda i: [i + 1], [0])[0]}

    @tf.function(input_signature=[spec([], tf.float32, "x")])
    def growing(self, x):
        """Holds a further array of `x` numbers with every step, for ever."""
        rows = tf.TensorArray(tf.float32, 0, dynamic_size=True, element_shape=[None])
        size = [tf.cast(x, tf.int32)]
        steps, rows = tf.while_loop(
            lambda i, rows: i >= 0,
            lambda i, rows: (i + 1, rows.write(i, tf.random.uniform(size))),
            [0, rows],
        )
        return {"steps": steps, "rows": tf.reduce_sum(rows.stack())}


class GatedToy(Toy):
    """One more signature, that waits as long as a test wants."""

    def __init__(self):
        super().__init__()
        self.gate = threading.Event()
        self.lock = threading.Lock()
        self.running = self.most_running = 0

    @tf.function(input_signature=[spec([None], tf.float32, "x")])
    def gated(self, x):
        """Answers when `gate` is set."""
        return {"y": tf.numpy_function(self._wait, [x], tf.float32, stateful=True)}

    def _wait(self, x):
        with self.lock:
            self.running += 1
            self.most_running = max(self.most_running, self.running)
        assert self.gate.wait(60)
        with self.lock:
            self.running -= 1
        return x


SIGNATURES = (
    *("text", "scaled", "uneven", "scalar", "image", "types", "strict", "half", "to_half"),
    *("constant", "endless", "growing", "counting"),
)


@pytest.fixture(scope="session")
def toy():
    return GatedToy()


def save(toy, folder, **more):
    """Saves a model as `toy`, version 3; returns the folder of the model."""
    signatures = {name: getattr(toy, name) for name in SIGNATURES}
    tf.saved_model.save(
        toy,
        str(folder / "toy" / "3"),
        signatures={"serving_default": toy.text, **signatures, **more},
    )
    return folder / "toy"


@pytest.fixture(scope="session")
def saved(tmp_path_factory):
    return save(Toy(), tmp_path_factory.mktemp("saved_models"))


@pytest.fixture(scope="session")
def gated(toy, tmp_path_factory):
    gated = toy.gated.get_concrete_function()
    return save(toy, tmp_path_factory.mktemp("gated_models"), gated=gated)


@pytest.fixture(scope="session")
def models(gated):
    with pytest.MonkeyPatch.context() as patch:
        # The gate calls Python, which the check refuses.
        patch.setattr(model, "check_saved_model", read_meta_graph)
        return load_models([gated])


@pytest.fixture(scope="session")
def client(models):
    with TestClient(create_app(models), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="session")
def predict(client):
    """Asks the model `toy`; `content` is the body as it is sent, otherwise `request` is."""

    def ask(request=None, **options):
        options = options if request is None else {"json": request, **options}
        return client.post("/v1/models/toy:predict", **options)

    return ask


@pytest.fixture(scope="session")
def generator(tmp_path_factory):
    """The folder of a note generator that says which events it knows."""
    return generating.save(tmp_path_factory.mktemp("generators"))


# Of a module, as Playwright holds the thread's event loop as long as it runs.
@pytest.fixture(scope="module")
def browser():
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    with Browser() as browser:
        yield browser
