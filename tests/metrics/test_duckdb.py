"""Metrics of DuckDB and Arrow tables equal those of pandas tables, and bad input is refused."""

import duckdb
import narwhals as nw
import pandas as pd
import pyarrow as pa
import pytest
from pandas.testing import assert_frame_equal
from tables import jobs

from docgen_nb.errors import EngineCannot, MissingColumn
from docgen_nb.metrics import (
    duration_quantiles,
    durations,
    find_incidents,
    kaplan_meier,
    outcomes,
    slow_hours,
    throughput,
)
from docgen_nb.metrics.engine.encoded_table import engine_operation

METRICS = [
    duration_quantiles,
    durations,
    find_incidents,
    kaplan_meier,
    outcomes,
    slow_hours,
    throughput,
]
FIVE = """
    job_id  status     template_id  created_at            finished_at           finished_source  duration_seconds  read_at
    1       completed  7            2026-03-29T00:30:00Z  2026-03-29T00:30:04Z  output_file      4                 2026-03-29T09:00:00Z
    2       failed     7            2026-03-29T00:30:00Z  -                     -                -                 2026-03-29T09:00:00Z
    3       completed  8            2026-03-29T01:30:00Z  2026-03-29T01:30:09Z  output_file      9                 2026-03-29T09:00:00Z
    6       failed     8            2026-03-29T01:30:00Z  2026-03-29T00:29:10Z  observed         -50               2026-03-29T09:00:00Z
    4       pending    8            2026-03-29T08:59:00Z  -                     -                -                 2026-03-29T09:00:00Z
    5       paused     -            -                     -                     -                -                 2026-03-29T09:00:00Z
"""  # noqa: E501


@pytest.fixture
def duck():
    """A connection in a time zone whose hours start at other minutes than those of UTC."""
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'Asia/Kathmandu'")
        yield connection


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin"])
def test_duckdb_and_arrow_give_what_pandas_gives(metric, zone, duck):
    table = jobs(FIVE)
    options = {"every": "1h"} if metric in (throughput, find_incidents) else {}

    expected = metric(table, by="template", time_zone=zone, **options)
    for other in (duck.from_df(table), pa.Table.from_pandas(table)):
        result = metric(other, by="template", time_zone=zone, **options)
        assert_frame_equal(result, expected)
        assert result.attrs == expected.attrs


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Asia/Kolkata"])
def test_weekdays_and_hours_do_not_depend_on_the_time_zone_of_the_connection(zone, duck):
    counts = outcomes(duck.from_df(jobs(FIVE)), by=["weekday", "hour"], time_zone=zone)

    assert_frame_equal(counts, outcomes(jobs(FIVE), by=["weekday", "hour"], time_zone=zone))


@pytest.mark.parametrize("metric", METRICS)
def test_empty_columns_count_as_unknown(metric, duck):
    columns = "job_id, status, template_id, NULL created_at, NULL finished_at, NULL read_at, "
    columns += "NULL finished_source, NULL::DOUBLE duration_seconds"
    empty = jobs(FIVE).assign(created_at=pd.NaT, finished_at=pd.NaT, read_at=pd.NaT)
    empty = empty.assign(finished_source=None, duration_seconds=float("nan"))

    duck.register("five", jobs(FIVE))
    result = metric(duck.sql(f"SELECT {columns} FROM five"))

    assert_frame_equal(result, metric(empty))


@pytest.mark.parametrize(
    ("kind", "error", "message"),
    [
        (
            "TIMESTAMP",
            ValueError,
            "outcomes: the times in 'created_at' have no time zone. Add one, such as UTC.",
        ),
        (
            "VARCHAR",
            TypeError,
            "outcomes: the column 'created_at' holds String, not times with a time zone. "
            "In pandas, convert it with pd.to_datetime(..., utc=True).",
        ),
    ],
)
def test_a_column_without_zoned_times_is_refused(kind, error, message, duck):
    table = duck.sql(f"SELECT 'failed' AS status, '2026-03-02 09:00:00'::{kind} AS created_at")

    with pytest.raises(error) as caught:
        outcomes(table)

    assert str(caught.value) == message


def test_a_duration_that_is_not_a_number_is_refused(duck):
    duck.register("five", jobs(FIVE).assign(duration_seconds=pd.Timedelta("6s")))

    with pytest.raises(TypeError, match="the column 'duration_seconds' holds Duration"):
        duration_quantiles(duck.sql("FROM five"))


def test_a_weighted_table_without_some_number_of_jobs_is_refused(duck):
    weighted = pd.DataFrame({"status": ["failed"] * 2, "jobs": [1.0, float("nan")]})
    null = duck.sql("SELECT 'failed' AS status, unnest([1, NULL]) AS jobs")

    for table in (weighted, duck.from_df(weighted), pa.Table.from_pandas(weighted), null):
        with pytest.raises(ValueError) as caught:
            outcomes(table)
        assert str(caught.value) == (
            "outcomes: the column 'jobs' of this weighted table has missing values. It is to hold "
            "the number of jobs that each row represents."
        )


@pytest.mark.parametrize("metric", METRICS)
def test_a_missing_column_is_named_before_anything_is_read(metric, duck):
    with pytest.raises(MissingColumn) as caught:
        metric(duck.sql("SELECT 1 / 0 AS nothing"))

    assert caught.value.function == metric.__name__


def test_numeric_ids_become_texts(duck):
    table = duck.sql("SELECT 'failed' AS status, 7 AS template_id")

    assert outcomes(table, by="template")["template_id"].tolist() == ["7"] * 5


def test_an_unsupported_operation_is_named_with_its_engine(duck):
    frame = nw.from_native(duck.from_df(jobs(FIVE)))

    with (
        pytest.raises(EngineCannot) as caught,
        engine_operation("convert times to integers", frame=frame, function="outcomes"),
    ):
        frame.select(nw.col("created_at").dt.timestamp("us"))

    assert str(caught.value) == (
        "outcomes needs to convert times to integers, which DuckDB can't do here. Pass the table "
        "as pandas, Polars, DuckDB, Dask or PySpark."
    )
    facts = caught.value.operation, caught.value.engine, caught.value.function
    assert facts == ("convert times to integers", "DuckDB", "outcomes")
