"""Ends that were observed between two readings: which count, on every way to the same jobs."""

import duckdb
import pandas as pd
import pyarrow as pa
import pytest
from ledger.fake_client import Box, Clock
from pandas.testing import assert_frame_equal
from tables import jobs

from docgen_nb.ledger import Ledger
from docgen_nb.metrics import duration_quantiles, durations, kaplan_meier, slow_hours, throughput

# Failed jobs that were observed within 2, 5, 6 and 3,600 s, before their creation, and without a
# lower bound; the last one has an output file, whose time is exact whatever was observed.
SEVEN = """
    job_id  status     created_at            finished_at           finished_after        finished_before       finished_source  duration_seconds  read_at
    1       failed     2026-03-02T09:00:00Z  2026-03-02T09:00:07Z  2026-03-02T09:00:05Z  2026-03-02T09:00:07Z  observed         7                 2026-03-02T12:00:00Z
    2       failed     2026-03-02T09:00:00Z  2026-03-02T09:00:03Z  2026-03-02T08:59:58Z  2026-03-02T09:00:03Z  observed         3                 2026-03-02T12:00:00Z
    3       failed     2026-03-02T09:00:00Z  2026-03-02T09:00:09Z  2026-03-02T09:00:03Z  2026-03-02T09:00:09Z  observed         9                 2026-03-02T12:00:00Z
    4       failed     2026-03-02T09:00:00Z  2026-03-02T10:00:00Z  2026-03-02T09:00:00Z  2026-03-02T10:00:00Z  observed         3600              2026-03-02T12:00:00Z
    5       failed     2026-03-02T09:00:00Z  2026-03-02T08:58:30Z  2026-03-02T08:58:28Z  2026-03-02T08:58:30Z  observed         -                 2026-03-02T12:00:00Z
    6       failed     2026-03-02T09:00:00Z  2026-03-02T09:00:08Z  -                     2026-03-02T09:00:08Z  observed         8                 2026-03-02T12:00:00Z
    7       completed  2026-03-02T09:00:00Z  2026-03-02T09:00:04Z  2026-03-02T09:00:00Z  2026-03-02T10:00:00Z  output_file      4                 2026-03-02T12:00:00Z
"""  # noqa: E501
WIDE = "ends count as unknown because they were observed between readings more than"
EARLY = (
    "1 end counts as unknown because it is before the creation of their job, so a clock is wrong"
)
METRICS = [
    (duration_quantiles, {}),
    (durations, {}),
    (kaplan_meier, {}),
    (slow_hours, {"time_zone": "Europe/Berlin"}),
    (throughput, {"every": "1min"}),
    (throughput, {"every": "1h"}),
    (throughput, {"every": "1D", "time_zone": "Europe/Berlin"}),
]


def test_an_end_observed_within_five_seconds_is_in_the_middle_and_others_are_unknown():
    each, quantiles = durations(jobs(SEVEN)), duration_quantiles(jobs(SEVEN))

    seconds = each["duration_seconds"]
    assert seconds.fillna(-1).tolist() == [6, 1.5, -1, -1, -1, -1, 4]
    assert quantiles[["ended", "unknown"]].iloc[0].tolist() == [3, 4]
    assert kaplan_meier(jobs(SEVEN))["duration_seconds"].tolist() == [1.5, 4, 6]
    assert each.attrs["notes"] == quantiles.attrs["notes"] == [f"3 {WIDE} 5 s apart", EARLY]


@pytest.mark.parametrize(("every", "wide"), [("5s", 3), ("6s", 2), ("1h", 1), ("MS", 1)])
def test_an_end_observed_within_a_step_counts_in_throughput(every, wide):
    flow = throughput(jobs(SEVEN), every=every)

    notes = [f"{wide} {WIDE} a step apart"] if wide > 1 else [f"1 {_ONE_WIDE} a step apart"]
    assert flow["ends_unknown"].sum() == wide + 1
    assert flow["finished"].sum() == 6 - wide
    assert flow.attrs["notes"] == [*notes, EARLY]


_ONE_WIDE = "end counts as unknown because it was observed between readings more than"


