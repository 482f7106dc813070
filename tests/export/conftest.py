"""A small model, exported once."""

import keras
import pytest

from seqzoo.export.exporter import export
from tests.contracts.model_cases import MODEL_CASES


@pytest.fixture(scope="session", params=MODEL_CASES, ids=repr)
def task(request):
    """A model that was trained a little, so that its answers are no accident of symmetry."""
    keras.utils.set_random_seed(11)
    task = request.param.make()
    task.fit(request.param.samples, epochs=4, verbose=0)
    return task


@pytest.fixture(scope="session")
def exported(task, tmp_path_factory):
    """The model's export."""
    return export(task, "small", tmp_path_factory.mktemp("exports"))
