"""Names are those of the paths, and versions come and go while the server runs."""

import contextlib
import errno
import gc
import os
import shutil
import sys
import threading
import time
import weakref
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from starlette.testclient import TestClient
from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

from seqzoo.core.errors import UsageError
from seqzoo.export.formats.saved_model import SavedModelError
from seqzoo.serving import create_app, load_models, model_source, served_models
from seqzoo.serving import model as served_model
from tests.serving.conftest import spec
from tests.serving.test_limits import wait_for


class Adder(tf.Module):
    def __init__(self, number):
        super().__init__()
        self.number = tf.Variable(float(number))

    @tf.function(input_signature=[spec([None], tf.float32, "x")])
    def add(self, x):
        return {"y": x + self.number}


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """The folders of three models that add their number: 1, 2 and 3."""
    folder = tmp_path_factory.mktemp("models")
    for number in (1, 2, 3):
        adder = Adder(number)
        signatures = {"serving_default": adder.add}
        tf.saved_model.save(adder, str(folder / str(number)), signatures=signatures)
    return [folder / str(number) for number in (1, 2, 3)]


@pytest.fixture
def adder(exported, tmp_path):
    """The folder of a model with a version 1."""
    shutil.copytree(exported[0], tmp_path / "adder" / "1")
    return tmp_path / "adder"


def added(model):
    return model.signatures["serving_default"].run({"x": np.float32([0])})["y"].tolist()


def poll_twice(models):
    """What happens when files have not changed from one look to the next."""
    return models.poll() + models.poll()


def versions(models):
    return {name: sorted(of) for name, of in models.items()}


@pytest.mark.parametrize(
    ("link", "target", "given", "served"),
    [
        ("mymodel/7", "adder/1", "mymodel/7", ("mymodel", 7)),
        ("mymodel/7", "adder/1", "mymodel", ("mymodel", 7)),
        ("current", "adder", "current", ("current", 1)),
        ("current", "adder", "current/1", ("current", 1)),
        ("9", "adder/1", "9", None),
        ("adder/2", "adder/1", "adder", ("adder", 2)),
    ],
)
def test_the_names_given_are_the_names_served(adder, tmp_path, link, target, given, served):
    served = served or (tmp_path.name, 9)
    path = tmp_path / link
    path.parent.mkdir(exist_ok=True)
    path.symlink_to(tmp_path / target)
    models = load_models([tmp_path / given])
    ((name, of),) = models.items()
    ((version, model),) = of.items()
    assert (name, version) == (model.name, model.version) == served
    assert added(model) == [1]


def test_a_link_in_a_relative_path(adder, tmp_path, monkeypatch):
    (tmp_path / "mymodel").mkdir()
    (tmp_path / "mymodel" / "7").symlink_to("../adder/1")
    monkeypatch.chdir(tmp_path)
    assert versions(load_models(["mymodel/7"])) == {"mymodel": [7]}
    assert versions(load_models(["mymodel/7/.."])) == {"mymodel": [7]}


def test_two_names_of_one_folder(adder, tmp_path):
    (tmp_path / "other").symlink_to(adder)
    models = load_models([adder, tmp_path / "other"])
    assert versions(models) == {"adder": [1], "other": [1]}
    with pytest.raises(UsageError, match="Version 1 of a model 'adder' is given twice"):
        load_models([adder, adder / "1"])


def test_a_newer_version_takes_the_place_of_the_older(adder, exported):
    models = load_models([adder])
    old = models["adder"][1]
    assert poll_twice(models) == []
    shutil.copytree(exported[1], adder / "2")
    # First its files have to stay as they are.
    assert models.poll() == []
    assert models.poll() == [
        "Version 2 of adder is served.",
        "Version 1 of adder is no longer served.",
    ]
    assert versions(models) == {"adder": [2]}
    assert added(models["adder"][2]) == [2]
    # A request that has begun ends.
    assert added(old) == [1]
    shutil.copytree(exported[2], adder / "10")
    poll_twice(models)
    assert versions(models) == {"adder": [10]}


def test_versions_that_were_named_stay(adder, exported):
    models = load_models([adder / "1"])
    shutil.copytree(exported[1], adder / "2")
    assert poll_twice(models) == []
    assert versions(models) == {"adder": [1]}
    shutil.rmtree(adder / "1")
    assert models.poll() == ["Version 1 of adder is no longer served."]
    assert versions(models) == {"adder": []}
    shutil.copytree(exported[2], adder / "1")
    assert poll_twice(models) == ["Version 1 of adder is served."]
    assert added(models["adder"][1]) == [3]


def test_an_older_version_comes_back_when_the_newest_is_taken_away(adder, exported):
    shutil.copytree(exported[1], adder / "2")
    models = load_models([adder])
    assert versions(models) == {"adder": [2]}
    shutil.rmtree(adder / "2")
    # Version 2 answers until version 1 is loaded.
    assert models.poll() == []
    assert versions(models) == {"adder": [2]}
    assert models.poll() == [
        "Version 1 of adder is served.",
        "Version 2 of adder is no longer served.",
    ]
    shutil.rmtree(adder / "1")
    assert models.poll() == ["Version 1 of adder is no longer served."]


