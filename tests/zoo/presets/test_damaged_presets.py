"""A preset with anything wrong in it is loaded or refused: never another error, crash or wait."""

import collections
import contextlib
import copy
import json
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seqzoo.zoo import NoteGenerator, PresetError
from tests.zoo.presets.preset_files import CONFIGS, small_generator

# Of a process that imports TensorFlow and loads the smallest of models.
MEGABYTES = 2000


@pytest.fixture(scope="module")
def preset(tmp_path_factory):
    path = tmp_path_factory.mktemp("presets") / "good"
    small_generator().save_to_preset(path)
    return path


# Configurations

numbers = st.one_of(
    st.integers(-3, 400),
    st.sampled_from([2**31, 2**63, 10**12, 10**30, -(10**12), 0.5, 1e308, float("nan")]),
)
texts = st.one_of(
    st.sampled_from(
        [
            *("", ".", "..", "/", "/etc/passwd", "a/b", "\x00", "float16", "int8_from_float32"),
            *("mixed_bfloat16", "gru", "keras", "keras.layers", "function", "Lambda", "__lambda__"),
            *("seqzoo>GRU", "seqzoo>NoteTokenizer", "seqzoo>NoteGenerator", "keras_hub>Backbone"),
            *("task.json", "config.json", "config_file", "backbone", "class_name", "dtype"),
        ]
    ),
    st.text(max_size=5),
)
values = st.recursive(
    st.one_of(st.none(), st.booleans(), numbers, texts),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=5,
)


def containers(content):
    """Every object and list of a configuration that is not empty."""
    found = [content] if content and isinstance(content, (dict, list)) else []
    inner = content.values() if isinstance(content, dict) else content if found else ()
    return found + [deeper for part in inner for deeper in containers(part)]


def mutate(content, draw):
    """Removes, replaces, moves or renames something in a configuration."""
    container = draw(st.sampled_from(containers(content)))
    key = draw(
        st.sampled_from(list(container) if isinstance(container, dict) else range(len(container)))
    )
    match draw(st.sampled_from(["remove", "value", "value", "deep", "move", "rename"])):
        case "remove":
            del container[key]
        case "value":
            container[key] = draw(values)
        case "deep":
            for _ in range(draw(st.sampled_from([1, 30, 95, 300]))):
                container[key] = draw(
                    st.sampled_from([{"config": container[key]}, [container[key]]])
                )
        case "move":
            container[key] = copy.deepcopy(draw(st.sampled_from(containers(content))))
        case "rename" if isinstance(container, dict):
            container[draw(texts)] = container.pop(key)


def agreeing(contents):
    """The other files as the task has their parts, as far as it has them."""
    try:
        task = contents["task.json"]["config"]
        tokenizer = task["preprocessor"]["config"]["tokenizer"]
        parts = (contents["task.json"], task["backbone"], task["preprocessor"], tokenizer)
    except (KeyError, TypeError, IndexError):
        return contents
    return dict(zip(CONFIGS, parts, strict=True))


def damaged_anywhere(contents, draw):
    """Configurations with one to three things wrong, most of which no longer agree."""
    name = draw(st.sampled_from(["task.json", *CONFIGS]))
    for _ in range(draw(st.integers(1, 3))):
        if containers(contents[name]):
            mutate(contents[name], draw)
    return agreeing(contents) if draw(st.booleans()) else contents


def with_other_arguments(contents, draw):
    """Configurations that agree, with other arguments: most of them come as far as Keras."""
    task = contents["task.json"]
    preprocessor = task["config"]["preprocessor"]
    described = [
        task,
        task["config"]["backbone"],
        preprocessor,
        preprocessor["config"]["tokenizer"],
    ]
    for _ in range(draw(st.integers(1, 2))):
        config = draw(st.sampled_from(described))["config"]
        names = [*sorted(config), "compile", "inputs", "lowercase", "seed", "sampler", "trainable"]
        config[draw(st.sampled_from(names))] = draw(values)
    return agreeing(contents)


def check_configurations(preset, data, damage):
    originals = {name: (preset / name).read_text() for name in CONFIGS}
    contents = damage({name: json.loads(text) for name, text in originals.items()}, data.draw)
    try:
        for name, content in contents.items():
            (preset / name).write_text(json.dumps(content))
        with contextlib.suppress(PresetError):
            NoteGenerator.from_preset(preset)
    finally:
        for name, text in originals.items():
            (preset / name).write_text(text)


DAMAGES = pytest.mark.parametrize("damage", [damaged_anywhere, with_other_arguments])


def fuzz(examples, **arguments):
    # A case that takes longer than ten seconds counts as one that never ends.
    return settings(
        max_examples=examples,
        deadline=10_000,
        database=None,
        suppress_health_check=[HealthCheck.too_slow],
        **arguments,
    )


@pytest.mark.representative("damaged_anywhere")
@DAMAGES
@fuzz(50, derandomize=True)
@given(data=st.data())
def test_configurations(preset, damage, data):
    check_configurations(preset, data, damage)


@pytest.mark.exhaustive
@DAMAGES
@fuzz(2000)
@given(data=st.data())
def test_many_configurations(preset, damage, data):
    check_configurations(preset, data, damage)


# Bytes


def load_damaged(preset, first, count):
    """How often presets with damaged bytes were loaded and refused."""
    command = [sys.executable, "-m", "tests.zoo.presets.damaged_presets", preset, first, count]
    ran = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False)
    lines = [line.split(" ", 2) for line in ran.stdout.splitlines()]
    outcomes = collections.Counter(line[2] for line in lines if line[0].isdigit())
    # The line after the last is of the case that ended the process.
    assert ran.returncode == 0, f"after case {lines[-1:]}: {ran.stderr[-3000:]}"
    assert set(outcomes) == {"loaded", "refused"}, lines
    assert int(lines[-1][1]) < MEGABYTES
    return outcomes


@pytest.mark.slow
def test_bytes(preset):
    assert load_damaged(preset, first=0, count=100).total() == 100


@pytest.mark.exhaustive
@pytest.mark.parametrize("first", range(1000, 6000, 1000))
def test_many_bytes(preset, first):
    assert load_damaged(preset, first, count=1000).total() == 1000


@pytest.mark.parametrize("share", [0, 0.1, 0.5, 0.99])
@pytest.mark.parametrize("name", [*CONFIGS, "model.weights.h5", "task.weights.h5"])
def test_truncated(preset, name, share):
    original = (preset / name).read_bytes()
    (preset / name).write_bytes(original[: int(share * len(original))])
    try:
        with pytest.raises(PresetError):
            NoteGenerator.from_preset(preset)
    finally:
        (preset / name).write_bytes(original)
