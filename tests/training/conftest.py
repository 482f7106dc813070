"""Folders of small scores to train on."""

import numpy as np
import pytest

from tests.contracts.model_cases import melody


@pytest.fixture(scope="session")
def score_folder(tmp_path_factory):
    """Eight different melodies as MIDI files."""
    folder = tmp_path_factory.mktemp("scores")
    rng = np.random.default_rng(5)
    for index in range(8):
        score = melody([60, 64, 67, 72] * 3 + rng.integers(50, 80, 6).tolist())
        (folder / f"melody-{index}.mid").write_bytes(score.dumps_midi())
    return folder
