import base64
import importlib
import itertools
import json
import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
import yaml
from google.protobuf import (
    descriptor_pb2,
    descriptor_pool,
    message_factory,
    text_format,
    wrappers_pb2,
)
from tensorflow_serving.apis import prediction_log_pb2
from tensorflow_serving.config import model_server_config_pb2

from seqzoo.export.errors import ExportError
from seqzoo.export.formats.saved_model import read_meta_graph, signatures_of
from seqzoo.export.saved_model.bundle import manifests, write_bundle
from seqzoo.export.saved_model.bundle.warmup import MAX_RECORDS, WARMUP_FILE
from seqzoo.zoo.base.signature import Signature
from tests.export.served_models import publish, save, sentiment, window, words
from tests.zoo.images.test_memory import TRANSPARENT_GB

# The flags of tensorflow_serving/model_servers/main.cc that a bundle may use.
FLAGS = {
    "allow_version_labels_for_unavailable_models",
    "batching_parameters_file",
    "enable_batching",
    "enable_model_warmup",
    "enable_per_model_batching_parameters",
    "file_system_poll_wait_seconds",
    "grpc_channel_arguments",
    "grpc_max_threads",
    "model_config_file",
    "model_config_file_poll_wait_seconds",
    "monitoring_config_file",
    "port",
    "rest_api_num_threads",
    "rest_api_port",
    "rest_api_timeout_in_ms",
    "tensorflow_inter_op_parallelism",
    "tensorflow_intra_op_parallelism",
}


@pytest.fixture(scope="module")
def signatures():
    """The signatures of every model that is served."""
    return {"sentiment": sentiment(), "words": (None, words()), "window": (None, window())}


@pytest.fixture(scope="module")
def models(signatures, tmp_path_factory):
    """A folder of models, published one after the other. Not to be changed."""
    folder = tmp_path_factory.mktemp("models")
    for name, (model, served) in signatures.items():
        publish(folder, name, served, model=model)
    return folder


@pytest.fixture
def published(tmp_path):
    """A folder with one model, to change."""
    publish(tmp_path, "window", window())
    return tmp_path


def message_class(name, **fields):
    """A message as TF Serving declares it, whose protos are in no package."""
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(wrappers_pb2.DESCRIPTOR.serialized_pb)
    file = descriptor_pb2.FileDescriptorProto(
        name="test.proto", syntax="proto3", dependency=["google/protobuf/wrappers.proto"]
    )
    message = file.message_type.add(name=name)
    for number, (field, kind) in enumerate(fields.items(), 1):
        declared = message.field.add(name=field, number=number, label=1)
        if isinstance(kind, str):
            declared.type = descriptor_pb2.FieldDescriptorProto.TYPE_MESSAGE
            declared.type_name = f".google.protobuf.{kind}"
        else:
            declared.type = kind
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(name))


# tensorflow_serving/servables/tensorflow/session_bundle_config.proto
BatchingParameters = message_class(
    "BatchingParameters",
    max_batch_size="Int64Value",
    batch_timeout_micros="Int64Value",
    max_enqueued_batches="Int64Value",
    num_batch_threads="Int64Value",
    thread_pool_name="StringValue",
    pad_variable_length_inputs=descriptor_pb2.FieldDescriptorProto.TYPE_BOOL,
    enable_large_batch_splitting="BoolValue",
    max_execution_batch_size="Int64Value",
)

# tensorflow_serving/config/monitoring_config.proto
PrometheusConfig = message_class(
    "PrometheusConfig",
    enable=descriptor_pb2.FieldDescriptorProto.TYPE_BOOL,
    path=descriptor_pb2.FieldDescriptorProto.TYPE_STRING,
)


def read_models(folder):
    text = (folder / "serving" / "models.config").read_text()
    config = text_format.Parse(text, model_server_config_pb2.ModelServerConfig())
    return {model.name: model for model in config.model_config_list.config}


def read_warmup(version_folder):
    records = tf.data.TFRecordDataset(str(version_folder / WARMUP_FILE))
    return [
        prediction_log_pb2.PredictionLog.FromString(record.numpy()).predict_log.request
        for record in records
    ]


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def as_array(values, spec):
    return np.asarray(tf.convert_to_tensor(values, spec.dtype).numpy())


