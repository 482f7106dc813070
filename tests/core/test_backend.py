"""Keras on another backend than TensorFlow: one sentence, and a command line that sets it."""

import os
import subprocess
import sys

import pytest

SENTENCE = (
    "BackendError: seqzoo runs on Keras's TensorFlow backend, but Keras is set to 'jax': set the "
    "environment variable KERAS_BACKEND=tensorflow"
)


def run(*arguments, **environment):
    """Runs Python without a backend of the tests' own."""
    inherited = {name: value for name, value in os.environ.items() if name != "KERAS_BACKEND"}
    return subprocess.run(
        [sys.executable, *arguments],
        env={**inherited, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("room", ["layers", "zoo", "training", "export"])
def test_every_room_says_how_to_set_the_backend(room):
    failed = run("-c", f"import seqzoo.{room}", KERAS_BACKEND="jax")
    assert failed.stderr.splitlines()[-1].partition(".backend.")[2].startswith(SENTENCE)


def test_a_backend_in_the_file_of_keras_counts(tmp_path):
    (tmp_path / "keras.json").write_text('{"backend": "jax"}')
    failed = run("-c", "from seqzoo.layers import LSTM", KERAS_HOME=str(tmp_path))
    assert SENTENCE in failed.stderr
    done = run("-c", "import seqzoo.zoo", KERAS_HOME=str(tmp_path), KERAS_BACKEND="tensorflow")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("contents", ["", "no JSON", "[]", '{"floatx": "float32"}'])
def test_a_file_that_names_no_backend_is_left_to_keras(contents, tmp_path):
    (tmp_path / "keras.json").write_text(contents)
    done = run("-c", "import seqzoo.zoo", KERAS_HOME=str(tmp_path))
    assert done.returncode == 0, done.stderr


def test_keras_that_runs_already_on_another_backend():
    program = (
        "import sys, types; keras = types.ModuleType('keras'); "
        "keras.config = types.SimpleNamespace(backend=lambda: 'jax'); "
        "sys.modules['keras'] = keras; import seqzoo.export"
    )
    assert SENTENCE in run("-c", program, KERAS_BACKEND="tensorflow").stderr


@pytest.mark.slow
def test_the_command_line_sets_the_backend_itself():
    done = run("-m", "seqzoo", "info", "ner-lener-br", KERAS_BACKEND="jax")
    assert done.returncode == 0, done.stderr
