"""A process that syncs again and again until it is killed, and the check of what it left behind.

The service is a stand-in that follows from the number of the sync alone, so that every life of the
process goes on where the last sync was told of. Run as a module: FILE [MOMENT [SYNC]]; it prints
the number of each sync that returned. With a moment it kills itself at the first statement that
begins so, in that sync.
"""

import os
import signal
import sys
from pathlib import Path

from ledger.fake_client import Box

from docgen_nb.ledger import Ledger
from docgen_nb.ledger.rollups import CUBES

JOBS, PAGE, BATCH = 60, 25, 20  # jobs that each sync finds new, of a page, of a batch
NOON = 1_772_452_800


def box_at(number: int) -> Box:
    """The service at one sync: jobs end in the sync after that which found them."""
    box = Box(page_size=PAGE)
    for place in range(JOBS * number):
        is_over = place < JOBS * (number - 1)
        status = ("failed" if place % 9 == 0 else "completed") if is_over else "pending"
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
            box.end(str(place + 1), status, file=f"7{place}", at="2026-03-03T00:00:00Z")
    return box


def go_on(path: str, moment: str = "", in_sync: str = "0") -> None:
    with Ledger(path) as ledger:
        number = len(ledger.jobs()) // JOBS
        while True:
            number += 1
            if number == int(in_sync):
                kill_at(ledger, moment)
            ledger.sync(box_at(number), clock=lambda now=NOON + 100_000 + number: now)
            print(number, flush=True)


def kill_at(ledger: Ledger, moment: str) -> None:
    def look(statement: str) -> None:
        if statement.lstrip().startswith(moment):
            os.kill(os.getpid(), signal.SIGKILL)

    ledger.file.database().set_trace_callback(look)


def command(path: Path, *words: str) -> list[str]:
    return [sys.executable, __file__, str(path), *words]


def check(path: Path, told: int) -> list[str]:
    """What is wrong with the file, where the sync of this number was the last to be told of."""
    wrong = []
    with Ledger(path) as ledger:
        (whole,) = ledger.file.first("PRAGMA integrity_check")
        if whole != "ok":
            wrong.append(f"integrity_check: {whole}")
        wrong += [f"{cube} is out of step" for cube in out_of_step(ledger)]
        jobs = ledger.jobs()
        if len(jobs) < JOBS * told:
            wrong.append(f"{len(jobs)} jobs are there, after {told} syncs of {JOBS} were told of")
        over = jobs[jobs["job_id"].astype("int64") <= JOBS * (told - 1)]
        if not over["status"].isin(["completed", "failed"]).all():
            wrong.append("a job is open whose end was told of")
        if over["finished_source"].isna().any():
            wrong.append("an end is missing that was told of")
        messages = len(ledger.failures())
        if messages != jobs["errors"].sum():
            wrong.append(f"{messages} messages are there of {jobs['errors'].sum()}")
    return wrong


def out_of_step(ledger: Ledger) -> list[str]:
    """The rollups that are not those counted anew."""
    kept = cells(ledger)
    ledger.rebuild_rollups()
    return [name for name, rows in cells(ledger).items() if rows != kept[name]]


def cells(ledger: Ledger) -> dict[str, list[object]]:
    return {
        cube.name: sorted(ledger.file.all(f"SELECT * FROM {cube.name}"), key=repr) for cube in CUBES
    }


if __name__ == "__main__":
    go_on(*sys.argv[1:])
