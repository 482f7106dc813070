"""A model and a data set from outside of the package, known by their rows alone."""

import dataclasses
import json

import numpy as np
import pytest

from seqzoo.training.data.published import DATA_SETS, DataSet, register_data_set
from seqzoo.zoo import MODELS, Model, register_model
from tests.cli.conftest import run_here
from tests.contracts import test_model_backbone, test_model_preprocessor, test_model_task
from tests.contracts.model_cases import ModelCase

MODEL = Model(
    "letter-generator",
    "continues a text of small letters",
    task="tests.toy.letter_generator:LetterGenerator",
    training="tests.toy.letter_training:LetterTraining",
    predict="tests.toy.letter_generator:answers",
)
DATA_SET = DataSet(
    "letter-words",
    "texts of letters",
    "24 words of three letters",
    builder="tests.toy.letter_words:Builder",
)


@pytest.fixture(scope="module", autouse=True)
def _rows():
    register_model(MODEL)
    register_data_set(DATA_SET)
    yield
    del MODELS[MODEL.name], DATA_SETS[DATA_SET.name]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where the model was trained on the data set, into `run`."""
    folder = tmp_path_factory.mktemp("toy")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TFDS_DATA_DIR", str(folder / "prepared"))
        printed = succeeds(
            folder, "train", MODEL.name, "--data", DATA_SET.name, "--units", 6, "--out", "run"
        )
        assert "Preset: run/preset" in printed
        yield folder


def succeeds(folder, *arguments):
    ran = run_here(*arguments, cwd=folder)
    assert ran.returncode in (0, None), ran.stderr
    return ran.stdout


def test_a_name_and_a_class_are_those_of_one_model():
    with pytest.raises(ValueError, match="There is another model 'letter-generator'"):
        register_model(dataclasses.replace(MODEL, summary="another"))
    # Presets find their model by the name of its class.
    with pytest.raises(ValueError, match="The model 'letter-generator' has a class LetterGen"):
        register_model(dataclasses.replace(MODEL, name="another"))
    register_model(MODEL)
    assert "another" not in MODELS


def test_it_is_listed(tmp_path):
    listed = succeeds(tmp_path, "list")
    assert "letter-generator" in listed
    assert "letter-words" in listed
    assert DATA_SET.summary in succeeds(tmp_path, "info", DATA_SET.name)
    shown = succeeds(tmp_path, "info", MODEL.name)
    assert "units = 12\n      Size of every recurrent layer." in shown


def test_a_run_is_whole(folder):
    recipe = json.loads((folder / "run" / "recipe.json").read_text())
    assert (recipe["model"], recipe["epochs"], recipe["network"]) == (MODEL.name, 3, {"units": 6})
    assert {"metrics.json", "curves.png", "preset"} <= {p.name for p in (folder / "run").iterdir()}


def test_it_is_evaluated_on_what_it_has_not_seen(folder):
    command = ("evaluate", "run/preset", "--data", DATA_SET.name, "--json")
    scores = json.loads(succeeds(folder, *command))
    from tests.toy.letter_generator import LetterGenerator
    from tests.toy.letter_training import LetterTexts, nats_per_letter

    task = LetterGenerator.from_preset(folder / "run" / "preset")
    test = LetterTexts().load(DATA_SET.name).test
    assert len(test) == 4
    assert scores["nats_per_letter"] == pytest.approx(nats_per_letter(task, test))


def test_it_predicts(folder):
    printed = succeeds(folder, "predict", "run/preset", "abc", "cab").splitlines()
    assert [line.partition(":")[0] for line in printed] == ["abc", "cab"]
    assert all(np.isfinite(float(line.partition(":")[2])) for line in printed)


@pytest.mark.slow
def test_it_is_exported_for_both_runtimes(folder):
    printed = succeeds(folder, "export", "run/preset", "--name", "letters", "--out", "exported")
    assert "SavedModel for TF Serving: exported/letters/1" in printed
    assert "TFLite file: exported/letters.tflite" in printed


TEXTS = ["abc", "a", "the cat sat on the mat", "no"]


@pytest.fixture(scope="module")
def case():
    from tests.toy.letter_generator import LetterGenerator

    return ModelCase(
        name="LetterGenerator",
        make=lambda: LetterGenerator.from_examples(sequence_length=24),
        examples=(TEXTS * 8,),
        small=[(["a"],)],
        arrays=_first_windows,
        answers=lambda task, texts: np.split(task.score(texts)["log_probability"], len(texts)),
        wrong=[(method, ([],), "at least one") for method in ("fit", "evaluate", "score")],
        epochs=4,
    )


def _first_windows(preprocessor, inputs):
    arrays, _, _ = next(iter(preprocessor.windows(inputs).batch(64)))
    return {name: array.numpy() for name, array in arrays.items()}


@pytest.mark.slow
def test_it_holds_the_contract_of_tasks(case, tmp_path):
    test_model_task.test_fit_lowers_the_loss_on_raw_inputs(case)
    test_model_task.test_saving_a_preset_twice_replaces_it_and_leaves_nothing_else(
        case.make(), tmp_path
    )
    test_model_task.test_config_round_trip(case.make())
    test_model_task.test_the_least_inputs(case)
    test_model_task.test_an_input_is_answered_the_same_alone_and_beside_longer_ones(
        case, case.make()
    )
    test_model_task.test_wrong_inputs_name_themselves(case, case.make())
    test_model_task.test_examples_of_the_signatures_fit_them(case.make())
    test_model_task.test_mixed_precision(case)


@pytest.mark.slow
def test_it_holds_the_contracts_of_its_parts(case, tmp_path):
    task = case.make()
    arrays = case.arrays(task.preprocessor, *case.examples)
    test_model_preprocessor.test_tokens_and_ids_are_one_to_one(task.preprocessor)
    test_model_backbone.test_a_row_does_not_depend_on_its_batch(task.backbone, arrays)
    test_model_backbone.test_a_configuration_makes_the_same_network(task.backbone, arrays)
