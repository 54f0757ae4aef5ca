"""A client of the service of a test, and a ledger of its own."""

import pytest

from docgen_nb import Ledger, connect, wire


@pytest.fixture
def box(local):
    with local.session() as session, connect(wire.LOCAL_URL, session=session) as client:
        yield client


@pytest.fixture
def ledger(tmp_path):
    with Ledger(tmp_path / "history.sqlite") as opened:
        yield opened
