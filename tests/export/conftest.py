"""The small models of the zoo, trained and exported once a session."""

import functools

import keras
import pytest

from seqzoo.export import export_saved_model, export_tflite
from tests.contracts.model_cases import MODEL_CASES, NOTE_GENERATOR


def _slow_but(*fast):
    """All models, of which those that are not named are slow."""
    return [
        pytest.param(case, marks=[] if case in fast else pytest.mark.slow, id=case.name)
        for case in MODEL_CASES
    ]


each_model_slowly = pytest.mark.parametrize("case", _slow_but(), indirect=True)
each_model_but_one_slowly = pytest.mark.parametrize(
    "case", _slow_but(NOTE_GENERATOR), indirect=True
)


# tests/zoo export the tagger and the captioner, too.
@pytest.fixture(scope="session", params=_slow_but(NOTE_GENERATOR))
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
