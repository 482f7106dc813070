"""Which cases of a test stand for all of them, and when a run begins no more tests."""

import gc
import time
from collections import defaultdict

import pytest

from seqzoo.core.memory import keep_freed_memory

STARTED = time.monotonic()

# As `seqzoo train` does: most tests compute, and few serve.
keep_freed_memory()


def pytest_addoption(parser):
    parser.addoption(
        "--minutes",
        type=float,
        help="skip the tests that have not begun after so many minutes",
    )


def pytest_runtest_setup(item):
    minutes = item.config.option.minutes
    if minutes is not None and time.monotonic() - STARTED > 60 * minutes:
        pytest.skip(f"the {minutes:g} minutes of this run were over")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    """Marks as exhaustive the cases that `representative` of their test does not name."""
    unseen = defaultdict(set)
    for item in items:
        if named := item.get_closest_marker("representative"):
            unseen[item.function] |= set(named.args)
    for item in items:
        if named := item.get_closest_marker("representative"):
            unseen[item.function].discard(item.callspec.id)
            if item.callspec.id not in named.args:
                item.add_marker(pytest.mark.exhaustive)
    # Asked for by name, one case may stand without its fellows.
    if not any("::" in argument for argument in config.args):
        stale = {test.__name__: ids for test, ids in unseen.items() if ids}
        assert not stale, f"The marker representative names cases that do not exist: {stale}"


def pytest_collection_finish():
    """What the imports made stays: no later collection of garbage need look through it."""
    gc.collect()
    gc.freeze()
