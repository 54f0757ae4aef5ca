"""Writing 10,000 jobs to a history of ten million, with a concurrent reader, and SIGKILL tests.

Run as `python tests/bench/history.py [--jobs N] [--rounds N] [--kills N] [--seed N] [--keep FILE]`.

The history is filled by SQL; `--keep` creates the file or reuses it. Each round writes 9,000
changed jobs and 1,000 new ones, each time different ones, in three ways: by a bare `executemany`
upsert of the same rows into the same table, in one transaction; by an upsert that also omits the
columns that can't have changed; and by the ledger, which compares the rows and also writes changes,
messages, months and rollups. (The bare upserts don't update the rollups.) "recent" chooses the
changed jobs from the last 40,000, "scattered" from all jobs. The figures are medians of this
process's CPU seconds; the ways run in turns.

Meanwhile, another process reads and reports its longest query, which is compared with its longest
query without a writer. At the end, a process that syncs is killed at seeded random moments. Each
kill is followed by a check that the file is intact, contains every completed sync, and has the same
rollups as a recount.
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

BEGIN, PACE = 1_740_000_000, 3  # time of the first job, and seconds between jobs
FIRST, RECENT, OPEN, CHANGED, NEW = 4_000_000, 40_000, 20_000, 9_000, 1_000
MESSAGES = [f"The tag 'order.line{number}' was not provided." for number in range(50)]

# Each job's values are SQLite expressions of its index n. Durations are 1 to about 200 s.
FILL = f"""
WITH RECURSIVE indexes(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM indexes WHERE n + 1 < :jobs),
drawn AS (SELECT n, {BEGIN} + n / 12 * {PACE * 12} AS created_at, n * 2654435761 % 1000 AS chance,
    1 + (n * 40503 % 97) * (n * 40503 % 97) / 50 AS duration, n / 12 * 7919 % 500 AS kind
    FROM indexes),
with_state AS (SELECT *, CASE WHEN n >= :jobs - {OPEN} THEN 'pending' WHEN chance < 30 THEN 'failed'
    WHEN chance < 70 THEN 'completed_with_error' ELSE 'completed' END AS state FROM drawn)
INSERT INTO job_records ({", ".join(COLUMNS)}, read_at, poll, output_at, output_read, folder_id,
    finished_after, finished_before)
SELECT {FIRST} + n, {FIRST} + n / 12, 1000000 + kind, 2000000 + kind, state,
    iif(kind % 3, 'pdf', 'docx'), iif(state LIKE 'comp%', 30000000 + n, NULL),
    iif(state LIKE 'comp%', 40000000 + n, NULL), created_at, 5000 + kind % 200, 7000001, 'api',
    NULL, chance < 70, 0, created_at + 300, 1, iif(state LIKE 'comp%', created_at + duration, NULL),
    state LIKE 'comp%', iif(state LIKE 'comp%', 9000 + kind % 50, NULL),
    iif(state = 'failed', created_at + duration, NULL),
    iif(state = 'failed', created_at + duration + 15, NULL)
