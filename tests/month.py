"""A ledger of a seeded month that ends on Monday 3 November 2025."""

from datetime import UTC, datetime
from pathlib import Path

from docgen_nb import samples
from docgen_nb.auth import GivenToken
from docgen_nb.client import Client
from docgen_nb.ledger import Ledger
from docgen_nb.service import LocalDocGen, ManualClock

NOW = datetime(2025, 11, 3, 12, tzinfo=UTC)


def month_ledger(path: Path, *, jobs: int) -> samples.SeededHistory:
    """Write a ledger, and return what is hidden in its jobs."""
    with LocalDocGen(clock=ManualClock(NOW)) as local:
        hidden = samples.history(local, jobs=jobs, days=30, until=NOW)
        token, session = GivenToken("any"), local.session()
        with (
            Client("http://docgen.local", token_source=token, session=session) as box,
            Ledger(path) as ledger,
        ):
            ledger.sync(box, clock=NOW.timestamp)
    return hidden
