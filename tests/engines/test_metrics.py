"""Every metric gives the same table on every engine, in any time zone of the engine."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest
from pandas.testing import assert_frame_equal
from tools import require

from docgen_nb import wire
from docgen_nb.metrics import (
    compare_jobs,
    duration_quantiles,
    durations,
    failure_reasons,
    find_incidents,
    kaplan_meier,
    outcomes,
    slow_hours,
    throughput,
)

# Dask still works in narwhals; a later version will need an additional package.
pytestmark = pytest.mark.filterwarnings("ignore:Dask support is moving out of Narwhals")

ROWS = 400
ZONE = "Europe/Berlin"  # where the clocks change within the jobs
READ_AT = pd.Timestamp("2026-03-30T12:00:00.5Z")
Engine = Callable[[pd.DataFrame, Path], Any]


def jobs() -> pd.DataFrame:
    """Return jobs with missing, odd and equal values, around the change to summer time."""
    chance = np.random.default_rng(7)
    known = chance.random(ROWS) > 0.1
    minutes = chance.integers(0, 4 * 24 * 60, ROWS)
    created = pd.Timestamp("2026-03-27T00:30Z") + pd.to_timedelta(minutes, unit="min")
    seconds = np.where(chance.random(ROWS) > 0.3, chance.integers(0, 120, ROWS) / 2, np.nan)
    finished = created + pd.to_timedelta(seconds - (chance.random(ROWS) < 0.1) * 100, unit="s")
    widths = pd.to_timedelta(chance.choice([0.0, 2.5, 5, 60, 7200, 90_000], ROWS), unit="s")

    def texts(*values: str | None) -> pd.Series:
        return pd.Series(chance.choice(np.array(values, dtype=object), ROWS), dtype="str")

    times = "datetime64[us, UTC]"
    return pd.DataFrame(
        {
            "job_id": [str(1000 + number) for number in range(ROWS)],
            "status": texts(*wire.STATUSES, "paused", None),
            "template_id": texts("7", "8", None),
            "template_version_id": texts("70", "71"),
            "batch_id": texts(*map(str, range(90)), None),
            "output_type": texts("docx", "pdf"),
            "created_by_id": texts("5", None),
            "source": texts("api"),
            "folder_id": pd.Series([None] * ROWS, dtype="str"),
            "created_at": pd.Series(created).where(known).astype(times),
            "finished_at": pd.Series(finished).where(known).astype(times),
            "finished_source": texts("output_file", "observed", None),
            "finished_after": pd.Series(finished - widths).where(known).astype(times),
            "finished_before": pd.Series(finished).where(known).astype(times),
            "duration_seconds": pd.Series(seconds).where(known),
            "read_at": pd.Series(READ_AT, index=range(ROWS)).astype(times),
        }
    ).astype({"job_id": "str"})


def failures() -> pd.DataFrame:
    """Return messages of these jobs: repeated patterns, other severities, missing messages."""
    chance = np.random.default_rng(8)
    messages = [
        "The tag 'order.id' was not provided in the input data.",
        "The tag 'order.name' was not provided in the input data.",
        "The document took 61 seconds.",
        "The document took 62 seconds.",
        None,
    ]
    columns = ["job_id", "template_id", "output_type", "created_at", "read_at"]
    chosen = jobs().iloc[chance.integers(0, 60, ROWS)][columns].reset_index(drop=True)
    texts = {"severity": ["error", "warning", "notice"], "message": messages}
    for name, values in texts.items():
        drawn = chance.choice(np.array(values, dtype=object), ROWS)
        chosen[name] = pd.Series(drawn, dtype="str")
    return chosen


def weighted() -> pd.DataFrame:
    """Return the same jobs by hour, like a rollup."""
    rolled = jobs().drop(columns=["job_id", "batch_id", "folder_id"])
    for name in ("created_at", "finished_at"):
        rolled[name] = rolled[name].dt.floor("h")
    keys = list(rolled.columns)
    return rolled.groupby(keys, dropna=False).size().rename("jobs").reset_index()


# The engines


def eager_polars(table: pd.DataFrame, folder: Path) -> Any:
    return pl.from_pandas(table)


def lazy_polars(table: pd.DataFrame, folder: Path) -> Any:
    return pl.scan_parquet(parquet(table, folder) / "*.parquet")


def arrow(table: pd.DataFrame, folder: Path) -> Any:
    return pl.from_pandas(table).to_arrow()


def duck(table: pd.DataFrame, folder: Path) -> Any:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'Asia/Kathmandu'")
    return connection.read_parquet(str(parquet(table, folder) / "*.parquet"))


def parquet(table: pd.DataFrame, folder: Path) -> Path:
    """Write the table into a folder of three files, and return the folder."""
    for number in range(3):
        part = table.iloc[number::3]
        part.to_parquet(folder / f"part{number}.parquet", coerce_timestamps="us", index=False)
    return folder


@pytest.fixture(scope="module")
def dask() -> Iterator[Engine]:
    require("dask")
    import dask.dataframe
    from distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster),
    ):
        yield lambda table, folder: dask.dataframe.from_pandas(table, npartitions=4)


@pytest.fixture(scope="module")
def pyspark() -> Iterator[Engine]:
    require("java")
    require("pyspark")
    from pyspark.sql import SparkSession

    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.sql.session.timeZone", "America/St_Johns")
        .getOrCreate()
    )
    yield lambda table, folder: session.read.parquet(str(parquet(table, folder)))
    session.stop()


@pytest.fixture(params=[eager_polars, lazy_polars, arrow, duck, "dask", "pyspark"], ids=str)
def engine(request: pytest.FixtureRequest) -> Engine:
    named = request.param
    return request.getfixturevalue(named) if isinstance(named, str) else named


CASES = [
    (outcomes, {}),
    (outcomes, {"by": ["template", "weekday"], "time_zone": ZONE}),
    (throughput, {"every": "15min"}),
    (throughput, {"every": "1D", "time_zone": ZONE, "by": "output_type"}),
    (durations, {"by": ["hour", "user"], "time_zone": ZONE}),
    (duration_quantiles, {"by": "version"}),
    (kaplan_meier, {"by": ["source", "folder"]}),
    (slow_hours, {"time_zone": ZONE, "by": "template"}),
    (find_incidents, {"every": "2h", "time_zone": ZONE}),
]
OF_WEIGHTED = [
    (outcomes, {"by": "hour", "time_zone": ZONE}),
    (throughput, {"every": "1h", "by": "template"}),
    (duration_quantiles, {"by": "output_type"}),
]


@pytest.mark.parametrize(("metric", "options"), CASES)
def test_a_metric_of_jobs_is_the_same_on_every_engine(engine, metric, options, tmp_path):
    result = metric(engine(jobs(), tmp_path), **options)

    assert_same(result, metric(jobs(), **options))


@pytest.mark.parametrize(("metric", "options"), OF_WEIGHTED)
def test_a_metric_of_a_weighted_table_is_the_same_on_every_engine(
    engine, metric, options, tmp_path
):
    result = metric(engine(weighted(), tmp_path), **options)

    assert_same(result, metric(weighted(), **options))


@pytest.mark.parametrize("by", [None, "template", ["output_type", "hour"], ["week", "month"]])
def test_failure_reasons_are_the_same_on_every_engine(engine, by, tmp_path):
    reasons = failure_reasons(engine(failures(), tmp_path), by=by, time_zone=ZONE)

    assert_same(reasons, failure_reasons(failures(), by=by, time_zone=ZONE))


def test_two_tables_of_different_engines_are_compared(engine, tmp_path):
    before, after = jobs().iloc[:150], jobs().iloc[150:]

    change = compare_jobs(engine(before, tmp_path), after, by="template")

    assert_same(change, compare_jobs(before, after, by="template"))


@pytest.mark.parametrize(
    ("metric", "options"),
    [(outcomes, {}), (throughput, {"by": "hour"}), (kaplan_meier, {}), (find_incidents, {})],
)
def test_no_jobs_are_the_same_on_every_engine(engine, metric, options, tmp_path):
    result = metric(engine(jobs().iloc[:0], tmp_path), **options)

    assert_same(result, metric(jobs().iloc[:0], **options))


def assert_same(result: pd.DataFrame, expected: pd.DataFrame) -> None:
    """Compare values, dtypes, order and attrs; engines give the rows of jobs in any order."""
    if "job_id" in result:
        result, expected = (
            table.sort_values("job_id", ignore_index=True) for table in (result, expected)
        )
    assert_frame_equal(result, expected)
    assert result.attrs == expected.attrs
