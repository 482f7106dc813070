import json

import pytest

from seqzoo.core.errors import UsageError
from seqzoo.training import training_of
from seqzoo.training.preset_tasks import check_network
from seqzoo.training.recipe import Recipe, RecipeError


def test_round_trip(tmp_path):
    recipe = Recipe("note-generator", ("a", "b"), {"units": 8}, epochs=2, seed=7, augment=False)
    recipe.write(tmp_path / "recipe.json")
    assert Recipe.read(tmp_path / "recipe.json") == recipe


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"model": "translator"}, "There is no model 'translator': the models are note-generator"),
        ({"data": []}, "names no data"),
        ({"data": "folder"}, "data must be a list"),
        ({"data": ["a", 7]}, r"data\[1\] must be a text, not 7"),
        ({"network": []}, r"network must be an object, not \[\]"),
        ({"epochs": 0}, "epochs must be at least 1, not 0"),
        ({"epochs": 1.5}, "epochs must be an integer, not 1.5"),
        ({"augment": 1}, "augment must be true or false, not 1"),
        ({"average": "no"}, "average must be true or false, not 'no'"),
        ({"seed": True}, "seed must be an integer, not True"),
        ({"seed": -1}, "seed must lie between 0"),
        ({"learning_rate": -1}, "learning_rate must lie in"),
        ({"learning_rate": "fast"}, "learning_rate must be a number, not 'fast'"),
        ({"unit": 8}, "unknown field 'unit': the fields are model, data, network"),
    ],
)
def test_bad_fields_are_named(tmp_path, fields, message):
    path = tmp_path / "recipe.json"
    path.write_text(json.dumps({"model": "note-generator", "data": ["x"], **fields}))
    with pytest.raises(RecipeError, match=message):
        Recipe.read(path)


@pytest.mark.parametrize("text", ["", "{", "[1]", "[" * 100_000, '{"model": "note-generator"}'])
def test_files_that_are_no_recipe(tmp_path, text):
    path = tmp_path / "recipe.json"
    path.write_text(text)
    with pytest.raises(RecipeError, match=r"recipe\.json"):
        Recipe.read(path)


def test_what_is_told_of_data_is_for_taggers():
    recipe = Recipe("note-generator", ("x",), reading={"columns": "word=2,tag=3"})
    with pytest.raises(UsageError, match="Only a tagger's data has these: leave out --columns"):
        training_of(recipe.model).load(recipe.data, recipe.reading)


@pytest.mark.parametrize(
    ("reading", "message"),
    [
        ({"foo": "x"}, "--foo says nothing of sentences: only --columns and --scheme do"),
        # Names of arguments on the way.
        ({"name": "x"}, "--name says nothing of"),
        ({"names": "x"}, "--names says nothing of"),
        ({"data_dir": "x"}, "--data_dir says nothing of"),
        ({"columns": 3}, "--columns must be a text, not 3"),
    ],
)
def test_what_is_told_of_a_taggers_data_is_checked(reading, message):
    recipe = Recipe("ner-tagger", ("x",), reading=reading)
    with pytest.raises(UsageError, match=message):
        training_of(recipe.model).load(recipe.data, recipe.reading)


@pytest.mark.parametrize(
    ("network", "message"),
    [
        ({"dropout": True}, "dropout must be a number, not True"),
        ({"dropout": "0.5"}, "dropout must be a number, not '0.5'"),
        ({"dropout": None}, "dropout must be a number, not None"),
        ({"dropout": 1}, "dropout must be at least 0 and below 1, not 1"),
        ({"units": True}, "units must be an integer, not True"),
        ({"min_count": 1.5}, "min_count must be an integer, not 1.5"),
        ({"units": "abc"}, "units must be an integer, not 'abc'"),
    ],
)
def test_sizes_that_are_numbers_are_given_as_numbers(network, message):
    recipe = Recipe("ner-tagger", ("x",), network)
    with pytest.raises(RecipeError, match=message):
        check_network(recipe, training_of(recipe.model).sizes())


def test_what_has_no_number_by_default_takes_anything():
    network = {"dtype": "float16", "word_vectors": "vectors.txt", "neighbour_weight": 1}
    recipe = Recipe("ner-tagger", ("x",), network)
    check_network(recipe, training_of(recipe.model).sizes())


def test_fields_are_those_of_a_python_call_too():
    with pytest.raises(RecipeError, match=r"^model must be a text, not "):
        Recipe(["ner-tagger"], ("x",))
    with pytest.raises(RecipeError, match=r"^batch_size must be at least 1, not -4\.$"):
        Recipe("ner-tagger", ("x",), batch_size=-4)
    assert Recipe("ner-tagger", ["x"]) == Recipe("ner-tagger", ("x",))


def test_missing_file():
    with pytest.raises(RecipeError, match=r"nowhere\.json cannot be read"):
        Recipe.read("nowhere.json")
