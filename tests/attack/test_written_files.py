"""Links that another user has put where a file is about to be written."""

import os

from ledger.fake_client import Box

from docgen_nb.ledger import Ledger


def test_an_export_to_parquet_follows_no_link(tmp_path):
    """Once it was written to a name made of the number of the process, wherever that led."""
    precious = tmp_path / "precious.txt"
    precious.write_text("of the user")
    box = Box(page_size=10)
    box.add("1", "completed", "2026-03-02T11:00:00Z")
    month = tmp_path / "export" / "jobs" / "month=2026-03"
    month.mkdir(parents=True)
    link = month / f".jobs.parquet.{os.getpid()}.tmp"
    link.symlink_to(precious)
    with Ledger(tmp_path / "history.sqlite") as ledger:
        ledger.sync(box)
        written = ledger.to_parquet(tmp_path / "export")
    assert precious.read_text() == "of the user"
    assert month / "jobs.parquet" in written
    assert not (month / "jobs.parquet").is_symlink()
