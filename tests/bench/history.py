"""Ten thousand changed jobs into a history of ten million, a reader meanwhile, and SIGKILL.

Run as `python tests/bench/history.py [--jobs N] [--rounds N] [--kills N] [--keep FILE]`.

The history is filled by SQL (`--keep` uses a file again). Each round writes 9,000 changed jobs
and 1,000 new ones, each time others: by a bare `executemany` upsert of the same rows into the same
table, in one transaction; by one that also leaves out the columns that cannot have changed; and by
the ledger, which compares, writes changes, messages, months and rollups, and then the same rows.
(The bare ones leave the rollups of this file behind.) "recent" takes the changed jobs from the last
40,000, "scattered" from anywhere. CPU seconds of this process, in turns; ratios of medians.

A process that reads all the while prints its worst wait, next to its worst wait alone. At the end
a process that syncs is killed at seeded random moments; after each kill the file is checked: whole,
every sync that was told of there, rollups equal to those counted anew.
"""

import argparse
import os
import random
import resource
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))
from ledger.interrupted_sync import check, command

from docgen_nb.ledger import Ledger
from docgen_nb.ledger.job_rows import COLUMNS, Reading
from docgen_nb.ledger.rollups import CUBES
from docgen_nb.ledger.writes import begin_poll, complete_poll, record

BEGIN, PACE = 1_740_000_000, 3  # the first job, and seconds between jobs
FIRST, RECENT, OPEN, CHANGED, NEW = 4_000_000, 40_000, 20_000, 9_000, 1_000
MESSAGES = [f"The tag 'order.line{number}' was not provided." for number in range(50)]

# A job's numbers, as sqlite expressions of its place n. The durations are 1 to about 200 s.
FILL = f"""
WITH RECURSIVE place(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM place WHERE n + 1 < :jobs),
drawn AS (SELECT n, {BEGIN} + n / 12 * {PACE * 12} AS created_at, n * 2654435761 % 1000 AS chance,
    1 + (n * 40503 % 97) * (n * 40503 % 97) / 50 AS duration, n / 12 * 7919 % 500 AS kind
    FROM place),
told AS (SELECT *, CASE WHEN n >= :jobs - {OPEN} THEN 'pending' WHEN chance < 30 THEN 'failed'
    WHEN chance < 70 THEN 'completed_with_error' ELSE 'completed' END AS state FROM drawn)
INSERT INTO jobs ({", ".join(COLUMNS)}, read_at, poll, output_at, output_read, folder_id,
    finished_after, finished_before)
SELECT {FIRST} + n, {FIRST} + n / 12, 1000000 + kind, 2000000 + kind, state,
    iif(kind % 3, 'pdf', 'docx'), iif(state LIKE 'comp%', 30000000 + n, NULL),
    iif(state LIKE 'comp%', 40000000 + n, NULL), created_at, 5000 + kind % 200, 7000001, 'api',
    NULL, chance < 70, 0, created_at + 300, 1, iif(state LIKE 'comp%', created_at + duration, NULL),
    state LIKE 'comp%', iif(state LIKE 'comp%', 9000 + kind % 50, NULL),
    iif(state = 'failed', created_at + duration, NULL),
    iif(state = 'failed', created_at + duration + 15, NULL)
FROM told
"""
BARE = (
    f"INSERT INTO jobs ({', '.join(COLUMNS)}, read_at, poll) "
    f"VALUES ({', '.join('?' * (len(COLUMNS) + 2))}) ON CONFLICT (job_id) DO UPDATE SET "
)
ALL = BARE + ", ".join(f"{name} = excluded.{name}" for name in (*COLUMNS[1:], "read_at", "poll"))
# The peer that knows what cannot have changed, and so leaves three indexes alone.
LEAN = BARE + ", ".join(
    f"{name} = excluded.{name}"
    for name in (*COLUMNS[2:], "read_at", "poll")
    if name != "created_at"
)
READER = """
import sys, time
from docgen_nb.ledger import Ledger
worst, queries = 0.0, 0
with Ledger(sys.argv[1]) as ledger:
    ledger.rollup(["status"])
    print("ready", flush=True)
    end = time.monotonic() + float(sys.argv[2]) if float(sys.argv[2]) else None
    while end is None or time.monotonic() < end:
        begin = time.perf_counter()
        ledger.file.all("SELECT status FROM jobs ORDER BY job_id DESC LIMIT 100")
        ledger.rollup(["status"])
        worst, queries = max(worst, time.perf_counter() - begin), queries + 1
        print(f"{queries} {worst}", flush=True)
"""


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--jobs", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = given.keep or Path(folder) / "history.sqlite"
        if not path.exists():
            fill(path, given.jobs)
        with Ledger(path) as ledger:
            show_size(ledger)
            alone = reader_alone(path)
            with reading(path) as waits:
                for place in ("recent", "scattered"):
                    measure(ledger, place, given.rounds, given.seed)
            show_reader(alone, waits)
        wrong = kill_again_and_again(Path(folder), given.kills, given.seed)
    return 1 if wrong else 0


def fill(path: Path, jobs: int) -> None:
    begin = time.process_time()
    with Ledger(path) as ledger:
        with ledger.file.write() as db:
            db.execute("INSERT INTO polls (begun_at, complete, written) VALUES (1, 1, 1)")
            db.execute(FILL, {"jobs": jobs})
        filled = time.process_time()
        ledger.rebuild_rollups()
        db = ledger.file.database()
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    print(
        f"filled in {filled - begin:.0f} CPU s, rollups counted in "
        f"{time.process_time() - filled:.0f} CPU s"
    )