# Warm-up requests


@pytest.mark.parametrize("name", ["sentiment", "words", "window"])
def test_warmup_requests_are_the_examples_and_run(models, signatures, name):
    served = signatures[name][1]
    default = next(iter(served.values()))
    expected = [
        (key, signature, example)
        for key, signature in {"serving_default": default, **served}.items()
        for example in signature.examples
    ]
    requests = read_warmup(models / name / "1")
    loaded = tf.saved_model.load(str(models / name / "1"))
    assert len(requests) == len(expected)
    for request, (key, signature, example) in zip(requests, expected, strict=True):
        spec = request.model_spec
        assert (spec.name, spec.signature_name) == (name, key)
        assert not spec.HasField("version")
        assert request.inputs.keys() == signature.inputs.keys()
        tensors = {key: tf.make_ndarray(proto) for key, proto in request.inputs.items()}
        for key_, tensor in tensors.items():
            wanted = as_array(example[key_], signature.inputs[key_])
            assert request.inputs[key_].dtype == signature.inputs[key_].dtype.as_datatype_enum
            np.testing.assert_array_equal(tensor, wanted)
        answers = loaded.signatures[key](**{k: tf.constant(v) for k, v in tensors.items()})
        assert answers.keys() == signature.expected(example).keys()


def test_no_more_warmup_requests_than_tf_serving_takes(tmp_path):
    examples = [{"x": np.full((1, 4), i, "float32")} for i in range(MAX_RECORDS)]
    folder = publish(tmp_path, "window", window(examples))
    requests = read_warmup(folder)
    assert len(requests) == MAX_RECORDS
    names = [request.model_spec.signature_name for request in requests]
    assert names.count("predict") == names.count("serving_default") == MAX_RECORDS / 2


def test_a_warmup_request_is_never_larger_than_a_server_that_merges_takes(tmp_path):
    sizes = [0, 1, 1024, 1025]
    examples = [{"x": np.ones((size, 4), "float32")} for size in sizes]
    folder = publish(tmp_path, "window", window(examples))
    limit = text_format.Parse(
        (folder / "batching_params.pbtxt").read_text(), BatchingParameters()
    ).max_batch_size.value
    rows = [tf.make_ndarray(request.inputs["x"]).shape[0] for request in read_warmup(folder)]
    assert rows == [1, 1024, 1, 1024]
    assert max(rows) == limit


def test_a_bundle_needs_no_package_of_tf_serving(tmp_path, monkeypatch):
    for module in [name for name in sys.modules if name.startswith("tensorflow_serving")]:
        monkeypatch.setitem(sys.modules, module, None)
    for module in [
        name for name in sys.modules if name.startswith("seqzoo.export.saved_model.bundle.")
    ]:
        monkeypatch.delitem(sys.modules, module)
    write_bundle = importlib.import_module("seqzoo.export.saved_model.bundle.writer").write_bundle
    save(tmp_path / "window" / "1", window())
    write_bundle(tmp_path / "window", tmp_path / "window" / "1", "window", window())
    monkeypatch.undo()
    assert len(read_warmup(tmp_path / "window" / "1")) == 2
    assert list(read_models(tmp_path)) == ["window"]


# Configurations


def test_models_config_lists_every_model(models):
    listed = read_models(models)
    assert list(listed) == ["sentiment", "words", "window"]
    for name, model in listed.items():
        assert model.base_path == f"/models/{name}"
        assert model.model_platform == "tensorflow"
        assert model.model_version_policy.latest.num_versions == 1
        assert not model.version_labels


def test_the_canary_in_the_comments_is_valid(published):
    path = published / "serving" / "models.config"
    text = re.sub(r"# (model_version_policy|version_labels)", r"\1", path.read_text())
    path.write_text(re.sub(r".*latest.*\n", "", text))
    model = read_models(published)["window"]
    assert list(model.model_version_policy.specific.versions) == [1, 2]
    assert dict(model.version_labels) == {"stable": 1, "canary": 2}


