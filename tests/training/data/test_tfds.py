"""Data sets that are prepared where it is not as easy as it should be."""

import os
import subprocess
import sys

import pytest

from seqzoo.core.errors import SeqzooError
from seqzoo.training.data.published import DATA_SETS
from seqzoo.training.data.tfds import prepared

# Runs of one seed, which started at the same time.
PREPARE = """
import random

from seqzoo.training.data.published import DATA_SETS
from seqzoo.training.data.tfds import prepared

random.seed(1)
builder = prepared("schubert-lindenbaum", DATA_SETS["schubert-lindenbaum"].make_builder)
assert random.random() == random.Random(1).random()
print(sum(split.num_examples for split in builder.info.splits.values()))
"""


@pytest.mark.slow
def test_processes_that_prepare_a_data_set_at_once(tmp_path):
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", PREPARE],
            env={**os.environ, "TFDS_DATA_DIR": str(tmp_path)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for process in processes:
        output, errors = process.communicate(timeout=300)
        assert output.split() == ["1"], errors[-2000:]


def test_one_that_another_process_has_prepared_meanwhile(tmp_path):
    make_builder = DATA_SETS["schubert-lindenbaum"].make_builder
    slow = make_builder(data_dir=tmp_path)
    prepared("schubert-lindenbaum", lambda: make_builder(data_dir=tmp_path))
    made = [slow]
    builder = prepared(
        "schubert-lindenbaum", lambda: made.pop() if made else make_builder(data_dir=tmp_path)
    )
    assert len(list(builder.as_dataset(split="train"))) == 1


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").touch()
    make_builder = DATA_SETS["schubert-lindenbaum"].make_builder
    with pytest.raises(SeqzooError, match=r"file.*; set the environment variable TFDS_DATA_DIR"):
        prepared("schubert-lindenbaum", lambda: make_builder(data_dir=tmp_path / "file" / "data"))