def show_size(ledger: Ledger) -> None:
    size = ledger.file.path.stat().st_size / 1e6
    print(f"{ledger!r}, {size:.0f} MB")
    try:
        pages = dict(ledger.file.all("SELECT name, sum(pgsize) FROM dbstat GROUP BY name"))
    except sqlite3.OperationalError:  # SQLite was built without dbstat
        pages = {}
    for cube in CUBES:
        (rows,) = ledger.file.first(f"SELECT count(*) FROM {cube.name}") or (0,)
        print(f"  {cube.name:<28}{rows:>10,} values {pages.get(cube.name, 0) / 1e6:>8.1f} MB")


def measure(ledger: Ledger, place: str, rounds: int, seed: int) -> None:
    chance = random.Random(f"{seed} {place}")
    times: dict[str, list[tuple[float, float]]] = {"bare": [], "bare, lean": [], "ledger": []}
    for _ in range(rounds):
        times["bare"].append(bare(ledger, rows(ledger, place, chance), ALL))
        times["bare, lean"].append(bare(ledger, rows(ledger, place, chance), LEAN))
        times["ledger"].append(recorded(ledger, rows(ledger, place, chance)))
    base = [statistics.median(found[k] for found in times["bare"]) for k in (0, 1)]
    print(f"\n{place}: {CHANGED + NEW:,} rows   CPU s   ratio   wall s   ratio")
    for name, found in times.items():
        cpu, wall = (statistics.median(one[k] for one in found) for k in (0, 1))
        print(f"  {name:<22}{cpu:>9.3f}{cpu / base[0]:>8.2f}{wall:>9.3f}{wall / base[1]:>8.2f}")


def rows(ledger: Ledger, place: str, chance: random.Random) -> list[tuple[Any, ...]]:
    """Rows that differ from what is there: open ones ended, ended ones otherwise ended; new."""
    (last,) = ledger.file.first("SELECT max(job_id) FROM jobs") or (0,)
    first = last - RECENT if place == "recent" else FIRST
    ids = chance.sample(range(first, last + 1), CHANGED)
    names = ", ".join(COLUMNS)
    sql = f"SELECT {names} FROM jobs WHERE job_id IN (SELECT value FROM json_each(?))"
    found = []
    for row in ledger.file.all(sql, (str(ids),)):
        status = "failed" if row[4] != "failed" else "completed_with_error"
        found.append((*row[:4], status, *row[5:13], 1, 0))
    newest = max(found)
    new = [
        (last + n, *newest[1:4], "pending", newest[5], None, None, *newest[8:13], 0, 0)
        for n in range(1, NEW + 1)
    ]
    chance.shuffle(found)
    return new + found


def bare(ledger: Ledger, found: list[tuple[Any, ...]], sql: str) -> tuple[float, float]:
    now = time.time()
    with clocked() as took, ledger.file.write() as db:
        db.executemany(sql, [(*row, now, 1) for row in found])
    return took[0], took[1]


def recorded(ledger: Ledger, found: list[tuple[Any, ...]]) -> tuple[float, float]:
    messages = [(row[0], "error", 0, MESSAGES[row[0] % 50]) for row in found if row[13]]
    with clocked() as took, ledger.file.write() as db:
        poll = begin_poll(db, begun_at=time.time())
        counts = record(db, Reading(found, messages), poll=poll, ended_at=time.time())
        complete_poll(db, poll)
    assert counts == (NEW, CHANGED), counts
    return took[0], took[1]


@contextmanager
def clocked() -> Iterator[list[float]]:
    took: list[float] = []
    cpu, wall = time.process_time(), time.perf_counter()
    yield took
    took += [time.process_time() - cpu, time.perf_counter() - wall]


def reader_alone(path: Path) -> list[str]:
    command = [sys.executable, "-c", READER, str(path), "5"]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.split()


@contextmanager
def reading(path: Path) -> Iterator[list[str]]:
    waits: list[str] = []
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen([sys.executable, "-c", READER, str(path), "0"], stdout=log)
        try:
            yield waits
        finally:
            process.kill()
            process.wait()
        log.seek(0)
        waits += log.read().rpartition("\n")[0].split()


def show_reader(alone: list[str], waits: list[str]) -> None:
    print(
        f"\nreader in another process: {waits[-2]} pairs of queries, the longest took "
        f"{float(waits[-1]):.3f} s; alone {alone[-2]} pairs, the longest {float(alone[-1]):.3f} s"
    )


def kill_again_and_again(folder: Path, kills: int, seed: int) -> list[str]:
    chance, path, wrong = random.Random(seed), folder / "killed.sqlite", []
    told = last = 0
    for _ in range(kills):
        with subprocess.Popen(command(path), stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            process.stdout.readline()  # the first sync of this life was told of
            time.sleep(chance.uniform(0, 1.0))
            os.kill(process.pid, signal.SIGKILL)
            lines = process.stdout.read().split()
        last = int(lines[-1]) if lines else last + 1
        wrong += check(path, last)
        told += len(lines) + 1
    print(f"\n{kills} kills with SIGKILL, seed {seed}, {told} syncs told of: ", end="")
    print("nothing lost, nothing damaged, rollups in step" if not wrong else "")
    for line in wrong:
        print(line)
    return wrong


if __name__ == "__main__":
    code = main()
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")
    sys.exit(code)
