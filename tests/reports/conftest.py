"""A ledger of a seeded month, whose last week is that of the reports."""

from datetime import UTC, datetime

import pytest

from docgen_nb import samples
from docgen_nb.auth import GivenToken
from docgen_nb.client import Client
from docgen_nb.ledger import Ledger
from docgen_nb.service import LocalDocGen, ManualClock

NOW = datetime(2025, 11, 3, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def month(tmp_path_factory):
    """Return the path of the ledger, and what is hidden in its jobs."""
    path = tmp_path_factory.mktemp("month") / "history.sqlite"
    with LocalDocGen(clock=ManualClock(NOW)) as local:
        hidden = samples.history(local, jobs=8_000, days=30, until=NOW)
        token, session = GivenToken("any"), local.session()
        with (
            Client("http://docgen.local", token_source=token, session=session) as box,
            Ledger(path) as ledger,
        ):
            ledger.sync(box, clock=NOW.timestamp)
    return path, hidden
