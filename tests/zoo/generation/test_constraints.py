import numpy as np
import pytest

from seqzoo.zoo.generation.constraints import UNBOUNDED, NoConstraint, SamplingConstraint

VOCABULARY, BOUNDS, BATCH, TIME = 7, 3, 4, 9
TOKEN_IDS = np.random.default_rng(1).integers(0, VOCABULARY, (BATCH, TIME), "int32")


@pytest.fixture(scope="module")
def tables():
    """Floors, ceilings and reaches, of which a third are unbounded."""
    rng = np.random.default_rng(2)
    floor = rng.integers(-9, 9, (VOCABULARY, BOUNDS))
    ceiling = floor + rng.integers(0, 5, floor.shape)
    reach = rng.integers(-9, 9, floor.shape)
    for table, unbounded in ((floor, -UNBOUNDED), (ceiling, UNBOUNDED), (reach, UNBOUNDED)):
        table[rng.random(table.shape) < 1 / 3] = unbounded
    return floor, ceiling, reach


def drawable(floor, ceiling, reach, token_ids):
    """The tokens that can be drawn after others, by a loop over numbers."""
    bounds = [-UNBOUNDED] * BOUNDS
    for token in token_ids:
        for i, bound in enumerate(bounds):
            bounds[i] = min(max(bound, floor[token, i]), ceiling[token, i])
    return [all(reach[token, i] >= bounds[i] for i in range(BOUNDS)) for token in range(7)]


@pytest.mark.parametrize("count", [0, 1, 5, TIME])
def test_what_can_be_drawn_is_what_reaches_all_bounds(tables, count):
    constraint = SamplingConstraint(*tables)
    found = np.asarray(constraint.allowed_tokens(constraint.advance_all(TOKEN_IDS[:, :count])))
    assert found.tolist() == [drawable(*tables, row[:count]) for row in TOKEN_IDS]
    assert found.all() == (count == 0)


def test_a_token_whose_floor_is_its_ceiling_sets_a_bound():
    constraint = SamplingConstraint(floor=[[3], [-8]], ceiling=[[3], [-8]], reach=[[2], [3]])
    after = [constraint.advance(constraint.initial_state(1), np.array([token])) for token in (0, 1)]
    assert np.asarray(constraint.allowed_tokens(after[0])).tolist() == [[False, True]]
    assert np.asarray(constraint.allowed_tokens(after[1])).tolist() == [[True, True]]
    assert np.asarray(constraint.advance(after[0], np.array([1]))).tolist() == [[-8]]


def test_no_rule_lets_everything_be_drawn():
    constraint = NoConstraint()
    assert constraint.allowed_tokens(constraint.advance_all(TOKEN_IDS)) is None