@pytest.mark.parametrize(
    "edited",
    [
        'model_config_list: { config: { name: "other" base_path: "/m/other" } }  # done }',
        "model_config_list {\n  config {\n    name: 'window'  # mine }\n    base_path: '/w'\n"
        '    version_labels { key: "a}" value: 3 }\n  }\n}\n# } the end\n',
        "model_config_list {}",
        "# from Windows\r\nmodel_config_list {\r\n}\r\n",
    ],
)
def test_what_the_operator_wrote_into_models_config_stays(published, edited):
    path = published / "serving" / "models.config"
    path.write_bytes(edited.encode())
    before = read_models(published)
    publish(published, "window", window(), version=2)
    after = read_models(published)
    assert list(after) == list({**before, "window": None})
    assert all(after[name] == model for name, model in before.items())
    # What was there is there still, in its order, with something added in between.
    kept = iter(path.read_bytes())
    assert all(byte in kept for byte in edited.encode())
    if "window" in before:
        assert path.read_bytes() == edited.encode()


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (b"model_config_list { config { name: ", r"models\.config cannot be read \(.*fix it"),
        (b"# vers\xe3o\nmodel_config_list { }", r"models\.config cannot be read \(.*fix it"),
        (b"model_config_list < >", "does not end with the list of models"),
        (b'custom_model_config { type_url: "x" }', "does not end with the list of models"),
    ],
)
def test_a_models_config_that_cannot_be_read_is_named_and_stays(published, broken, message):
    path = published / "serving" / "models.config"
    path.write_bytes(broken)
    before = contents(path.parent)
    with pytest.raises(ExportError, match=message) as caught:
        publish(published, "other", window())
    assert "\n" not in str(caught.value)
    assert contents(path.parent) == before


def test_requests_are_merged_where_rows_have_one_shape_and_nowhere_else(models):
    found = {path.parts[-3] for path in models.glob("*/*/batching_params.pbtxt")}
    assert found == {"window"}


ROWS = tf.TensorSpec([None, 4], tf.float32)


@pytest.mark.parametrize(
    ("function", "inputs"),
    [
        (lambda x, scale: {"y": x * scale}, {"x": ROWS, "scale": tf.TensorSpec([], tf.float32)}),
        (lambda x: {"y": x}, {"x": tf.TensorSpec([2, 4], tf.float32)}),
        (lambda x: {"y": x}, {"x": tf.TensorSpec(None, tf.float32)}),
        (lambda x: {"y": x, "largest": tf.reduce_max(x)}, {"x": ROWS}),
        (lambda x: {"y": tf.reduce_sum(x, axis=0)}, {"x": ROWS}),
        (lambda: {"y": tf.zeros([4])}, {}),
    ],
    ids=["scalar", "fixed batch", "unknown rank", "scalar output", "no rows out", "no inputs"],
)
def test_requests_that_cannot_be_merged(tmp_path, function, inputs):
    example = {name: np.ones([2, 4][: spec.shape.rank], "float32") for name, spec in inputs.items()}
    mergeable = window()
    signatures = {**mergeable, "other": Signature(function, inputs, [example])}
    folder = publish(tmp_path, "window", signatures)
    assert not (folder / "batching_params.pbtxt").exists()
    (request,) = (r for r in read_warmup(folder) if r.model_spec.signature_name == "other")
    assert request.inputs.keys() == inputs.keys()


def test_batching_parameters(models):
    text = (models / "window" / "1" / "batching_params.pbtxt").read_text()
    parameters = text_format.Parse(text, BatchingParameters())
    assert parameters.enable_large_batch_splitting.value
    assert 1 < parameters.max_execution_batch_size.value < parameters.max_batch_size.value
    # The longest request has room in the queue.
    batches = parameters.max_batch_size.value / parameters.max_execution_batch_size.value
    assert parameters.max_enqueued_batches.value > batches
    # TF Serving would pad with the first value of the request.
    assert not parameters.pad_variable_length_inputs
    shared = text_format.Parse(
        (models / "serving" / "batching.config").read_text(), BatchingParameters()
    )
    # A server takes the threads from here only, and needs something to be set.
    assert {field.name for field, _ in shared.ListFields()} == {"thread_pool_name"}


