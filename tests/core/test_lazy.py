import importlib
from pathlib import Path

import pytest

ROOMS = ("layers", "zoo", "training", "export", "serving")


@pytest.mark.parametrize("room", ROOMS)
def test_no_public_name_is_that_of_a_module(room):
    """Importing the module would put it in the place of the name."""
    package = importlib.import_module(f"seqzoo.{room}")
    folder = Path(package.__file__).parent
    modules = {path.stem for path in folder.iterdir() if path.suffix == ".py" or path.is_dir()}
    assert not modules & set(package.__all__)
