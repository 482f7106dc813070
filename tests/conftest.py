"""Which cases of a test stand for all of them."""

import gc
from collections import defaultdict

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    """Marks as exhaustive the cases that the marker `quick` of their test does not name."""
    unseen = defaultdict(set)
    for item in items:
        if named := item.get_closest_marker("quick"):
            unseen[item.function] |= set(named.args)
    for item in items:
        if named := item.get_closest_marker("quick"):
            unseen[item.function].discard(item.callspec.id)
            if item.callspec.id not in named.args:
                item.add_marker(pytest.mark.exhaustive)
    # Asked for by name, one case may stand without its fellows.
    if not any("::" in argument for argument in config.args):
        stale = {test.__name__: ids for test, ids in unseen.items() if ids}
        assert not stale, f"The marker quick names cases that do not exist: {stale}"


def pytest_collection_finish():
    """What the imports made stays: no later collection of garbage need look through it."""
    gc.collect()
    gc.freeze()