def test_monitoring_config(models):
    text = (models / "serving" / "monitoring.config").read_text()
    body = re.fullmatch(r"(?:#.*\n)*prometheus_config \{(.*)\}\n", text, re.DOTALL)[1]
    prometheus = text_format.Parse(body, PrometheusConfig())
    assert prometheus.enable
    assert prometheus.path == "/monitoring/prometheus/metrics"


# Manifests


def read_compose(models):
    return yaml.safe_load((models / "serving" / "docker-compose.yml").read_text())["services"][
        "tf-serving"
    ]


def read_kubernetes(models):
    documents = yaml.safe_load_all((models / "serving" / "kubernetes.yaml").read_text())
    return {document["kind"]: document for document in documents}


def flags(arguments):
    return dict(re.fullmatch(r"--(\w+)=(.*)", argument).groups() for argument in arguments)


def tensorflow_image():
    return f"tensorflow/serving:{'.'.join(tf.__version__.split('.')[:2])}.0"


def test_docker_compose(models):
    service = read_compose(models)
    assert service["image"] == tensorflow_image()
    assert service["ports"] == ["127.0.0.1:8500:8500", "127.0.0.1:8501:8501"]
    (volume,) = service["volumes"]
    assert volume == {"type": "bind", "source": "..", "target": "/models", "read_only": True}
    assert service["entrypoint"] == ["tensorflow_model_server"]
    given = flags(service["command"])
    assert given.keys() <= FLAGS
    assert (given["port"], given["rest_api_port"]) == ("8500", "8501")
    mounted = (models / "serving" / volume["source"]).resolve()
    files = [value for name, value in given.items() if name.endswith("_file")]
    assert len(files) == 3
    for file in files:
        assert (mounted / Path(file).relative_to(volume["target"])).is_file()
    for model in read_models(models).values():
        assert (mounted / Path(model.base_path).relative_to(volume["target"]) / "1").is_dir()


def test_kubernetes(models):
    manifests_ = read_kubernetes(models)
    deployment, service = manifests_["Deployment"]["spec"], manifests_["Service"]["spec"]
    pod = deployment["template"]["spec"]
    labels = deployment["template"]["metadata"]["labels"]
    assert deployment["selector"]["matchLabels"] == service["selector"] == labels
    (container,) = pod["containers"]
    assert container["image"] == tensorflow_image()
    given = flags(container["args"])
    assert given.keys() <= FLAGS
    assert flags(read_compose(models)["command"]).items() <= given.items()
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    assert ports == {"grpc": 8500, "rest": 8501}
    exposed = {port["targetPort"]: port["port"] for port in service["ports"]}
    assert exposed == ports
    for probe in ("startupProbe", "readinessProbe"):
        assert container[probe]["httpGet"] == {"path": "/v1/models/sentiment", "port": "rest"}
    assert container["livenessProbe"]["tcpSocket"] == {"port": "grpc"}
    (mount,) = container["volumeMounts"]
    (volume,) = pod["volumes"]
    assert mount == {"name": volume["name"], "mountPath": "/models", "readOnly": True}
    assert volume["persistentVolumeClaim"]["readOnly"] is True
    cpus = container["resources"]["requests"]["cpu"]
    assert given["tensorflow_intra_op_parallelism"] == cpus
    assert given["tensorflow_inter_op_parallelism"] == cpus
    # Two of the largest pictures at once, measured in test_image_memory.py, and the runtime.
    assert container["resources"]["limits"] == {"memory": "4Gi"}
    assert 2 * TRANSPARENT_GB * 1e9 + 0.5e9 < 4 * 2**30
    scraped = deployment["template"]["metadata"]["annotations"]
    assert scraped["prometheus.io/path"] == "/monitoring/prometheus/metrics"
    assert scraped["prometheus.io/port"] == "8501"


