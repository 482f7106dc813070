"""A small model of the zoo, exported once."""

import keras
import pytest

from seqzoo.export import export_saved_model, export_tflite
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
    """The model's export for a server."""
    return export_saved_model(task, tmp_path_factory.mktemp("exports") / "small")


@pytest.fixture(scope="session")
def exported_tflite(task, tmp_path_factory):
    """The model's export for TFLite's interpreter."""
    return export_tflite(task, tmp_path_factory.mktemp("exports") / "small.tflite")
