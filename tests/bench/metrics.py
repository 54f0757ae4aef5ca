"""Metrics beside hand-written SQL and plain pandas, in one run on one machine.

Run as `python tests/bench/metrics.py [--rows N] [--rounds N] [PART ...]`, where PART is one of
scan, rollups, pandas, small (all by default). The same five questions are put to each way: how
many jobs have each status, how many were created and finished in each hour and open at its end,
what share failed of each template, how long jobs of each output type take (three quantiles), and
which patterns of messages most jobs have.

- *scan*: over Parquet, through DuckDB, against SQL written by hand with exact quantiles;
- *rollups*: the same but the messages, from the counts that a ledger keeps, against the scan;
- *pandas*: over a table in memory, against the plain pandas that most would write;
- *small*: each metric on ten rows.

Each way runs in a process of its own, in turns, and the answers are compared. Read the ratios of
CPU time, not the seconds. Data is made in a temporary folder, about 40 bytes a row, and deleted.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

PARTS = ("scan", "rollups", "pandas", "small")
PER_FILE = 1_000_000
QUESTIONS = ("outcomes", "throughput", "by template", "quantiles", "messages")
QUANTILES = (0.5, 0.95, 0.99)
Answers = Iterator[tuple[str, Any]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000, help="jobs (%(default)s)")
    parser.add_argument("--pandas-rows", type=int, default=5_000_000, help="in memory")
    parser.add_argument("--rounds", type=int, default=3, help="of each way (%(default)s)")
    parser.add_argument("--way", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("part", nargs="*", default=PARTS, help=", ".join(PARTS))
    chosen = parser.parse_args()
    if chosen.way:
        print(json.dumps(measured(WAYS[chosen.way], chosen.folder)))
        return
    if "small" in chosen.part:
        small()
    with tempfile.TemporaryDirectory(prefix="docgen-bench-") as name:
        folder = Path(name)
        if {"scan", "rollups"} & {*chosen.part}:
            child("make", folder / "scan", rows=chosen.rows)
            ways = ["sql", "metrics"] if "scan" in chosen.part else ["metrics"]
            by_way = rounds(ways, folder / "scan", chosen.rounds)
            if "scan" in chosen.part:
                report(f"scan: {chosen.rows:,} jobs in Parquet, through DuckDB", by_way, "sql")
                agree(by_way["sql"][0], by_way["metrics"][0])
            if "rollups" in chosen.part:
                child("roll", folder / "scan", rows=chosen.rows)
                by_way |= rounds(["rollups"], folder / "scan", chosen.rounds)
                of_four = {name: [without(one) for one in runs] for name, runs in by_way.items()}
                report(f"rollups: of {chosen.rows:,} jobs, without messages", of_four, "metrics")
                agree(of_four["metrics"][0], of_four["rollups"][0])
        if "pandas" in chosen.part:
            child("make", folder / "pandas", rows=chosen.pandas_rows)
            by_way = rounds(["pandas", "metrics on pandas"], folder / "pandas", chosen.rounds)
            report(f"pandas: {chosen.pandas_rows:,} jobs in memory", by_way, "pandas")
            agree(by_way["pandas"][0], by_way["metrics on pandas"][0])


# Running ways and telling of them


def child(way: str, folder: Path, *, rows: int = 0) -> Any:
    folder.mkdir(exist_ok=True)
    line = [sys.executable, __file__, "--way", way, "--folder", str(folder), "--rows", str(rows)]
    return json.loads(subprocess.run(line, check=True, stdout=subprocess.PIPE).stdout)


def rounds(ways: list[str], folder: Path, number: int) -> dict[str, list[Any]]:
    by_way: dict[str, list[Any]] = {way: [] for way in ways}
    for _ in range(number):
        for way in ways:
            by_way[way].append(child(way, folder))
    return by_way


def measured(way: Callable[[Path], Answers], folder: Path) -> dict[str, Any]:
    """Return the CPU and wall seconds of each answer, the peak memory and the answers."""
    cpu: dict[str, float] = {}
    answers: dict[str, Any] = {}
    steps = way(folder)
    wall = None
    while True:
        before = time.process_time()
        answer = next(steps, None)
        if answer is None:
            break
        if answer[0] == "ready":  # imports and what is read into memory are not counted
            wall = time.perf_counter()
            continue
        cpu[answer[0]] = time.process_time() - before
        answers[answer[0]] = answer[1]
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    seconds = time.perf_counter() - wall if wall else 0
    return {"cpu": cpu, "wall": seconds, "memory": most, "answers": answers}


def without(run: dict[str, Any]) -> dict[str, Any]:
    """Return the run without its messages, its wall time reduced in proportion."""
    cpu = {name: seconds for name, seconds in run["cpu"].items() if name != "messages"}
    answers = {name: answer for name, answer in run["answers"].items() if name != "messages"}
    wall = run["wall"] * sum(cpu.values()) / sum(run["cpu"].values())
    return {**run, "cpu": cpu, "wall": wall, "answers": answers}


def report(title: str, by_way: dict[str, list[Any]], peer: str) -> None:
    print(f"\n{title}\n")
    names = list(by_way[peer][0]["cpu"])
    print(f"{'CPU seconds (median)':22}" + "".join(f"{name:>13}" for name in names), end="")
    print(f"{'sum':>9}{'ratio':>8}{'wall s':>9}{'MiB':>7}")
    peer_sum = statistics.median(sum(run["cpu"].values()) for run in by_way[peer])
    for way, runs in by_way.items():
        medians = [statistics.median(run["cpu"].get(name, 0) for run in runs) for name in names]
        total = statistics.median(sum(run["cpu"].values()) for run in runs)
        wall = statistics.median(run["wall"] for run in runs)
        memory = max(run["memory"] for run in runs)
        print(f"{way:22}" + "".join(f"{seconds:13.3f}" for seconds in medians), end="")
        print(f"{total:9.3f}{total / peer_sum:8.3f}{wall:9.2f}{memory:7.0f}")


def agree(one: dict[str, Any], other: dict[str, Any]) -> None:
    """Stop where two ways gave different answers; quantiles may lie a step of time apart."""
    for name, told in one["answers"].items():
        same = other["answers"][name]
        if name == "quantiles":
            pairs = list(zip(told, same, strict=True))
            if all(abs(a - b) <= max(1, 0.011 * a) for a, b in pairs):
                continue
        if told != same:
            sys.exit(f"{name}: {told} is not {same}")
    print("the answers agree")


# The data


def make(folder: Path) -> Answers:
    """Jobs over two years of work in Parquet of a million rows a file, and their messages."""
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    rows = int(sys.argv[sys.argv.index("--rows") + 1])
    for name in ("jobs", "failures"):
        (folder / name).mkdir()
    for first in range(0, rows, PER_FILE):
        last = min(first + PER_FILE, rows)
        connection.execute(f"CREATE OR REPLACE TABLE made AS {_jobs(first, last, rows)}")
        for name, sql in (("jobs", "SELECT * EXCLUDE (chance) FROM made"), ("failures", MESSAGES)):
            target = folder / name / f"part{first // PER_FILE:03}.parquet"
            connection.execute(f"COPY ({sql}) TO '{target}' (FORMAT parquet, COMPRESSION zstd)")
    yield "made", rows


def _jobs(first: int, last: int, rows: int) -> str:
    """Jobs in the order of their creation, whose values are drawn from a hash of their number."""
    return f"""
        SELECT *, CASE WHEN status LIKE 'completed%' THEN created_at + to_seconds(took) END
                AS finished_at,
            CASE WHEN status LIKE 'completed%' THEN 'output_file' END AS finished_source,
            CASE WHEN status LIKE 'completed%' THEN took::DOUBLE END AS duration_seconds,
            TIMESTAMPTZ '2026-01-01 06:00:00+00' AS read_at
        FROM (
            SELECT (8000000000 + n)::VARCHAR AS job_id,
                (500000 + n // 12)::VARCHAR AS batch_id,
                (1000 + (hash(n // 12) % 500))::VARCHAR AS template_id,
                (70000 + (hash(n // 12) % 500) * 4 + n * 4 // {rows})::VARCHAR
                    AS template_version_id,
                CASE WHEN n > {rows} - 20 THEN 'pending'
                    WHEN hash(n, 'status') % 1000 < 35 THEN 'failed'
                    WHEN hash(n, 'status') % 1000 < 70 THEN 'completed_with_error'
                    ELSE 'completed' END AS status,
                CASE WHEN hash(n // 12, 'type') % 10 < 3 THEN 'pdf' ELSE 'docx' END AS output_type,
                (11 + hash(n // 12, 'user') % 200)::VARCHAR AS created_by_id,
                'api' AS source,
                TIMESTAMPTZ '2024-01-01 00:00:00+00'
                    + to_seconds((n::DOUBLE * 63158000 / {rows})::BIGINT) AS created_at,
                (1 + exp(1.2 + (hash(n // 12, 'type') % 10 < 3)::INT * 0.8
                    + 0.9 * sqrt(-2 * ln(1e-9 + (hash(n, 'a') % 1000000) / 1000000.0))
                    * cos(6.2832 * (hash(n, 'b') % 1000000) / 1000000.0)))::BIGINT AS took,
                hash(n, 'message') AS chance
            FROM range({first}, {last}) AS numbers(n)
        )
    """.replace("SELECT *, CASE", "SELECT * EXCLUDE (took), CASE", 1)


MESSAGES = """
    SELECT job_id, batch_id, template_id, template_version_id, status, output_type,
        created_by_id, source, created_at, 'error' AS severity,
        CASE WHEN chance % 7 < 4 THEN 'The tag ''order.field' || (chance % 199)
                || ''' was not provided in the input data.'
            WHEN chance % 7 = 4 THEN 'The document could not be converted to PDF.'
            WHEN chance % 7 = 5 THEN 'The document took ' || (60 + chance % 40) || ' seconds.'
            ELSE 'Image for tag ''picture' || (chance % 37) || ''' could not be fetched: HTTP 404.'
        END AS message,
        read_at
    FROM made WHERE status IN ('failed', 'completed_with_error')
"""


# The ways


def sql(folder: Path) -> Answers:
    """Written by hand, as somebody would who knows DuckDB well."""
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    for name in ("jobs", "failures"):
        files = folder / name / "*.parquet"
        connection.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{files}')")
    yield "ready", None
    answer = connection.sql("SELECT status, count(*) FROM jobs GROUP BY status").fetchall()
    yield "outcomes", dict(sorted(answer))
    hours = connection.sql("""
        WITH begun AS (SELECT date_trunc('hour', created_at) AS hour, count(*) AS created
                FROM jobs GROUP BY hour),
            ended AS (SELECT date_trunc('hour', finished_at) AS hour, count(*) AS finished
                FROM jobs WHERE finished_at IS NOT NULL GROUP BY hour),
            opened AS (SELECT date_trunc('hour', created_at) AS hour, count(*) AS entered
                FROM jobs WHERE finished_at IS NOT NULL OR status IN ('pending', 'submitted')
                GROUP BY hour)
        SELECT hour, created, finished, sum(coalesce(entered, 0) - coalesce(finished, 0))
            OVER (ORDER BY hour) AS open
        FROM begun FULL JOIN ended USING (hour) FULL JOIN opened USING (hour) ORDER BY hour
    """).fetchnumpy()
    yield "throughput", flow(hours["created"], hours["finished"], hours["open"])
    answer = connection.sql("""
        SELECT template_id, count(*) FILTER (status = 'failed') / count(*) FROM jobs
        GROUP BY template_id ORDER BY template_id
    """).fetchall()
    yield "by template", [len(answer), round(sum(share for _, share in answer), 6)]
    answer = connection.sql(f"""
        SELECT output_type, quantile_cont(duration_seconds, {list(QUANTILES)}) FROM jobs
        GROUP BY output_type ORDER BY output_type
    """).fetchall()
    yield "quantiles", [seconds for _, each in answer for seconds in each]
    answer = connection.sql("""
        WITH patterns AS (
            SELECT message, regexp_replace(regexp_replace(message, '''[^'']*''', '''<tag>''', 'g'),
                '\\b\\d+ seconds', '<number> seconds', 'g') AS pattern,
                regexp_extract(message, 'tag ''([^'']*)''', 1) AS tag
            FROM (SELECT DISTINCT message FROM failures)
        )
        SELECT severity, pattern, tag, count(*), count(DISTINCT job_id) AS jobs
        FROM failures JOIN patterns USING (message)
        GROUP BY severity, pattern, tag ORDER BY jobs DESC, pattern, tag LIMIT 10
    """).fetchall()
    yield "messages", [[pattern, tag, times, jobs] for _, pattern, tag, times, jobs in answer]


def flow(created: Any, finished: Any, is_open: Any) -> list[int]:
    """The hours in short: how many there are, sums, and the most that were open."""
    import numpy as np

    sums = [int(np.nansum(np.ma.filled(column, 0))) for column in (created, finished)]
    return [len(created), *sums, int(is_open.max())]


def metrics(folder: Path) -> Answers:
    """This library over the same files, through DuckDB."""
    import duckdb

    connection = duckdb.connect()
    jobs, failures = (
        connection.read_parquet(str(folder / name / "*.parquet")) for name in ("jobs", "failures")
    )
    return answers(jobs, failures)


def answers(jobs: Any, failures: Any) -> Answers:
    from docgen_nb.metrics import duration_quantiles, failure_reasons, outcomes, throughput

    yield "ready", None
    answer = outcomes(jobs)
    answer = answer[answer["jobs"] > 0].set_index("status")["jobs"]
    yield "outcomes", dict(sorted(answer.to_dict().items()))
    hours = throughput(jobs, every="1h")
    hours = hours[hours["created"] + hours["finished"] > 0]
    yield "throughput", flow(hours["created"], hours["finished"], hours["open"])
    answer = outcomes(jobs, by="template")
    shares = answer.loc[answer["status"] == "failed", "share"]
    yield "by template", [len(shares), round(float(shares.sum()), 6)]
    answer = duration_quantiles(jobs, by="output_type", quantiles=QUANTILES)
    yield "quantiles", answer["duration_seconds"].tolist()
    if failures is not None:
        columns = ["pattern", "tag", "messages", "jobs"]
        top = failure_reasons(failures).sort_values(
            ["jobs", "pattern", "tag"], ascending=[False, True, True], na_position="first"
        )
        yield "messages", top[columns].head(10).fillna("").values.tolist()


def roll(folder: Path) -> Answers:
    """A ledger whose counts are those of the jobs, as its syncs would have left them."""
    import duckdb

    from docgen_nb.ledger import Ledger, rollups
    from docgen_nb.ledger.cell_encoding import unpack

    connection = duckdb.connect()
    hour, day = "epoch({0})::BIGINT // 3600", "epoch({0})::BIGINT // 86400"
    words = {
        "created_hour": hour.format("created_at"),
        "finished_hour": f"coalesce({hour.format('finished_at')}, -1)",
        "created_day": day.format("created_at"),
        "duration_seconds": "coalesce(duration_seconds::BIGINT * 100, -1)",
        "observed_within": "-1",
    }
    names = (
        *("template_id", "template_version_id", "output_type", "status", "finished_source"),
        *("created_by_id", "source"),
    )
    selected = [f"{word} AS {name}" for name, word in words.items()]
    selected += [f"coalesce({name}, '') AS {name}" for name in names]
    with Ledger(folder / "ledger.sqlite") as ledger, ledger.file.write() as db:
        for file in sorted((folder / "jobs").glob("*.parquet")):
            answer = connection.sql(f"SELECT {', '.join(selected)} FROM '{file}'").df()
            change = [1] * len(answer)
            columns = {name: answer[name].to_numpy() for name in answer}
            for name in names:
                columns[name] = answer[name].map(_number, na_action="ignore").to_numpy("object")
            columns["folder_id"] = [""] * len(answer)
            rollups.add(db, columns, change)
        for cube in rollups.CUBES:
            values = db.execute(f"SELECT packed FROM {cube.name}").fetchall()
            cells = sum(unpack(value).shape[1] for (value,) in values)
            size = sum(len(value) for (value,) in values) / 1e6
            print(
                f"  {cube.name:28}{cells:>10,} cells {size:>8.2f} MB in {len(values)} values",
                file=sys.stderr,
            )
    size = (folder / "ledger.sqlite").stat().st_size / 1e6
    print(f"  file {size:.1f} MB", file=sys.stderr)
    yield "rolled", None


def _number(value: Any) -> Any:
    return int(value) if isinstance(value, str) and value.isdigit() else value


def rollups(folder: Path) -> Answers:
    """This library from the counts that a ledger keeps, but for messages."""
    from docgen_nb.ledger import Ledger

    with Ledger(folder / "ledger.sqlite") as ledger:
        yield from answers(ledger, None)


def in_memory(folder: Path) -> tuple[Any, Any]:
    import pandas as pd

    return tuple(pd.read_parquet(folder / name) for name in ("jobs", "failures"))


def metrics_on_pandas(folder: Path) -> Answers:
    """This library over tables in memory."""
    return answers(*in_memory(folder))


def plain_pandas(folder: Path) -> Answers:
    """What most would write who know pandas."""
    jobs, failures = in_memory(folder)
    yield "ready", None
    yield "outcomes", dict(sorted(jobs["status"].value_counts().to_dict().items()))
    created = jobs.set_index("created_at").resample("1h").size()
    ended = jobs.dropna(subset="finished_at").set_index("finished_at").resample("1h").size()
    counted = jobs[jobs["finished_at"].notna() | jobs["status"].isin(["pending", "submitted"])]
    entered = counted.set_index("created_at").resample("1h").size()
    index = created.index.union(ended.index)
    columns = [column.reindex(index, fill_value=0) for column in (created, ended, entered)]
    is_open = (columns[2] - columns[1]).cumsum()
    busy = columns[0] + columns[1] > 0
    yield "throughput", flow(columns[0][busy], columns[1][busy], is_open[busy])
    failed = (jobs["status"] == "failed").groupby(jobs["template_id"]).mean()
    yield "by template", [len(failed), round(float(failed.sum()), 6)]
    answer = jobs.groupby("output_type")["duration_seconds"].quantile(list(QUANTILES))
    yield "quantiles", answer.tolist()
    texts = failures["message"].str.replace(r"'[^']*'", "'<tag>'", regex=True)
    keys = {
        "pattern": texts.str.replace(r"\b\d+ seconds", "<number> seconds", regex=True),
        "tag": failures["message"].str.extract("tag '([^']*)'")[0].fillna(""),
    }
    by_pattern = failures.assign(**keys).groupby(["severity", "pattern", "tag"])
    answer = by_pattern["job_id"].agg(["size", "nunique"]).reset_index()
    top = answer.sort_values(["nunique", "pattern", "tag"], ascending=[False, True, True])
    yield "messages", top[["pattern", "tag", "size", "nunique"]].head(10).values.tolist()


WAYS: dict[str, Callable[[Path], Answers]] = {
    "make": make,
    "roll": roll,
    "sql": sql,
    "metrics": metrics,
    "rollups": rollups,
    "pandas": plain_pandas,
    "metrics on pandas": metrics_on_pandas,
}


def small() -> None:
    """Each metric on ten rows: the median of fifty calls."""
    import pandas as pd

    from docgen_nb import metrics as all_metrics

    created = pd.date_range("2026-03-02T09:00Z", periods=10, freq="7min")
    jobs = pd.DataFrame(
        {
            "job_id": [str(number) for number in range(10)],
            "status": ["completed"] * 8 + ["failed", "pending"],
            "template_id": ["7", "8"] * 5,
            "created_at": created,
            "finished_at": created + pd.Timedelta(seconds=4),
            "finished_source": "output_file",
            "duration_seconds": 4.0,
            "read_at": created[-1],
            "severity": "error",
            "message": [f"The tag 'a{number}' was not provided." for number in range(10)],
        }
    )
    print(
        f"\nten rows, milliseconds of CPU time (median of 50)\n\n"
        f"{'':24}{'whole':>8}{'by template':>13}"
    )
    for name in all_metrics.__all__:
        metric = getattr(all_metrics, name)
        tables = (jobs, jobs) if name == "compare_jobs" else (jobs,)
        print(f"{name:24}", end="")
        for by, width in ((None, 8), ("template", 13)):
            took = []
            for _ in range(50):
                before = time.process_time()
                metric(*tables, by=by)
                took.append((time.process_time() - before) * 1000)
            print(f"{statistics.median(took):{width}.1f}", end="")
        print()


if __name__ == "__main__":
    main()
