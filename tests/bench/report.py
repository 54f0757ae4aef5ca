"""The time and the memory of a report, from tables and from a ledger.

Run as `python tests/bench/report.py [--jobs N ...] [--ledger N]`.

Each table has N jobs of four weeks in batches of about twelve, of 20 templates, with one message
for each failed job. The ledger has N jobs of N / 500,000 weeks, filled by SQL without its counts.
Each report is made in a process of its own; imports are outside the clock. Peak memory includes
the table.
"""

import argparse
import multiprocessing
import resource
import tempfile
import time
from contextlib import closing
from pathlib import Path

import numpy as np
import pandas as pd

from docgen_nb.ledger import Ledger
from docgen_nb.reports import report

NOW = pd.Timestamp("2025-11-03T12:00Z")
A_WEEK = 500_000
_FILL = """
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :jobs)
INSERT INTO job_records (job_id, batch_id, template_id, template_version_id, status, output_type,
    created_at, errors, warnings, read_at, poll, output_at)
SELECT 4000000 + i, 3000000 + i / 12, 1000000 + i / 12 % 20, 2000000 + i / 12 % 20,
    CASE WHEN i % 97 = 0 THEN 'failed' ELSE 'completed' END, 'pdf',
    :end - (i / 12) * 12.0 * :step, CASE WHEN i % 97 = 0 THEN 1 ELSE 0 END, 0, :end, 1,
    CASE WHEN i % 97 THEN :end - (i / 12) * 12.0 * :step + 2 + i % 23 END
FROM n
"""


def make_table(jobs: int) -> pd.DataFrame:
    """Return jobs of four weeks."""
    random = np.random.default_rng(0)
    batch = np.arange(jobs) // 12
    seconds = np.sort(random.integers(0, 28 * 86_400, batch[-1] + 1))[batch]
    created = pd.Timestamp("2025-10-06", tz="UTC") + pd.to_timedelta(seconds, unit="s")
    failed = random.random(jobs) < 0.03
    took = random.gamma(2, 3, jobs).round() + 1
    template = pd.Series(1_000_000 + batch % 20).astype("str")
    return pd.DataFrame(
        {
            "job_id": pd.Series(np.arange(jobs)).astype("str"),
            "batch_id": pd.Series(batch).astype("str"),
            "template_id": template,
            "template_version_id": template,
            "status": pd.Series(np.where(failed, "failed", "completed"), dtype="str"),
            "created_at": created.as_unit("us"),
            "finished_at": (created + pd.to_timedelta(took, unit="s")).as_unit("us"),
            "duration_seconds": np.where(failed, np.nan, took),
            "read_at": NOW.as_unit("us"),
        }
    )


def of_table(jobs: int, folder: str) -> tuple[float, float, float]:
    """Return the seconds and CPU seconds of a report, and its peak memory in MB."""
    table = make_table(jobs)
    failed = table[table["status"] == "failed"]
    messages = failed.assign(severity="error", message="The document could not be converted.")
    return _timed(table, folder, failures=messages)


def of_ledger(jobs: int, folder: str) -> tuple[float, float, float]:
    """Return the same for a ledger."""
    with Ledger(Path(folder) / "history.sqlite") as ledger:
        step = 7 * 86_400 / A_WEEK
        end = pd.Timestamp("2025-11-03", tz="UTC").timestamp() - 1
        with ledger.file.write() as db:
            db.execute("INSERT INTO polls VALUES (1, ?, 1, 1)", (NOW.timestamp(),))
            db.execute(_FILL, {"jobs": jobs, "end": end, "step": step})
        return _timed(ledger, folder)


def _timed(source: object, folder: str, **options: object) -> tuple[float, float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    report(source, Path(folder) / "report.html", now=NOW, **options)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return wall, cpu, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, nargs="*", default=[10_000, 1_000_000])
    parser.add_argument("--ledger", type=int, default=0, help="jobs of the ledger")
    arguments = parser.parse_args()
    runs = [("table", of_table, jobs) for jobs in arguments.jobs]
    runs += [("ledger", of_ledger, arguments.ledger)] if arguments.ledger else []
    spawn = multiprocessing.get_context("spawn")
    for name, run, jobs in runs:
        with tempfile.TemporaryDirectory() as folder, closing(spawn.Pool(1)) as pool:
            wall, cpu, memory = pool.apply(run, (jobs, folder))
        times = f"{wall:6.2f} s ({cpu:.2f} s of CPU)"
        print(f"{name} of {jobs:>10,} jobs: {times}, {memory:,.0f} MB at most")


if __name__ == "__main__":
    main()
