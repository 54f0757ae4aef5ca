"""A new ledger, and a clock that is moved by hand."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from ledger.fake_client import Clock

from docgen_nb.ledger import Ledger


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(tmp_path / "history.sqlite") as ledger:
        yield ledger


@pytest.fixture
def clock() -> Clock:
    return Clock("2026-03-02T12:00")
