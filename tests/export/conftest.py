"""The small models of the zoo, trained and exported once a session."""

import functools

import keras
import pytest

from seqzoo.export import export_saved_model, export_tflite
from tests.contracts.model_cases import MODEL_CASES, NER_TAGGER

# tests/zoo/ner_tagger exports the tagger, too.
CASES = [
    pytest.param(case, marks=pytest.mark.slow if case is NER_TAGGER else [], id=case.name)
    for case in MODEL_CASES
]


@pytest.fixture(scope="session", params=CASES)
def case(request):
    """A model of the zoo."""
    return request.param


@pytest.fixture(scope="session")
def task(case):
    """A model that was trained a little, so that its answers are no accident of symmetry."""
    return _trained(case)


@pytest.fixture(scope="session")
def exports(tmp_path_factory):
    """The folder of all exports."""
    return tmp_path_factory.mktemp("exports")


@pytest.fixture(scope="session")
def exported(case, exports):
    """The model's export for a server."""
    return _exported(case, exports)


@pytest.fixture(scope="session")
def exported_tflite(case, exports):
    """The model's export for TFLite's interpreter."""
    return _exported_tflite(case, exports)


# pytest forgets a fixture when its parameter changes, and these take long.


@functools.cache
def _trained(case):
    keras.utils.set_random_seed(11)
    task = case.make()
    task.fit(*case.examples, epochs=case.epochs, verbose=0)
    return task


@functools.cache
def _exported(case, exports):
    return export_saved_model(_trained(case), exports / case.name / "served" / "small")


@functools.cache
def _exported_tflite(case, exports):
    return export_tflite(_trained(case), exports / case.name / "packed" / "small.tflite")