def test_a_version_that_is_written_meanwhile_is_not_read(adder, exported):
    models = load_models([adder])
    source, target = exported[1], adder / "2"
    # In the order that hurts: the graph first, then the variables in pieces.
    target.mkdir()
    shutil.copy(source / "saved_model.pb", target)
    (target / "variables").mkdir()
    assert models.poll() == []
    data = (source / "variables" / "variables.data-00000-of-00001").read_bytes()
    with (target / "variables" / "variables.data-00000-of-00001").open("wb") as file:
        for byte in data[:5]:
            file.write(bytes([byte]))
            file.flush()
            assert models.poll() == []
        file.write(data[5:])
    # A long pause looks like the end: the version is refused, once, and the old one answers.
    (event,) = poll_twice(models)
    assert event.startswith("Version 2 of adder is not served: The variables of ")
    assert poll_twice(models) == []
    assert versions(models) == {"adder": [1]}
    shutil.copy(source / "variables" / "variables.index", target / "variables")
    assert poll_twice(models)[0] == "Version 2 of adder is served."
    assert versions(models) == {"adder": [2]}


def test_what_is_no_version_is_left_alone(adder, exported):
    models = load_models([adder])
    shutil.copytree(exported[1], adder / ".2-aside")
    shutil.copytree(exported[1], adder / "2.tmp")
    shutil.copytree(exported[1], adder / "²")
    (adder / "3").mkdir()
    assert poll_twice(models) == []
    assert versions(models) == {"adder": [1]}


def test_a_running_server_takes_up_a_version(adder, exported):
    events, served = [], threading.Event()

    def tell(event):
        events.append(event)
        served.set()

    with TestClient(create_app(load_models([adder]), tell=tell)) as client:
        shutil.copytree(exported[1], adder / "2")
        assert served.wait(60)
        for _ in range(100):
            answer = client.post("/v1/models/adder:predict", json={"instances": [0]})
            assert answer.status_code == 200
            if answer.json() == {"predictions": [2.0]}:
                break
            time.sleep(0.1)
        assert client.get("/v1/models/adder").json()["model_version_status"][0]["version"] == "2"
        assert client.get("/v1/models/adder/versions/1").status_code == 404
        (listed,) = client.get("/models").json()["models"]
        assert [version["version"] for version in listed["versions"]] == ["2"]
    assert events[0] == "Version 2 of adder is served."


def test_memory_of_versions_is_free_when_they_are_let_go_of_and_in_a_bracket(adder, exported):
    brackets = []

    @contextlib.contextmanager
    def bracket():
        brackets.append(versions(models))
        yield
        brackets.append(versions(models))

    models = load_models([adder])
    used = models["adder"][1]
    parts = weakref.ref(used._loaded)
    shutil.copytree(exported[1], adder / "2")
    gc.disable()
    try:
        assert models.poll(bracket) == brackets == []
        assert len(models.poll(bracket)) == 2
        assert brackets == [{"adder": [1]}, {"adder": [2]}]
        # The last request that uses it ends later.
        assert parts() is not None
        del used
        assert models.poll(bracket) == []
        assert parts() is None
        assert len(brackets) == 4
        assert models.poll(bracket) == []
        assert len(brackets) == 4
    finally:
        gc.enable()


def take_away(folder, patch):
    shutil.move(folder, folder.with_name("aside"))


def no_more_files(folder, patch):
    def refuse(path):
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    patch.setattr(Path, "iterdir", refuse)


def stale(folder, patch):
    def refuse(path, *arguments, **options):
        if Path(path).name in ("saved_model.pb", "adder"):
            raise OSError(errno.ESTALE, os.strerror(errno.ESTALE))
        return status(path, *arguments, **options)

    status = os.stat
    patch.setattr(model_source.os, "stat", refuse)


@pytest.mark.parametrize("given", [".", "1"])
@pytest.mark.parametrize("trouble", [take_away, no_more_files, stale])
def test_what_is_served_stays_while_its_folder_cannot_be_read(adder, given, trouble, monkeypatch):
    models = load_models([adder / given])
    with monkeypatch.context() as patch:
        trouble(adder, patch)
        events = models.poll()
        assert versions(models) == {"adder": [1]}
        assert models.poll() == []
    # A version that was given is found without a list.
    if not (given == "1" and trouble is no_more_files):
        (event,) = events
        assert event.startswith(f"{adder / given} cannot be read (")
        assert event.endswith("): its loaded versions stay.")
    with contextlib.suppress(FileNotFoundError):
        shutil.move(adder.with_name("aside"), adder)
    assert models.poll() == []
    shutil.rmtree(adder / "1")
    assert models.poll() == ["Version 1 of adder is no longer served."]


def test_a_folder_that_cannot_be_read_at_the_start(adder, monkeypatch):
    stale(adder, monkeypatch)
    with pytest.raises(SavedModelError, match=r"adder cannot be read \(Stale file handle\)"):
        load_models([adder])


