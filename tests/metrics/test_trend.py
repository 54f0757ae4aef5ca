"""Trends, and groups by day, week and month."""

import numpy as np
import pandas as pd
import pytest
from tables import table

from docgen_nb.metrics import failure_reasons, outcomes, throughput, trend
from docgen_nb.metrics.engine import calendar


@pytest.fixture
def jobs() -> pd.DataFrame:
    """Jobs around midnight, the end of a week, of a month and of summer time in Berlin."""
    rows = table(
        """
        job_id  status                batch_id  created_at         duration_seconds
        1       completed             1         2026-02-28T23:30Z  4
        2       failed                1         2026-02-28T23:30Z  -
        3       completed             2         2026-03-01T23:30Z  6
        4       completed_with_error  3         2026-03-02T00:30Z  8
        5       pending               4         2026-03-04T12:00Z  -
        6       completed             5         -                  9
        """
    )
    return rows.assign(read_at=pd.Timestamp("2026-03-04T13:00Z"))


@pytest.mark.parametrize(
    ("by", "zone", "expected"),
    [
        ("day", "UTC", {"2026-02-28": 2, "2026-03-01": 1, "2026-03-02": 1, "2026-03-04": 1}),
        ("day", "Europe/Berlin", {"2026-03-01": 2, "2026-03-02": 2, "2026-03-04": 1}),
        ("week", "UTC", {"2026-02-23": 3, "2026-03-02": 2}),
        ("week", "Europe/Berlin", {"2026-02-23": 2, "2026-03-02": 3}),
        ("month", "UTC", {"2026-02": 2, "2026-03": 3}),
        ("month", "Europe/Berlin", {"2026-03": 5}),
    ],
)
def test_jobs_are_grouped_by_the_period_of_their_creation(jobs, by, zone, expected):
    counts = outcomes(jobs, by=by, time_zone=zone)

    assert counts.groupby(by)["jobs"].sum().to_dict() == expected
    assert counts[by].dtype == "str"


def test_messages_and_steps_are_grouped_too(jobs):
    messages = jobs.assign(severity="error", message="It broke.")

    reasons = failure_reasons(messages, by=["month", "day"])
    flow = throughput(jobs.assign(finished_at=jobs["created_at"]), every="1D", by="week")

    assert reasons[["month", "day", "jobs"]].iloc[0].tolist() == ["2026-02", "2026-02-28", 2]
    assert sorted(flow["week"].unique()) == ["2026-02-23", "2026-03-02"]


def test_every_day_of_400_years_is_in_its_month():
    days = pd.date_range("1970-01-01", "2369-12-31", unit="s")
    seconds = days.asi8

    names = calendar.period_names("month", pd.Series(calendar.month(seconds)))
    weeks = calendar.period_names("week", pd.Series(calendar.week(seconds)))

    assert (names.to_numpy() == days.strftime("%Y-%m").to_numpy()).all()
    mondays = (days - pd.to_timedelta(days.day_of_week, unit="D")).strftime("%Y-%m-%d")
    assert (weeks.to_numpy() == mondays.to_numpy()).all()


def test_a_trend_has_a_row_for_each_day_also_without_jobs(jobs):
    days = trend(jobs)

    assert days["step_start"].dt.strftime("%d").tolist() == ["28", "01", "02", "03", "04"]
    assert days["jobs"].tolist() == [2, 1, 1, 0, 1]
    assert days["finished"].tolist() == [2, 1, 1, 0, 0]
    assert days["failed"].tolist() == [1, 0, 0, 0, 0]
    assert days["completed_with_error"].tolist() == [0, 0, 1, 0, 0]
    np.testing.assert_array_equal(days["failed_share"], [0.5, 0.0, 0.0, np.nan, np.nan])
    np.testing.assert_array_equal(days["median_seconds"], [4.0, 6.0, 8.0, np.nan, np.nan])
    assert days["running"].tolist() == [False] * 4 + [True]
    assert (days.attrs["every"], days.attrs["jobs"]) == ("1D", 6)


def test_a_trend_of_weeks_by_group_has_the_same_steps_for_each(jobs):
    weeks = trend(jobs.assign(template_id=list("aabbab")), every="W-MON", by="template")

    assert weeks["template_id"].tolist() == ["a", "a", "b", "b"]
    assert weeks["jobs"].tolist() == [2, 1, 1, 1]


def test_limits_count_batches_not_jobs():
    def batches(size):
        numbers = np.arange(400) // size
        return pd.DataFrame(
            {
                "status": np.where(numbers * size % 40 < size, "failed", "completed"),
                "batch_id": numbers.astype("str"),
                "created_at": pd.Timestamp("2026-03-02T09:00Z"),
                "duration_seconds": 4.0,
                "read_at": pd.Timestamp("2026-03-02T10:00Z"),
            }
        )

    alone, together = trend(batches(1)).iloc[0], trend(batches(10)).iloc[0]

    width = [row["failed_share_high"] - row["failed_share_low"] for row in (alone, together)]
    assert width[1] > 2 * width[0]


def test_too_many_steps_are_refused(jobs):
    far = pd.concat([jobs, jobs.assign(created_at=pd.Timestamp("1990-01-01T00:00Z"))])
    with pytest.raises(ValueError, match="every='1D' makes more than 10,000 rows"):
        trend(far)


def test_no_jobs_have_no_steps(jobs):
    assert trend(jobs[:0]).empty
    assert trend(jobs[:0], by="day").columns[:2].tolist() == ["day", "step_start"]
