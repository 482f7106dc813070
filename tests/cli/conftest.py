"""The command line, on small scores."""

import contextlib
import io
import resource
import subprocess
import sys
from unittest import mock

import keras
import numpy as np
import pytest

from seqzoo.cli import main
from seqzoo.zoo import NERTagger
from tests.contracts.model_cases import melody


def run_here(*arguments, cwd):
    """Runs `seqzoo` in this process, which has TensorFlow already."""
    streams = [io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2)]
    with (
        contextlib.chdir(cwd),
        mock.patch("sys.argv", ["seqzoo", *map(str, arguments)]),
        contextlib.redirect_stdout(streams[0]),
        contextlib.redirect_stderr(streams[1]),
        pytest.raises(SystemExit) as ended,
    ):
        main()
    printed = (stream.buffer.getvalue().decode() for stream in streams)
    return subprocess.CompletedProcess(sys.argv, ended.value.code, *printed)


def run_program(*arguments, cwd, file_limit=None):
    """Runs `seqzoo` as a user does; `file_limit` caps the bytes of any file."""
    limit = (file_limit, file_limit)
    return subprocess.run(
        [sys.executable, "-m", "seqzoo", *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=300,
        preexec_fn=file_limit and (lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limit)),
    )


@pytest.fixture(
    scope="session",
    params=[run_here, pytest.param(run_program, marks=pytest.mark.exhaustive)],
    ids=["here", "program"],
)
def seqzoo(request):
    """Runs `seqzoo` with arguments in a folder; a program takes seconds to start."""
    return request.param


as_program = pytest.mark.parametrize("seqzoo", [run_program], ids=["program"], indirect=True)


@pytest.fixture(scope="session")
def workplace(tmp_path_factory, seqzoo):
    """A folder with scores, and a small trained run over them."""
    folder = tmp_path_factory.mktemp("workplace")
    (folder / "scores").mkdir()
    rng = np.random.default_rng(5)
    for index in range(8):
        score = melody([60, 64, 67, 72] * 3 + rng.integers(50, 80, 6).tolist())
        (folder / "scores" / f"melody-{index}.mid").write_bytes(score.dumps_midi())
    (folder / "scores" / "broken.mid").write_bytes(b"MThd")
    ran = seqzoo(*TRAIN, "--out", "run", cwd=folder)
    assert ran.returncode == 0, ran.stderr
    return folder


@pytest.fixture(scope="session")
def tagger_preset(tmp_path_factory):
    """A small tagger of people and places that has learned nothing, and finds many."""
    keras.utils.set_random_seed(2)
    task = NERTagger.from_examples(
        [["Ana", "Lima", "mora", "em", "Faro", "."]],
        ["PESSOA", "LOCAL"],
        **{"min_count": 1, "units": 6, "num_layers": 1, "embedding_dim": 6},
    )
    folder = tmp_path_factory.mktemp("tagger") / "preset"
    task.save_to_preset(folder)
    return folder


TRAIN = (
    *("train", "note-generator", "--data", "scores", "--epochs", 2, "--batch-size", 4),
    *("--units", 12, "--embedding-dim", 8, "--num-layers", 1, "--sequence-length", 16),
)
