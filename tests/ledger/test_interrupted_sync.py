"""A process that is killed while it syncs leaves a whole history, with every sync it told of."""

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
    """Let a process sync until it kills itself; return the last sync that it told of."""
    done = subprocess.run(
        command(path, moment, str(in_sync)), stdout=subprocess.PIPE, text=True, env=ENVIRONMENT
    )
    assert done.returncode == -signal.SIGKILL
    told = [int(line) for line in done.stdout.split()]
    assert told[-1:] == [in_sync - 1]
    return told[-1]


@pytest.mark.parametrize(
    "moment", ["INSERT INTO jobs", "INSERT INTO rollup_hours", "UPDATE polls", "COMMIT"]
)
def test_kills_in_the_middle_of_a_write_lose_and_damage_nothing(tmp_path, moment):
    path = tmp_path / "history.sqlite"

    for in_sync in (2, 4, 5):
        told = killed(path, moment, in_sync)
        assert check(path, told) == []

    with Ledger(path) as ledger:
        ledger.sync(box_at(5))
        result = ledger.sync(box_at(6))
        assert (len(ledger.jobs()), result.still_open) == (6 * JOBS, JOBS)
        statuses = ledger.jobs().set_index("job_id")["status"].to_dict()
        assert statuses == {entry["id"]: entry["status"] for entry in box_at(6).jobs}
    assert check(path, 6) == []