@pytest.mark.parametrize(("metric", "options"), METRICS)
def test_other_engines_give_the_same(metric, options):
    with duckdb.connect() as connection:
        tables = connection.from_df(jobs(SEVEN)), pa.Table.from_pandas(jobs(SEVEN))
        for table in tables:
            result = metric(table, **options)
            expected = metric(jobs(SEVEN), **options)
            assert_frame_equal(result, expected)
            assert result.attrs == expected.attrs


def test_a_table_without_bounds_is_taken_as_exact():
    plain = jobs(SEVEN).drop(columns=["finished_after", "finished_before"])

    assert duration_quantiles(plain)["unknown"].tolist() == [1, 1, 1]


@pytest.fixture(scope="module")
def ledger(tmp_path_factory):
    """A ledger that was synced after 2 s to a day, and whose clock is first behind that of Box."""
    path = tmp_path_factory.mktemp("observed") / "history.sqlite"
    box, clock = Box(), Clock("2026-03-02T10:00")
    with Ledger(path) as ledger:
        ledger.sync(box, clock=clock)
        for number, pause in enumerate([2, 5, 30, 70, 5000, 90_000, 3, 3600, 4]):
            begun = pd.Timestamp(clock.now, unit="s", tz="UTC")
            ahead = pd.Timedelta(seconds=90 if number == 3 else 0)
            for id in (f"{number}1", f"{number}2", f"{number}3"):
                box.add(id, "pending", f"{begun + ahead:%Y-%m-%dT%H:%M:%SZ}")
            ledger.sync(box, clock=clock)
            clock.now += pause
            box.end(f"{number}1", "failed")
            end = begun + ahead + pd.Timedelta(seconds=number * 7)
            box.end(f"{number}2", "completed", file=f"7{number}", at=f"{end:%Y-%m-%dT%H:%M:%SZ}")
        ledger.sync(box, clock=clock)
        yield ledger


@pytest.mark.parametrize(
    ("metric", "options"),
    [*METRICS, (duration_quantiles, {"by": "template"}), (kaplan_meier, {"by": "output_type"})],
)
def test_a_ledger_its_jobs_and_its_parquet_give_the_same(ledger, metric, options, tmp_path):
    ledger.to_parquet(tmp_path)

    expected = metric(ledger.jobs(), **options)

    assert (len(ledger.jobs()), len(expected.attrs["notes"])) >= (27, 1)
    result = metric(ledger, **options)
    assert_frame_equal(result, expected)
    assert result.attrs["notes"] == expected.attrs["notes"]
    if metric is not durations:
        with duckdb.connect() as connection:
            parquet = connection.read_parquet(f"{tmp_path}/jobs/*/*.parquet")
            assert_frame_equal(metric(parquet, **options), expected)


@pytest.mark.parametrize("ahead", [425, -425])
def test_failed_jobs_take_as_long_as_they_do_although_the_clock_is_wrong(
    tmp_path, monkeypatch, ahead
):
    box, clock = Box(), Clock("2026-03-02T10:00")
    box.clock_offset = (-ahead - 0.5, -ahead + 0.5)
    monkeypatch.setattr("time.time", lambda: clock.now + ahead)
    with Ledger(tmp_path / "history.sqlite") as ledger:
        ledger.sync(box)
        for number in range(60):
            clock.now += 30
            box.add(f"{number}", "pending", f"{pd.Timestamp(clock.now, unit='s'):%Y-%m-%dT%XZ}")
            for _ in range(5):  # of which the last ends it after 8 to 10 s
                clock.now += 2
                ledger.sync(box)
            box.end(f"{number}", "failed")
            ledger.sync(box)
        quantiles = duration_quantiles(ledger, quantiles=[0.5])

    assert quantiles["unknown"].tolist() == [0]
    assert quantiles["duration_seconds"].between(8, 12).all()


def test_no_step_of_a_ledger_has_a_negative_number_of_open_jobs(ledger):
    for every in ("1s", "1h"):
        assert (throughput(ledger, every=every)["open"] >= 0).all()
