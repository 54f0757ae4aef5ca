"""The ledger that the tests of reports share."""

import pytest
from month import month_ledger


@pytest.fixture(scope="module")
def month(tmp_path_factory):
    """Return the path of the ledger, and what is hidden in its jobs."""
    path = tmp_path_factory.mktemp("month") / "history.sqlite"
    return path, month_ledger(path, jobs=8_000)
