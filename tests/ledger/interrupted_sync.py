"""A process that syncs until it is killed, and a check of the file that it leaves.

The fake client depends only on the number of the sync, so that a new process continues where the
last one ended. Run it as a script with the arguments FILE [STATEMENT [SYNC]]. It prints the number
of each complete sync. If a statement is given, the process kills itself in that sync, at the first
SQL statement that begins with it.
"""

import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

from ledger.fake_client import Box

from docgen_nb.ledger import Ledger
from docgen_nb.ledger.rollups import CUBES

JOBS, PAGE, BATCH = 60, 25, 20  # new jobs per sync, jobs per page, jobs per batch
NOON = 1_772_452_800


def box_at(number: int) -> Box:
    """Return the service as of one sync: jobs are finished one sync after they are new."""
    box = Box(page_size=PAGE)
    for place in range(JOBS * number):
        is_finished = place < JOBS * (number - 1)
        status = ("failed" if place % 9 == 0 else "completed") if is_finished else "pending"
        errors = [f"Reason {place % 7}"] if status == "failed" else []
        box.add(
            str(place + 1),
            status,
            str(NOON + place),
            batch=str(place // BATCH),
            template=str(place % 3),
            errors=errors,
        )
        if status == "completed":
            end = datetime.fromtimestamp(NOON + place + 30, UTC).isoformat()
            box.end(str(place + 1), status, file=f"7{place}", at=end)
    return box


def sync_repeatedly(path: str, statement: str = "", in_sync: str = "0") -> None:
    with Ledger(path) as ledger:
        number = len(ledger.jobs()) // JOBS
        while True:
            number += 1
            if number == int(in_sync):
                kill_at(ledger, statement)
            ledger.sync(box_at(number), clock=lambda now=NOON + JOBS * number: now)
            print(number, flush=True)


def kill_at(ledger: Ledger, statement: str) -> None:
    def kill_if_reached(current: str) -> None:
        if current.lstrip().startswith(statement):
            os.kill(os.getpid(), signal.SIGKILL)

    with ledger.file.use() as db:
        db.set_trace_callback(kill_if_reached)


def command(path: Path, *words: str) -> list[str]:
    return [sys.executable, __file__, str(path), *words]


def check(path: Path, reported: int) -> list[str]:
    """Return what is wrong with the file; `reported` is the number of the last reported sync."""
    wrong = []
    with Ledger(path) as ledger:
        (integrity,) = ledger.file.first("PRAGMA integrity_check")
        if integrity != "ok":
            wrong.append(f"integrity_check: {integrity}")
        wrong += [f"{cube} differs from a new count" for cube in differing_rollups(ledger)]
        jobs = ledger.jobs()
        if len(jobs) < JOBS * reported:
            wrong.append(f"{len(jobs)} jobs instead of at least {JOBS * reported}")
        over = jobs[jobs["job_id"].astype("int64") <= JOBS * (reported - 1)]
        if not over["status"].isin(["completed", "failed"]).all():
            wrong.append("a job is open whose end was reported")
        followed = over[over["job_id"].astype("int64") > JOBS]  # created after the first sync
        if followed["finished_source"].isna().any():
            wrong.append("a reported end is missing")
        messages = len(ledger.failures())
        if messages != jobs["errors"].sum():
            wrong.append(f"{messages} messages instead of {jobs['errors'].sum()}")
    return wrong


def differing_rollups(ledger: Ledger) -> list[str]:
    """Return the names of the rollups that differ from a new count."""
    kept = cells(ledger)
    ledger.rebuild_rollups()
    return [name for name, rows in cells(ledger).items() if rows != kept[name]]


def cells(ledger: Ledger) -> dict[str, list[object]]:
    return {
        cube.name: sorted(ledger.file.all(f"SELECT * FROM {cube.name}"), key=repr) for cube in CUBES
    }


if __name__ == "__main__":
    sync_repeatedly(*sys.argv[1:])
