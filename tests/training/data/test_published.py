import dataclasses
import re

import pytest

from seqzoo.core.lazy import load_place
from seqzoo.training.data.published import DATA_SETS, register_data_set


@pytest.mark.parametrize("data_set", DATA_SETS.values(), ids=DATA_SETS)
def test_every_row_is_whole(data_set):
    assert data_set.summary
    assert "\n" not in data_set.summary
    assert re.fullmatch("[a-z0-9-]+", data_set.name)
    # Either is where the data comes from.
    assert bool(data_set.builder) != bool(data_set.load)
    place = data_set.builder or data_set.load
    if not place.startswith("tfds:"):
        assert callable(load_place(place))


def test_a_name_is_taken_once():
    row = DATA_SETS["nottingham"]
    register_data_set(row)
    with pytest.raises(ValueError, match="another data set 'nottingham'"):
        register_data_set(dataclasses.replace(row, summary="Another."))
