"""Tests that a process killed during a sync leaves a complete history, with every reported sync."""

import os
import signal
import subprocess
from pathlib import Path

import pytest
from ledger.interrupted_sync import JOBS, box_at, check, command

from docgen_nb.ledger import Ledger

TESTS = Path(__file__).parents[1]
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS), str(TESTS.parent)])}


def killed(path, moment, in_sync):
    """Let a process sync until it kills itself; return the last sync that it reported."""
    process = subprocess.run(
        command(path, moment, str(in_sync)), stdout=subprocess.PIPE, text=True, env=ENVIRONMENT
    )
    assert process.returncode == -signal.SIGKILL
    reported = [int(line) for line in process.stdout.split()]
    assert reported[-1:] == [in_sync - 1]
    return reported[-1]


@pytest.mark.parametrize(
    "moment", ["INSERT INTO job_records", "INSERT INTO rollup_hours", "UPDATE polls", "COMMIT"]
)
def test_a_kill_during_a_write_loses_and_damages_nothing(tmp_path, moment):
    path = tmp_path / "history.sqlite"

    for in_sync in (2, 4, 5):
        reported = killed(path, moment, in_sync)
        assert check(path, reported) == []

    with Ledger(path) as ledger:
        ledger.sync(box_at(5))
        result = ledger.sync(box_at(6))
        assert (len(ledger.jobs()), result.still_open) == (6 * JOBS, JOBS)
        statuses = ledger.jobs().set_index("job_id")["status"].to_dict()
        assert statuses == {entry["id"]: entry["status"] for entry in box_at(6).jobs}
    assert check(path, 6) == []
