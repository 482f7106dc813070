import json

import pytest

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
        ({"epochs": 0}, "epochs must be at least 1, not 0"),
        ({"epochs": 1.5}, "epochs must be an integer, not 1.5"),
        ({"augment": 1}, "augment must be true or false, not 1"),
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


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"model": "note-generator"}'])
def test_files_that_are_no_recipe(tmp_path, text):
    path = tmp_path / "recipe.json"
    path.write_text(text)
    with pytest.raises(RecipeError, match=r"recipe\.json"):
        Recipe.read(path)


def test_missing_file():
    with pytest.raises(RecipeError, match=r"nowhere\.json cannot be read"):
        Recipe.read("nowhere.json")
