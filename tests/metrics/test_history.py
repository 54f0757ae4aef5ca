"""A seeded month of history: the metrics find the three problems planted in it."""

from datetime import UTC, datetime

import duckdb
import pandas as pd
import pytest

from docgen_nb import samples, wire
from docgen_nb.auth import GivenToken
from docgen_nb.client import Client
from docgen_nb.frames import add_output_times, load_jobs
from docgen_nb.ledger import Ledger
from docgen_nb.metrics import (
    compare_jobs,
    duration_quantiles,
    failure_reasons,
    find_incidents,
    kaplan_meier,
    outcomes,
    slow_hours,
    throughput,
)
from docgen_nb.service import LocalDocGen, ManualClock

LIMITS = {"duration_seconds", "duration_low_seconds", "duration_high_seconds"}
END = datetime(2026, 4, 1, 12, tzinfo=UTC)


class Rollups:
    """A ledger whose jobs must not be read."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def rollup(self, columns):
        return self._ledger.rollup(columns)

    def jobs(self):
        raise AssertionError("The rollups have everything that these metrics need.")


@pytest.fixture(scope="module")
def history(tmp_path_factory):
    """The facts of the seeded month, its jobs as a client reads them, and a ledger of them."""
    path = tmp_path_factory.mktemp("month") / "ledger.sqlite"
    with LocalDocGen(clock=ManualClock(END)) as local, local.session() as session:
        past = samples.history(local, jobs=20_000, days=30, seed=1)
        token = GivenToken(local.token or "local")
        with Client(wire.LOCAL_URL, token_source=token, session=session) as box:
            jobs = add_output_times(load_jobs(box), box)
            with Ledger(path) as ledger:
                ledger.sync(box)
                yield past, jobs, ledger


@pytest.fixture
def month(history):
    return history[:2]


@pytest.fixture(scope="module")
def export(history, tmp_path_factory):
    """The Parquet files of the ledger, in DuckDB."""
    folder = tmp_path_factory.mktemp("export")
    history[2].to_parquet(folder)
    with duckdb.connect() as connection:
        yield connection.read_parquet(str(folder / "jobs" / "**" / "*.parquet"))


def compare_twice(jobs, **options):
    return compare_jobs(jobs, jobs, **options)


def test_only_the_planted_incident_is_found(month):
    past, jobs = month

    incidents = find_incidents(jobs)

    assert incidents["kind"].tolist() == ["failures", "waiting"]
    assert incidents["start"].tolist() == [past.incident[0]] * 2
    assert incidents["end"].tolist() == [datetime(2026, 3, 20, 12, tzinfo=UTC), past.incident[1]]
    assert (incidents["share"] > 10 * incidents["usual_share"]).all()
    assert (incidents["duration_seconds"] > 3 * incidents["usual_duration_seconds"]).all()


def test_the_slow_template_is_the_slowest(month):
    past, jobs = month

    quantiles = duration_quantiles(jobs, by="template", quantiles=[0.5])

    slowest = quantiles.loc[quantiles["duration_seconds"].idxmax()]
    others = quantiles[quantiles["template_id"] != past.slow_template_id]
    assert slowest["template_id"] == past.slow_template_id
    assert slowest["duration_low_seconds"] > 2 * others["duration_high_seconds"].max()


def test_the_bad_version_fails_more_often_than_any_other(month):
    past, jobs = month

    counts = outcomes(jobs, by="version")

    failed = counts[counts["status"] == "failed"].set_index("template_version_id")
    worst, *others = failed["share"].sort_values(ascending=False).index
    assert worst == past.bad_version_id
    assert failed["share_low"][worst] > failed["share_high"][others].max()


def test_the_change_of_version_shows_in_a_comparison(month):
    past, jobs = month
    is_later = jobs["created_at"] >= past.bad_since

    change = compare_jobs(jobs[~is_later], jobs[is_later], by="template")

    failed = change[change["measure"] == "failed_share"]
    changed = failed[failed["difference_low"] > 0.02]
    bad = jobs.loc[jobs["template_version_id"] == past.bad_version_id, "template_id"]
    assert changed["template_id"].tolist() == bad.unique().tolist()


def test_the_month_adds_up(month):
    past, jobs = month

    days = throughput(jobs, every="1D")
    assert days["created"].sum() == past.jobs == outcomes(jobs)["jobs"].sum()
    assert days["finished"].sum() == jobs["finished_at"].notna().sum()
    hours = slow_hours(jobs)
    assert hours["jobs"].sum() == past.jobs
    assert (hours.groupby("weekday")["jobs"].sum().loc[[5, 6]] < past.jobs / 20).all()


@pytest.mark.parametrize(
    ("metric", "options"),
    [
        (outcomes, {}),
        (outcomes, {"by": ["template", "version", "output_type"]}),
        (outcomes, {"by": "weekday"}),
        (throughput, {"every": "1h"}),
        (throughput, {"every": "1D", "time_zone": "Europe/Berlin", "by": "output_type"}),
        (duration_quantiles, {"by": "version", "quantiles": [0.5, 0.9]}),
        (kaplan_meier, {"by": "output_type"}),
        (slow_hours, {"quantile": 0.5}),
    ],
)
def test_a_ledger_gives_the_same_from_its_rollups(history, metric, options):
    _, _, ledger = history

    result = metric(Rollups(ledger), **options)

    expected = metric(ledger.jobs(), **options)
    for name in set(expected.columns) & LIMITS:  # from 100 s on, a bin is within 1% of its jobs
        pd.testing.assert_series_equal(result.pop(name), expected.pop(name), rtol=0.01)
    pd.testing.assert_frame_equal(result, expected)
    binned = "Durations from 100 s on are within 1% of the true ones"
    notes = [note for note in result.attrs.pop("notes", []) if not note.startswith(binned)]
    assert notes == expected.attrs.pop("notes", [])
    assert result.attrs == expected.attrs


@pytest.mark.parametrize(
    ("metric", "options"),
    [
        (outcomes, {"by": "template"}),
        (outcomes, {"by": ["weekday", "hour"], "time_zone": "Europe/Berlin"}),
        (duration_quantiles, {"by": "version"}),
        (kaplan_meier, {"by": "output_type"}),
        (slow_hours, {"time_zone": "Europe/Berlin"}),
        (compare_twice, {"by": "template"}),
    ],
)
def test_limits_that_count_batches_are_those_of_the_jobs_and_of_their_export(
    history, export, metric, options
):
    _, _, ledger = history

    expected = metric(ledger.jobs(), **options)
    results = [metric(one, **options) for one in (Rollups(ledger), export)]

    assert expected.attrs["limits"] == "batches"
    for result in results:
        pd.testing.assert_frame_equal(result, expected)
        assert result.attrs["limits"] == "batches"


def test_a_ledger_gives_its_messages(history):
    _, _, ledger = history

    pd.testing.assert_frame_equal(failure_reasons(ledger), failure_reasons(ledger.failures()))
    assert failure_reasons(ledger)["messages"].sum() == len(ledger.failures())
