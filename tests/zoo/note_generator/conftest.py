"""A generator of notes."""

import keras
import numpy as np
import pytest

from seqzoo.zoo import NoteGenerator


@pytest.fixture(scope="session")
def note_maker():
    """A generator that has learned nothing, but prefers events that make notes to an end."""
    keras.utils.set_random_seed(4)
    task = NoteGenerator.from_examples(embedding_dim=8, units=24, num_layers=2)
    kernel = task.token_logits.get_weights()[0]
    liked = ("Bar", "Piano_6", "Duration_1", "Position_1")
    names = task.preprocessor.tokenizer.get_vocabulary()
    bias = np.array([4.0 * name.startswith(liked) - 20 * name.startswith("EOS") for name in names])
    task.token_logits.set_weights([30 * kernel, bias])
    return task
