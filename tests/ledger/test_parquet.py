"""Tests of exporting a history to Parquet files by month."""

import os
import sys

import duckdb
import pandas as pd
import pytest
from ledger.fake_client import Box
from pandas.testing import assert_frame_equal

from docgen_nb.errors import NotWritten
from docgen_nb.ledger import Ledger

FEBRUARY, MARCH = "month=2026-02", "month=2026-03"


@pytest.fixture
def box():
    box = Box()
    box.add("1", "completed", "2026-02-28T23:59:59Z")
    box.add("2", "failed", "2026-03-01T00:00:00Z", errors=["No.", "Never."])
    box.add("3", "pending", "2026-03-01T01:00:00Z")
    return box


@pytest.fixture
def ledger(tmp_path, box, clock):
    with Ledger(tmp_path / "history.sqlite") as ledger:
        ledger.sync(box, clock=clock)
        yield ledger


def files(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_months_are_partitions_with_the_columns_of_the_ledger(ledger, tmp_path):
    folder = tmp_path / "copy"

    written = ledger.to_parquet(folder)

    assert files(folder) == [
        f"failures/{FEBRUARY}/failures.parquet",
        f"failures/{MARCH}/failures.parquet",
        f"jobs/{FEBRUARY}/jobs.parquet",
        f"jobs/{MARCH}/jobs.parquet",
    ]
    assert sorted(str(path.relative_to(folder)) for path in written) == files(folder)
    march = pd.read_parquet(folder / "jobs" / MARCH / "jobs.parquet", partitioning=None)
    assert_frame_equal(march, ledger.jobs(since="2026-03-01T00:00Z"))
    assert march.attrs == ledger.jobs().attrs
    failures = pd.read_parquet(folder / "failures" / MARCH / "failures.parquet", partitioning=None)
    assert_frame_equal(failures, ledger.failures())
    empty = pd.read_parquet(folder / "failures" / FEBRUARY / "failures.parquet", partitioning=None)
    assert_frame_equal(empty, ledger.failures().iloc[:0])


def test_engines_read_the_folder(ledger, tmp_path):
    ledger.to_parquet(tmp_path / "copy")

    jobs = pd.read_parquet(tmp_path / "copy" / "jobs")
    counts = duckdb.sql(
        f"SELECT month, status, count(*) FROM '{tmp_path}/copy/jobs/**/*.parquet' "
        "GROUP BY ALL ORDER BY ALL"
    ).fetchall()

    assert jobs["job_id"].tolist() == ["1", "3", "2"]
    assert counts == [
        ("2026-02", "completed", 1),
        ("2026-03", "failed", 1),
        ("2026-03", "pending", 1),
    ]


def test_only_months_that_changed_are_written_again(ledger, tmp_path, box, clock):
    ledger.to_parquet(tmp_path)
    assert ledger.to_parquet(tmp_path) == []
    clock.to("12:01")
    box.end("3", "failed")
    ledger.sync(box, clock=clock)

    written = ledger.to_parquet(tmp_path)

    assert [path.parent.name for path in written] == [MARCH, MARCH]
    march = pd.read_parquet(tmp_path / "jobs" / MARCH / "jobs.parquet", partitioning=None)
    assert_frame_equal(march, ledger.jobs(since="2026-03-01T00:00Z"))


def test_jobs_without_a_creation_time_have_their_own_partition(tmp_path, clock):
    box = Box()
    box.add("1", "completed", None)
    box.add("2", "completed", "2026-03-01T01:00:00Z")
    with Ledger(tmp_path / "history.sqlite") as ledger:
        ledger.sync(box, clock=clock)
        ledger.to_parquet(tmp_path / "copy")

    jobs = pd.read_parquet(tmp_path / "copy" / "jobs")
    assert jobs["job_id"].tolist() == ["2", "1"]
    assert jobs["month"].tolist() == ["2026-03", "unknown"]
    assert "jobs/month=unknown/jobs.parquet" in files(tmp_path / "copy")


def test_a_damaged_month_is_named_and_kept_and_the_others_are_written(ledger, tmp_path, box, clock):
    ledger.to_parquet(tmp_path)
    damaged = tmp_path / "jobs" / FEBRUARY / "jobs.parquet"
    damaged.write_bytes(b"PAR1 and nothing valid after it")
    clock.to("12:01")
    box.end("3", "failed")
    ledger.sync(box, clock=clock)

    with pytest.raises(NotWritten) as caught:
        ledger.to_parquet(tmp_path)

    assert str(caught.value) == (
        f"{damaged} is damaged (Parquet magic bytes not found in footer. Either the file is "
        "corrupted or this is not a parquet file.) and was left unchanged. Delete it, then export "
        "again."
    )
    assert damaged.read_bytes() == b"PAR1 and nothing valid after it"
    march = pd.read_parquet(tmp_path / "jobs" / MARCH / "jobs.parquet", partitioning=None)
    assert march["status"].tolist() == ["failed", "failed"]
    damaged.unlink()
    assert ledger.to_parquet(tmp_path) == [damaged]


def test_a_file_of_another_ledger_is_not_changed(ledger, tmp_path):
    foreign = tmp_path / "jobs" / FEBRUARY / "jobs.parquet"
    foreign.parent.mkdir(parents=True)
    pd.DataFrame({"job_id": ["1"]}).to_parquet(foreign)
    before = foreign.read_bytes()

    with pytest.raises(NotWritten) as caught:
        ledger.to_parquet(tmp_path)

    assert str(caught.value) == (
        f"{foreign} belongs to another ledger and was left unchanged. Choose another folder."
    )
    assert foreign.read_bytes() == before


def test_a_folder_that_cannot_be_created_is_named(ledger, tmp_path):
    (tmp_path / "copy").write_text("a file")

    with pytest.raises(NotWritten) as caught:
        ledger.to_parquet(tmp_path / "copy")

    path = tmp_path / "copy" / "jobs" / FEBRUARY / "jobs.parquet"
    assert str(caught.value) == f"{path} cannot be written: Not a directory."


def test_temporary_files_of_a_killed_process_are_deleted_a_day_later(ledger, tmp_path):
    month = tmp_path / "jobs" / MARCH
    month.mkdir(parents=True)
    old, new = month / ".jobs.parquet.1.tmp", month / ".jobs.parquet.2.tmp"
    for leftover in (old, new):
        leftover.write_bytes(b"half")
    os.utime(old, (0, 0))

    ledger.to_parquet(tmp_path)

    assert (old.exists(), new.exists()) == (False, True)
    assert len(pd.read_parquet(tmp_path / "jobs")) == 3


def test_without_pyarrow_the_error_names_the_command_to_run(ledger, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)

    with pytest.raises(ImportError) as caught:
        ledger.to_parquet(tmp_path / "copy")

    assert str(caught.value) == 'to_parquet needs pyarrow. Run: pip install "docgen-nb[scale]"'
    assert not (tmp_path / "copy").exists()