def extra(graph):
    graph.signature_def["extra"].CopyFrom(graph.signature_def["serving_default"])


def of_type(number):
    def change(graph):
        graph.signature_def["serving_default"].inputs["x"].dtype = number

    return change


def without_signatures(graph):
    graph.signature_def.clear()


@pytest.mark.parametrize("change", [extra, of_type(0), of_type(99), without_signatures])
def test_odd_signatures_are_refused_and_the_next_version_is_served(adder, exported, change):
    models = load_models([adder])
    file = shutil.copytree(exported[1], adder / "2") / "saved_model.pb"
    saved_model = SavedModel.FromString(file.read_bytes())
    change(saved_model.meta_graphs[0])
    file.write_bytes(saved_model.SerializeToString())
    with pytest.raises(SavedModelError, match=f"{adder / '2'}.*: export it again"):
        load_models([adder])
    (event,) = poll_twice(models)
    assert event.startswith("Version 2 of adder is not served: ")
    shutil.copytree(exported[2], adder / "3")
    assert poll_twice(models)[0] == "Version 3 of adder is served."


@pytest.mark.parametrize("step", ["check_saved_model", "tf.saved_model.load", "MessageToDict"])
@pytest.mark.parametrize(
    ("error", "told"),
    [
        (MemoryError(), "does not fit into the free memory: free some."),
        (tf.errors.ResourceExhaustedError(None, None, "OOM"), "does not fit into the free memory"),
        (PermissionError(errno.EACCES, "Permission denied"), "be read (Permission denied)"),
        (KeyError("a"), "cannot be loaded (KeyError: 'a'): export it again."),
    ],
)
def test_whatever_fails_while_a_version_is_loaded_is_told(
    adder, exported, monkeypatch, step, error, told
):
    models = load_models([adder])
    shutil.copytree(exported[1], adder / "2")

    def fail(*arguments, **options):
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(f"{served_model.__name__}.{step}", fail)
        (event,) = poll_twice(models)
        assert event.startswith("Version 2 of adder is not served: ")
        assert told in event
        assert poll_twice(models) == []
    assert versions(models) == {"adder": [1]}
    # What was short may be there a minute later.
    monkeypatch.setattr(served_models, "_RETRY_SECONDS", 0)
    assert models.poll()[0] == "Version 2 of adder is served."


def test_variables_that_do_not_fit_into_memory(adder, monkeypatch):
    def fail(path):
        raise MemoryError

    monkeypatch.setattr(tf.train, "load_checkpoint", fail)
    with pytest.raises(SavedModelError, match=r"variables of .* do not fit into the free memory"):
        load_models([adder])


@pytest.mark.parametrize(
    ("number", "served"),
    [("2", 2), ("002", 2), ("01", 1), (str(2**63 - 1), 2**63 - 1), (str(2**63), 1), ("9" * 200, 1)],
)
def test_numbers_of_versions_are_those_of_64_bits(adder, number, served):
    shutil.copytree(adder / "1", adder / number)
    models = load_models([adder])
    assert versions(models) == {"adder": [served]}
    assert models.poll() == []


def test_a_version_that_two_folders_come_to_have(adder, exported, tmp_path):
    other = tmp_path / "other" / "adder"
    shutil.copytree(exported[1], other / "5")
    models = load_models([adder, other])
    shutil.copytree(exported[2], adder / "5")
    events = poll_twice(models)
    assert events[0].startswith("Version 5 of a model 'adder' is given twice: give it once")
    assert models.poll() == []
    assert added(models["adder"][5]) == [2]


class Publishing(dict):
    """Models of which something happens at every look."""

    def __init__(self):
        super().__init__()
        self.looks = 0

    def poll(self, exchanging):
        self.looks += 1
        if self.looks == 2:
            raise ValueError("odd")
        return [f"Look {self.looks}."]


@pytest.fixture
def publishing(monkeypatch):
    monkeypatch.setattr("seqzoo.serving.app._POLL_SECONDS", 0.01)
    return Publishing()


def test_looking_goes_on_whatever_fails_and_is_told(publishing):
    told = []
    with TestClient(create_app(publishing, tell=told.append)):
        wait_for(lambda: len(told) > 2)
    assert told[:3] == [
        "Look 1.",
        "The server failed to look for versions (ValueError('odd')). It will try again.",
        "Look 3.",
    ]


def test_looking_goes_on_though_nobody_listens(publishing, caplog):
    def tell(event):
        raise BrokenPipeError

    with TestClient(create_app(publishing, tell=tell)):
        wait_for(lambda: publishing.looks > 3)
    assert caplog.messages[0] == "Look 1."


def test_what_happens_is_in_a_file_at_once(publishing, tmp_path, monkeypatch):
    with (tmp_path / "log").open("w") as file:
        monkeypatch.setattr(sys, "stdout", file)
        with TestClient(create_app(publishing)):
            wait_for(lambda: "Look 1." in (tmp_path / "log").read_text())