FROM with_state
"""
BARE = (
    f"INSERT INTO job_records ({', '.join(COLUMNS)}, read_at, poll) "
    f"VALUES ({', '.join('?' * (len(COLUMNS) + 2))}) ON CONFLICT (job_id) DO UPDATE SET "
)
UPSERT_ALL = BARE + ", ".join(
    f"{name} = excluded.{name}" for name in (*COLUMNS[1:], "read_at", "poll")
)
# Omits the columns that can't have changed, so that SQLite doesn't update three indexes.
UPSERT_CHANGING = BARE + ", ".join(
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
        ledger.file.all("SELECT status FROM job_records ORDER BY job_id DESC LIMIT 100")
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
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = options.keep or Path(folder) / "history.sqlite"
        if not path.exists():
            fill(path, options.jobs)
        with Ledger(path) as ledger:
            show_size(ledger)
            alone = reader_alone(path)
            with reading(path) as waits:
                for choice in ("recent", "scattered"):
                    measure(ledger, choice, options.rounds, options.seed)
            show_reader(alone, waits)
        errors = kill_repeatedly(Path(folder), options.kills, options.seed)
    return 1 if errors else 0


def fill(path: Path, jobs: int) -> None:
    begin = time.process_time()
    with Ledger(path) as ledger:
        with ledger.file.write() as db:
            db.execute("INSERT INTO polls (begun_at, complete, written) VALUES (1, 1, 1)")
            db.execute(FILL, {"jobs": jobs})
        filled = time.process_time()
        ledger.rebuild_rollups()
        with ledger.file.use() as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    print(
        f"filled in {filled - begin:.0f} CPU s, rollups rebuilt in "
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


def measure(ledger: Ledger, choice: str, rounds: int, seed: int) -> None:
    chance = random.Random(f"{seed} {choice}")
    times: dict[str, list[tuple[float, float]]] = {
        "bare": [],
        "bare, fewer columns": [],
        "ledger": [],
    }
    for _ in range(rounds):
        times["bare"].append(write_bare(ledger, make_rows(ledger, choice, chance), UPSERT_ALL))
        times["bare, fewer columns"].append(
            write_bare(ledger, make_rows(ledger, choice, chance), UPSERT_CHANGING)
        )
        times["ledger"].append(write_with_ledger(ledger, make_rows(ledger, choice, chance)))
    base = [statistics.median(one[k] for one in times["bare"]) for k in (0, 1)]
    print(f"\n{choice}: {CHANGED + NEW:,} rows   CPU s   ratio   wall s   ratio")
    for name, measured in times.items():
        cpu, wall = (statistics.median(one[k] for one in measured) for k in (0, 1))
        print(f"  {name:<22}{cpu:>9.3f}{cpu / base[0]:>8.2f}{wall:>9.3f}{wall / base[1]:>8.2f}")


def make_rows(ledger: Ledger, choice: str, chance: random.Random) -> list[tuple[Any, ...]]:
    """Return rows of existing jobs with another status, followed by rows of new jobs."""
    (last,) = ledger.file.first("SELECT max(job_id) FROM job_records") or (0,)
    first = last - RECENT if choice == "recent" else FIRST
    ids = chance.sample(range(first, last + 1), CHANGED)
    names = ", ".join(COLUMNS)
    sql = f"SELECT {names} FROM job_records WHERE job_id IN (SELECT value FROM json_each(?))"
    changed = []
    for row in ledger.file.all(sql, (str(ids),)):
        status = "failed" if row[4] != "failed" else "completed_with_error"
        changed.append((*row[:4], status, *row[5:13], 1, 0))
    newest = max(changed)
    new = [
        (last + n, *newest[1:4], "pending", newest[5], None, None, *newest[8:13], 0, 0)
        for n in range(1, NEW + 1)
    ]
    chance.shuffle(changed)
    return new + changed


def write_bare(ledger: Ledger, rows: list[tuple[Any, ...]], sql: str) -> tuple[float, float]:
    now = time.time()
    with measured_time() as seconds, ledger.file.write() as db:
        db.executemany(sql, [(*row, now, 1) for row in rows])
    return seconds[0], seconds[1]


def write_with_ledger(ledger: Ledger, rows: list[tuple[Any, ...]]) -> tuple[float, float]:
    messages = [(row[0], "error", 0, MESSAGES[row[0] % 50]) for row in rows if row[13]]
    with measured_time() as seconds, ledger.file.write() as db:
        poll = begin_poll(db, begun_at=time.time())
        counts = record(db, Reading(rows, messages), poll=poll, ended_at=time.time())
        complete_poll(db, poll)
    assert counts == (NEW, CHANGED), counts
    return seconds[0], seconds[1]


@contextmanager
def measured_time() -> Iterator[list[float]]:
    seconds: list[float] = []
    cpu, wall = time.process_time(), time.perf_counter()
    yield seconds
    seconds += [time.process_time() - cpu, time.perf_counter() - wall]


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
        f"\nreader in another process: {waits[-2]} pairs of queries, longest "
        f"{float(waits[-1]):.3f} s; without a writer {alone[-2]} pairs, longest "
        f"{float(alone[-1]):.3f} s"
    )


def kill_repeatedly(folder: Path, kills: int, seed: int) -> list[str]:
    chance, path, errors = random.Random(seed), folder / "killed.sqlite", []
    completed = last = 0
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    for _ in range(kills):
        with subprocess.Popen(
            command(path), stdout=subprocess.PIPE, text=True, env=environment
        ) as process:
            assert process.stdout is not None
            process.stdout.readline()  # the first sync of this process completed
            time.sleep(chance.uniform(0, 1.0))
            os.kill(process.pid, signal.SIGKILL)
            lines = process.stdout.read().split()
        last = int(lines[-1]) if lines else last + 1
        errors += check(path, last)
        completed += len(lines) + 1
    print(f"\n{kills} kills with SIGKILL, seed {seed}, {completed} completed syncs: ", end="")
    print("no errors" if not errors else f"{len(errors)} errors")
    for line in errors:
        print(line)
    return errors


if __name__ == "__main__":
    code = main()
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")
    sys.exit(code)