class Status(BaseHTTPRequestHandler):
    """Answers the status of the model `sentiment` as TF Serving does."""

    state = "AVAILABLE"

    def do_GET(self):
        known = self.path == "/v1/models/sentiment"
        status = {"version": "1", "state": self.state, "status": {"error_code": "OK"}}
        body = json.dumps({"model_version_status": [status]} if known else {"error": "unknown"})
        self.send_response(200 if known else 404)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *args):
        pass


def test_the_health_check_sees_whether_a_version_is_available(models, monkeypatch):
    kind, *command = read_compose(models)["healthcheck"]["test"]
    assert kind == "CMD"
    with ThreadingHTTPServer(("127.0.0.1", 0), Status) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        port = str(server.server_port)
        command = [part.replace("/8501", f"/{port}") for part in command]

        def is_healthy():
            run = subprocess.run(command, check=False, capture_output=True, timeout=10)
            return run.returncode == 0

        assert is_healthy()
        monkeypatch.setattr(Status, "state", "LOADING")
        assert not is_healthy()
        monkeypatch.setattr(Status, "state", "AVAILABLE")
        assert is_healthy()
        server.shutdown()
    assert not is_healthy()


# Files of the operator


def test_a_changed_file_stays_and_an_unchanged_one_follows_the_export(published, monkeypatch):
    compose = published / "serving" / "docker-compose.yml"
    kubernetes = published / "serving" / "kubernetes.yaml"
    changed = compose.read_text().replace("127.0.0.1:8501:8501", "8501:8501")
    compose.write_text(changed)
    monkeypatch.setattr(manifests, "image", lambda: "tensorflow/serving:9.9.0")
    publish(published, "window", window(), version=2)
    assert compose.read_text() == changed
    assert "image: tensorflow/serving:9.9.0\n" in kubernetes.read_text()


def test_the_same_export_writes_the_same_files(published):
    before = contents(published / "serving")
    names = {str(path.relative_to(published / "serving")) for path in before}
    assert names == {
        "README.md",
        "batching.config",
        "docker-compose.yml",
        "kubernetes.yaml",
        "models.config",
        "monitoring.config",
        "requests/window/predict.json",
    }
    publish(published, "window", window(), version=2)
    assert contents(published / "serving") == before


@pytest.mark.parametrize("name", ["serving", "a b", "a:b", 'a"b', "ü", ""])
def test_a_name_that_cannot_be_served_is_refused(tmp_path, name):
    folder = tmp_path / "models" / "1"
    save(folder, window())
    with pytest.raises(ExportError, match=re.escape(repr(name))):
        write_bundle(folder.parent, folder, name, window())
    assert [path.name for path in tmp_path.iterdir()] == ["models"]


def test_the_readme_names_every_request(models):
    page = (models / "serving" / "README.md").read_text()
    asked = re.findall(r"curl -d @requests/(\S+) http://localhost:8501/v1/models/(\S+):pred", page)
    assert set(asked) == {
        (f"{model}/{signature}.json", model)
        for model, signature in [
            ("sentiment", "sequence"),
            ("sentiment", "step"),
            ("words", "repeat"),
            ("words", "mix"),
            ("window", "predict"),
        ]
    }
    assert tensorflow_image() in page


# Requests of REST


def tensors_from_json(request, definition):
    """A request as TF Serving reads it: tensorflow_serving/util/json_tensor.cc."""
    assert len({"instances", "inputs"} & request.keys()) == 1
    infos = {name: tf.as_dtype(info.dtype) for name, info in definition.inputs.items()}
    if "inputs" in request:
        assert request["inputs"].keys() == infos.keys()
        return {name: tensor_from_json(request["inputs"][name], infos[name]) for name in infos}
    instances = request["instances"]
    assert instances
    assert all(instance.keys() == infos.keys() for instance in instances)
    return {
        name: tf.stack([tensor_from_json(instance[name], dtype) for instance in instances])
        for name, dtype in infos.items()
    }


def tensor_from_json(value, dtype):
    shape, first = [], value
    while isinstance(first, list):
        shape.append(len(first))
        if not first:
            break
        first = first[0]
    leaves = list(flatten(value, len(shape)))
    return tf.reshape(tf.constant([leaf(v, dtype) for v in leaves], dtype), shape)


