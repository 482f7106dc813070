"""What may not be loaded by one name may not be loaded by another."""

import pkgutil
import sys

import keras
import pytest
from keras.src.saving.keras_saveable import KerasSaveable

from seqzoo.core.file_checks import ModelFileError
from seqzoo.core.file_checks.serialized_objects import check_serialized_objects

RUNS_CODE = (
    keras.layers.Lambda,
    keras.layers.TFSMLayer,
    keras.layers.JaxLayer,
    keras.layers.FlaxLayer,
    keras.layers.TorchModuleWrapper,
)


def names_of_keras():
    """The modules of Keras that are loaded, and every class there that a file may name."""
    for module in sorted(name for name in sys.modules if name.split(".")[0] == "keras"):
        for name, value in sorted(vars(sys.modules[module]).items()):
            if isinstance(value, type) and issubclass(value, KerasSaveable):
                yield module, name, value


def refused(module, name):
    config = {"module": module, "class_name": name, "config": {}, "registered_name": None}
    try:
        check_serialized_objects({"layers": [config]}, "config.json")
    except ModelFileError:
        return True
    return False


def test_no_name_of_keras_leads_to_a_layer_that_runs_code():
    leading = [
        (module, name) for module, name, value in names_of_keras() if issubclass(value, RUNS_CODE)
    ]
    assert len(leading) > 10
    assert [names for names in leading if not refused(*names)] == []


@pytest.mark.parametrize("module", [m.name for m in pkgutil.iter_modules(keras.__path__)])
def test_only_modules_of_which_models_are_made(module):
    of_models = {
        *("activations", "constraints", "dtype_policies", "initializers", "layers", "losses"),
        *("metrics", "models", "ops", "optimizers", "quantizers", "random", "regularizers"),
    }
    assert refused(f"keras.{module}", "Anything") == (module not in of_models)


@pytest.mark.parametrize(
    ("module", "name"),
    [("keras.utils", "plot_model"), ("keras.datasets.mnist", "load_data")],
)
def test_what_keras_finds_in_its_safe_mode(module, name):
    """The reason for a check of our own; if this fails, it may no longer be needed."""
    config = {"module": module, "class_name": "function", "config": name, "registered_name": name}
    assert keras.saving.deserialize_keras_object(config, safe_mode=True).__name__ == name
    with pytest.raises(ModelFileError, match=name):
        check_serialized_objects(config, "config.json")


@pytest.mark.parametrize(
    "config",
    [
        {"class_name": "function", "module": "keras.utils", "config": "get_file"},
        {"class_name": "function", "module": "keras.datasets.mnist", "config": "load_data"},
        {
            "class_name": "function",
            "module": "keras.datasets.mnist",
            "config": "load_data",
            "registered_name": "seqzoo>LSTM",
        },
        {"class_name": "Lambda", "module": "keras.layers", "registered_name": "LSTM"},
        {"class_name": "__lambda__", "config": {"value": "4wEAAAA="}},
        {"class_name": "get_file", "module": "keras.utils", "config": {}},
        {"class_name": "function", "module": "keras.utils", "config": {"class_name": "Dense"}},
        {"class_name": None},
        {"class_name": "Dense", "module": ["keras.layers"]},
    ],
    ids=str,
)
@pytest.mark.parametrize("wrap", [lambda c: c, lambda c: {"a": [1, {"b": c}]}], ids=["", "deep"])
def test_refused(config, wrap):
    with pytest.raises(ModelFileError, match=r"config\.json"):
        check_serialized_objects(wrap(config), "config.json")


@pytest.mark.parametrize(
    "config",
    [
        {"class_name": "Lambda", "module": "keras.layers", "registered_name": "seqzoo>LSTM"},
        {"class_name": "function", "module": "builtins", "config": "relu"},
        {"class_name": "Dense", "module": "keras.layers", "registered_name": None},
        {"class_name": "Add", "module": "keras.src.ops.numpy", "registered_name": "Add"},
        {"class_name": "function", "module": "a.b", "config": "seqzoo>keras_2_hard_sigmoid"},
        {"class_name": "Mine", "module": "a.b", "registered_name": "Mine"},
    ],
    ids=str,
)
def test_passed(config):
    """The first is our LSTM to Keras, for a registered name is looked up first."""
    check_serialized_objects(config, "config.json")
