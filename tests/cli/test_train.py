"""Sizes of networks on the command line."""

import pytest

from seqzoo.cli.commands.train import train
from seqzoo.core.errors import UsageError
from seqzoo.training.runs import train as runs


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("8", 8),
        ("0.5", 0.5),
        ("[64, 64]", [64, 64]),
        ("true", True),
        ("null", None),
        # As the help of the sizes writes them.
        ("True", True),
        ("False", False),
        ("None", None),
        ("vgg16", "vgg16"),
        ("a=b", "a=b"),
        ("", ""),
    ],
)
def test_the_value_of_a_size(monkeypatch, tmp_path, written, value):
    recipes = []
    monkeypatch.setattr(runs, "train", lambda recipe, *_: recipes.append(recipe))
    train(tmp_path, "image-captioner", ["scenes"], sizes=[f"freeze_encoder={written}"])
    assert recipes[0].network == {"freeze_encoder": value}


@pytest.mark.parametrize("size", ["units", "=3", ""])
def test_what_is_no_size(tmp_path, size):
    with pytest.raises(UsageError, match="write --set name=value"):
        train(tmp_path, "ner-tagger", ["x"], sizes=[size])


def test_a_size_twice(tmp_path):
    with pytest.raises(UsageError, match="units is given twice"):
        train(tmp_path, "ner-tagger", ["x"], units=9, sizes=["units=8"])