def flatten(value, depth):
    if depth == 0:
        assert not isinstance(value, list)
        return [value]
    return list(itertools.chain.from_iterable(flatten(item, depth - 1) for item in value))


def leaf(value, dtype):
    if dtype == tf.string:
        if isinstance(value, dict):
            assert value.keys() == {"b64"}
            return base64.b64decode(value["b64"], validate=True)
        assert isinstance(value, str)
    elif dtype == tf.bool:
        assert isinstance(value, bool)
    elif dtype.is_integer:
        assert type(value) is int
    else:
        assert type(value) in (int, float)
    return value


@pytest.mark.parametrize("name", ["sentiment", "words", "window"])
def test_rest_requests_are_read_and_answered(models, signatures, name):
    folder = models / name / "1"
    definitions = signatures_of(read_meta_graph(folder))
    loaded = tf.saved_model.load(str(folder))
    for key, signature in signatures[name][1].items():
        path = models / "serving" / "requests" / name / f"{key}.json"
        request = json.loads(path.read_text())
        assert request["signature_name"] == key
        tensors = tensors_from_json(request, definitions[key])
        (example,) = [
            example
            for example in signature.examples
            if all(
                np.array_equal(as_array(example[k], signature.inputs[k]), tensors[k].numpy())
                for k in tensors
            )
        ]
        received = loaded.signatures[key](**tensors)
        for output, expected in signature.expected(example).items():
            value = received[output].numpy()
            if value.dtype.kind == "f":
                np.testing.assert_allclose(value, expected, rtol=1e-5, atol=1e-6)
            else:
                np.testing.assert_array_equal(value, expected)
        if "instances" in request:
            # TF Serving writes rows: all outputs must have as many.
            assert {value.shape[0] for value in received.values()} == {len(request["instances"])}


def test_rows_and_columns(models):
    requests = {
        path.stem: json.loads(path.read_text())
        for path in (models / "serving" / "requests").rglob("*.json")
    }
    in_rows = {name for name, request in requests.items() if "instances" in request}
    # `repeat` takes scalars.
    assert in_rows == {"sequence", "step", "mix", "predict"}
    texts = requests["repeat"]["inputs"]["text"]
    assert texts == ["café", {"b64": base64.b64encode(b"\xff\x00binary").decode()}, ""]
    assert requests["mix"]["instances"][0]["x"] == [0.1, -2.5e-8, 3.0]


def test_requests_of_signatures_that_are_gone_are_removed(published):
    (renamed,) = window().values()
    publish(published, "window", {"a/b": renamed}, version=2)
    requests = published / "serving" / "requests" / "window"
    assert [path.name for path in requests.iterdir()] == ["a%2Fb.json"]


def test_a_signature_that_json_cannot_ask_has_no_request(tmp_path):
    half = {"x": tf.TensorSpec([None, 4], tf.float16)}
    signatures = {
        "half": Signature(lambda x: {"y": x * 2}, half, [{"x": np.ones((1, 4), "float16")}]),
        "empty": Signature(lambda x: {"y": x}, {"x": ROWS}, [{"x": np.zeros((0, 4), "float32")}]),
        "nothing": Signature(lambda: {"y": tf.zeros([4])}, {}, [{}]),
    }
    publish(tmp_path, "window", signatures)
    assert not list((tmp_path / "serving").rglob("*.json"))
    (request,) = [
        r for r in read_warmup(tmp_path / "window" / "1") if r.model_spec.signature_name == "half"
    ]
    np.testing.assert_array_equal(tf.make_ndarray(request.inputs["x"]), np.ones((1, 4)))


def test_a_write_that_fails_leaves_the_older_file(published, monkeypatch):
    config = published / "serving" / "models.config"
    before = config.read_text()

    def no_room(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", no_room)
    save(published / "other" / "1", window())
    with pytest.raises(OSError, match="No space"):
        write_bundle(published / "other", published / "other" / "1", "other", window())
    assert config.read_text() == before
    assert not list((published / "serving").rglob(".*"))
