"""Links that another user has put where a file is about to be written, and half-written files."""

import os
import sys

import pytest
from ledger.fake_client import Box

from docgen_nb.errors import ServiceError
from docgen_nb.ledger import Ledger
from docgen_nb.service.endpoints.jwt import read_app_config


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


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no RLIMIT_FSIZE")
def test_half_an_app_configuration_is_never_there(tmp_path):
    resource = pytest.importorskip("resource")
    path = tmp_path / "app.json"
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        with pytest.raises(ServiceError, match=f"Cannot write {path}: File too large"):
            read_app_config(path, client_secret="any")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert list(tmp_path.iterdir()) == []
    key = read_app_config(path, client_secret="any")
    assert read_app_config(path, client_secret="any") == key
    assert oct(path.stat().st_mode & 0o777) == "0o600"
