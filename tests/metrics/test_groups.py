"""The inputs of metrics and their groups: weighted tables, ledgers, bad input."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from tables import jobs, table

from docgen_nb import wire
from docgen_nb.errors import MissingColumn
from docgen_nb.metrics import (
    duration_quantiles,
    durations,
    kaplan_meier,
    outcomes,
    throughput,
)
from docgen_nb.metrics.engine.counting import count_combinations

METRICS = [duration_quantiles, durations, kaplan_meier, outcomes, throughput]
COUNTED = [duration_quantiles, kaplan_meier, outcomes, throughput]
BY = ["template", "version", "output_type", "user", "source", "folder", "weekday", "hour"]

FIVE = """
    job_id  status     template_id  template_version_id  output_type  created_by_id  source  folder_id  created_at            finished_at           finished_source  duration_seconds  read_at
    1       completed  7            70                   docx         5              api     0          2026-03-01T23:30:00Z  2026-03-01T23:30:04Z  output_file      4                 2026-03-02T09:00:00Z
    2       failed     7            71                   docx         5              api     0          2026-03-01T23:30:00Z  -                     -                -                 2026-03-02T09:00:00Z
    3       completed  8            80                   pdf          6              api     1          2026-03-02T08:00:00Z  2026-03-02T08:00:09Z  output_file      9                 2026-03-02T09:00:00Z
    4       pending    8            80                   pdf          6              relay   1          2026-03-02T08:59:00Z  -                     -                -                 2026-03-02T09:00:00Z
    5       pending    -            -                    -            -              -       -          -                     -                     -                -                 2026-03-02T09:00:00Z
"""  # noqa: E501


# Groups


def test_each_group_has_every_status_and_missing_keys_come_last():
    counts = outcomes(jobs(FIVE), by="template")

    expected = table(
        """
        template_id  status                jobs  share
        7            pending               0     0
        7            submitted             0     0
        7            completed             1     0.5
        7            completed_with_error  0     0
        7            failed                1     0.5
        8            pending               1     0.5
        8            submitted             0     0
        8            completed             1     0.5
        8            completed_with_error  0     0
        8            failed                0     0
        -            pending               1     1
        -            submitted             0     0
        -            completed             0     0
        -            completed_with_error  0     0
        -            failed                0     0
        """
    )
    assert_frame_equal(counts.drop(columns=["share_low", "share_high"]), expected)


def test_weekdays_and_hours_follow_the_time_zone():
    times = durations(jobs(FIVE), by=["weekday", "hour"], time_zone="Europe/Berlin")

    expected = table(
        """
        weekday  hour  job_id  duration_seconds  ended  finished_source
        0        0     1       4                 yes    output_file
        0        0     2       -                 yes    -
        0        9     3       9                 yes    output_file
        0        9     4       60                no     -
        """
    )
    assert_frame_equal(times, expected)
    assert durations(jobs(FIVE), by="weekday")["weekday"].tolist() == [6, 6, 0, 0]


def test_durations_by_weekday_leave_out_unknown_creation_times():
    times = durations(jobs(FIVE).assign(created_at=None), by="weekday")

    assert_frame_equal(times, durations(jobs(FIVE), by="weekday").iloc[:0])


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("by", BY)
def test_a_metric_can_be_grouped_by_each_name(metric, by):
    result = metric(jobs(FIVE), by=by)

    columns = dict(zip(BY, jobs(FIVE).columns[[2, 3, 4, 5, 6, 7]], strict=False))
    assert result.columns[0] == columns.get(by, by)
    assert list(result.columns[1:]) == list(metric(jobs(FIVE)).columns)
    assert result.dtypes.iloc[0] == ("int64" if by in ("weekday", "hour") else "str")


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("by", BY)
def test_no_jobs_give_no_groups_but_all_columns(metric, by):
    result = metric(jobs(FIVE).iloc[:0], by=[by, "template"] if by != "template" else by)

    whole = metric(jobs(FIVE), by=[by, "template"] if by != "template" else by)
    assert_frame_equal(result, whole.iloc[:0])


def test_all_groups_have_the_same_steps():
    flow = throughput(jobs(FIVE), every="6h", by="output_type")

    expected = table(
        """
        output_type  step_start            step_end              created  finished  open  ends_unknown  running
        docx         2026-03-01T18:00:00Z  2026-03-02T00:00:00Z  2        1         0     1             no
        docx         2026-03-02T00:00:00Z  2026-03-02T06:00:00Z  0        0         0     0             no
        docx         2026-03-02T06:00:00Z  2026-03-02T12:00:00Z  0        0         0     0             yes
        pdf          2026-03-01T18:00:00Z  2026-03-02T00:00:00Z  0        0         0     0             no
        pdf          2026-03-02T00:00:00Z  2026-03-02T06:00:00Z  0        0         0     0             no
        pdf          2026-03-02T06:00:00Z  2026-03-02T12:00:00Z  2        1         1     0             yes
        """  # noqa: E501
    )
    assert_frame_equal(flow, expected)


def test_more_than_a_million_rows_of_all_groups_are_refused():
    many = pd.concat([jobs(FIVE).iloc[[0]].assign(template_id=str(n)) for n in range(2)])
    many["created_at"] -= pd.to_timedelta([0, 400], unit="D")

    with pytest.raises(ValueError) as caught:
        throughput(many, every="1min", by="template")

    assert str(caught.value) == (
        "every='1min' makes more than a million rows, 576001 for each of 2 groups. "
        "Use a longer step."
    )


def test_a_group_can_be_named_by_its_column():
    table = jobs("status template_id\ncompleted 1\nfailed 2")
    assert_frame_equal(outcomes(table, by="template_id"), outcomes(table, by="template"))
    with pytest.raises(ValueError) as raised:
        outcomes(table, by=["template", "template_id"])
    assert str(raised.value) == "by= names 'template_id' twice."


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize(
    ("by", "message"),
    [
        (
            "batch",
            "by='batch' is not one of template, version, output_type, user, source, folder, "
            "weekday, hour, day, week, month.",
        ),
        (["hour", "hour"], "by= names 'hour' twice."),
    ],
)
def test_unknown_and_repeated_groups_are_refused(metric, by, message):
    with pytest.raises(ValueError) as caught:
        metric(jobs(FIVE), by=by)

    assert str(caught.value) == message


@pytest.mark.parametrize("metric", METRICS)
def test_a_missing_column_of_a_group_is_named(metric):
    with pytest.raises(MissingColumn) as caught:
        metric(jobs(FIVE).drop(columns="folder_id"), by="folder")

    assert (caught.value.columns, caught.value.function) == (("folder_id",), metric.__name__)


@pytest.mark.parametrize("metric", METRICS)
def test_an_unknown_time_zone_is_refused_by_each_metric(metric):
    with pytest.raises(ValueError) as caught:
        metric(jobs(FIVE), time_zone="Mars")

    assert str(caught.value) == (
        "time_zone='Mars' is not a time zone. Use a name such as 'UTC' or 'Europe/Berlin'."
    )


# Properties of groups and weights

MOMENTS = st.datetimes(datetime(2026, 3, 27), datetime(2026, 4, 2), timezones=st.just(UTC))
DRAWN = st.lists(
    st.tuples(
        st.sampled_from([*wire.STATUSES, "paused", None]),
        st.sampled_from(["7", "8", None]),
        st.none() | MOMENTS.map(lambda moment: moment.replace(microsecond=0)),
        st.none() | st.integers(0, 90),
        st.integers(1, 3),
    ),
    max_size=8,
)


def weighted(rows: list) -> pd.DataFrame:
    """Return a weighted table whose times are not floored."""
    created = pd.Series([row[2] for row in rows], dtype="datetime64[us, UTC]")
    seconds = pd.Series([row[3] for row in rows], dtype="float64").where(created.notna())
    return pd.DataFrame(
        {
            "status": pd.Series([row[0] for row in rows], dtype="str"),
            "template_id": pd.Series([row[1] for row in rows], dtype="str"),
            "created_at": created,
            "finished_at": created + pd.to_timedelta(seconds, unit="s").astype("timedelta64[us]"),
            "duration_seconds": seconds,
            "read_at": pd.Series(datetime(2026, 4, 3, tzinfo=UTC), index=created.index).astype(
                "datetime64[us, UTC]"
            ),
            "jobs": pd.Series([row[4] for row in rows], dtype="int64"),
        }
    )


@settings(deadline=None, max_examples=25)
@given(DRAWN, st.sampled_from([None, "template", ["hour", "template"]]))
def test_a_weighted_table_gives_the_same_as_its_jobs(rows, by):
    short = weighted(rows)
    long = short.loc[short.index.repeat(short["jobs"])].drop(columns="jobs")

    for metric in COUNTED:
        options = {"every": "1h"} if metric is throughput else {}
        result = metric(short, by=by, time_zone="Europe/Berlin", **options)
        expected = metric(long, by=by, time_zone="Europe/Berlin", **options)
        assert_frame_equal(result, expected)
        assert result.attrs == expected.attrs


@settings(deadline=None, max_examples=25)
@given(DRAWN, st.sampled_from(["template", "weekday", "hour"]))
def test_groups_sum_to_the_whole(rows, by):
    drawn = weighted(rows)
    if by != "template":
        drawn = drawn[drawn["created_at"].notna()]

    statuses = outcomes(drawn, by=by).groupby("status", dropna=False)["jobs"].sum()
    whole = outcomes(drawn).set_index("status")["jobs"]
    assert statuses.to_dict() == whole[whole.index.isin(statuses.index)].to_dict()
    assert statuses.sum() == whole.sum()

    counts = ["created", "finished", "open", "ends_unknown"]
    steps = throughput(drawn, every="1h", by=by).groupby("step_start")[counts].sum()
    expected = throughput(drawn, every="1h").set_index("step_start")[counts]
    assert_frame_equal(steps, expected, check_freq=False)


@settings(deadline=None, max_examples=25)
@given(DRAWN, st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe"]))
def test_weekdays_and_hours_equal_those_of_pandas(rows, zone):
    drawn = weighted(rows)

    counts = outcomes(drawn, by=["weekday", "hour"], time_zone=zone)

    local = drawn["created_at"].dropna().dt.tz_convert(zone)
    expected = sorted({(moment.weekday(), moment.hour) for moment in local})
    assert list(dict.fromkeys(zip(counts["weekday"], counts["hour"], strict=True))) == expected


# Weighted tables and ledgers


def hourly() -> pd.DataFrame:
    """Return a rollup like that of a ledger: times floored to the hour, no column ``read_at``."""
    rolled = table(
        """
        status     template_id  created_at         finished_at        duration_seconds  jobs
        completed  7            2026-03-02T08:00Z  2026-03-02T08:00Z  4                 30
        failed     7            2026-03-02T08:00Z  -                  -                 2
        pending    7            2026-03-02T09:00Z  -                  -                 3
        """
    )
    rolled.attrs = {
        "grain": "1h",
        "created_from": "2026-03-02T08:00:10+00:00",
        "created_to": "2026-03-02T09:10:00+00:00",
        "read_at": "2026-03-02T10:30:00+00:00",
    }
    return rolled


class SmallLedger:
    """What a metric uses of a ledger: rollups of some columns, and the jobs themselves."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def rollup(self, columns: list[str]) -> pd.DataFrame | None:
        self.asked.append(columns)
        if "created_at" not in columns and "duration_seconds" in columns:
            return None
        rolled = hourly().assign(observed_within_seconds=np.nan)
        return rolled if set(columns) <= set(rolled.columns) else None

    def jobs(self) -> pd.DataFrame:
        return jobs(FIVE)


def test_a_weighted_table_has_its_window_in_attrs():
    expected = {
        "created_from": "2026-03-02T08:00:10+00:00",
        "created_to": "2026-03-02T09:10:00+00:00",
        "read_at": "2026-03-02T10:30:00+00:00",
        "time_zone": "UTC",
        "jobs": 35,
    }
    assert outcomes(hourly()).attrs == {**expected, "limits": "independent jobs"}
    assert throughput(hourly(), every="1h").attrs == {**expected, "every": "1h", "notes": []}


def test_an_open_job_is_censored_at_the_least_time_that_its_floored_creation_allows():
    curve = kaplan_meier(hourly())

    expected = table(
        """
        duration_seconds  at_risk  ended  censored
        4                 33       30     0
        1800              3        0      3
        """
    )
    assert_frame_equal(curve[expected.columns], expected)


def test_a_ledger_is_asked_for_a_rollup_first():
    ledger = SmallLedger()

    flow = throughput(ledger, every="1h", by="template")

    columns = ["status", "created_at", "finished_at", "template_id", "observed_within_seconds"]
    assert ledger.asked == [columns]
    assert flow["created"].tolist() == [32, 3, 0]
    assert flow["running"].tolist() == [False, False, True]


@pytest.mark.parametrize(
    ("metric", "options"),
    [
        (outcomes, {"by": "user"}),
        (durations, {}),
        (throughput, {"every": "1min"}),
        (throughput, {"every": "1D", "time_zone": "Asia/Kolkata"}),
        (outcomes, {"by": "hour", "time_zone": "Asia/Kolkata"}),
    ],
)
def test_a_ledger_gives_its_jobs_if_it_has_no_suitable_rollup(metric, options):
    assert_frame_equal(metric(SmallLedger(), **options), metric(jobs(FIVE), **options))


@pytest.mark.parametrize(
    ("metric", "options"),
    [
        (throughput, {"every": "1min"}),
        (throughput, {"every": "1D", "time_zone": "Asia/Kolkata"}),
        (outcomes, {"by": "hour", "time_zone": "Asia/Kolkata"}),
        (kaplan_meier, {"by": "weekday", "time_zone": "Asia/Kolkata"}),
    ],
)
def test_a_weighted_table_that_is_too_coarse_is_refused(metric, options):
    with pytest.raises(ValueError) as caught:
        metric(hourly(), **options)

    assert str(caught.value) == (
        f"{metric.__name__}: the times of this weighted table are floored to 1h, which is too "
        "coarse for these steps or this time zone. Pass the jobs instead."
    )


def test_hourly_times_are_fine_enough_for_days_in_a_zone_of_whole_hours():
    flow = throughput(hourly(), every="1D", time_zone="Europe/Berlin")

    assert flow["created"].tolist() == [35]


# Bad input


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("given_jobs", [None, [{"status": "failed"}], "jobs.csv", pd.Series([1])])
def test_other_objects_than_tables_are_refused(metric, given_jobs):
    with pytest.raises(TypeError) as caught:
        metric(given_jobs)

    kind = type(given_jobs).__name__
    assert str(caught.value) == f"{metric.__name__} takes a table of jobs or a ledger, not {kind}."


@pytest.mark.parametrize("metric", [durations, duration_quantiles, throughput])
def test_times_without_a_time_zone_are_refused(metric):
    naive = jobs(FIVE).assign(created_at=pd.Timestamp("2026-03-02T09:00"))

    with pytest.raises(ValueError) as caught:
        metric(naive)

    assert str(caught.value) == (
        f"{metric.__name__}: the times in 'created_at' have no time zone. Add one, such as UTC."
    )


def test_texts_instead_of_times_are_refused():
    with pytest.raises(TypeError) as caught:
        outcomes(jobs(FIVE).assign(created_at="2026-03-02T09:00Z"))

    assert str(caught.value) == (
        "outcomes: the column 'created_at' holds str, not times with a time zone. "
        "In pandas, convert it with pd.to_datetime(..., utc=True)."
    )


@pytest.mark.parametrize("nothing", [None, pd.NaT, np.nan])
def test_empty_columns_count_as_unknown_times(nothing):
    empty = jobs(FIVE).assign(created_at=nothing, finished_at=nothing, read_at=nothing)

    assert throughput(empty).empty
    assert durations(empty)["duration_seconds"].fillna(-1).tolist() == [4, -1, 9, -1, -1]
    assert duration_quantiles(empty)["unknown"].tolist() == [3, 3, 3]
    assert outcomes(empty).attrs["created_from"] is None


def test_units_time_zones_and_categories_make_no_difference():
    other = jobs(FIVE)
    for name in ("created_at", "finished_at", "read_at"):
        other[name] = other[name].dt.tz_convert("Asia/Tokyo").dt.as_unit("ns")
    other = other.astype({"status": "category", "template_id": "category"})

    for metric in METRICS:
        assert_frame_equal(metric(other, by="template"), metric(jobs(FIVE), by="template"))


@pytest.mark.parametrize("metric", METRICS)
def test_a_metric_with_groups_does_not_change_its_table(metric):
    given_table = jobs(FIVE).set_axis([7, 7, 7, 3, 1])
    before = given_table.copy()

    result = metric(given_table, by=["template", "hour"])

    assert_frame_equal(given_table, before)
    assert_frame_equal(result, metric(jobs(FIVE), by=["template", "hour"]))


def test_times_that_are_far_apart_are_counted_correctly():
    far = jobs(FIVE).iloc[[0, 2]].assign(finished_at=pd.NaT, duration_seconds=[1e11, 5e11])
    for days in (0, 300_000):
        moved = far.assign(created_at=far["created_at"] + timedelta(days=days))

        assert kaplan_meier(moved)["duration_seconds"].tolist() == [1e11, 5e11]


def test_keys_that_are_too_large_for_one_number_are_counted_all_the_same():
    far_apart = np.array([0, 1 << 40, 0, 1 << 40, 7])

    combinations, counts = count_combinations([far_apart, far_apart[::-1].copy(), far_apart])

    rows = zip(*(keys.tolist() for keys in combinations), counts.tolist(), strict=True)
    assert sorted(rows) == [
        (0, 0, 0, 1),
        (0, 7, 0, 1),
        (7, 0, 7, 1),
        (1 << 40, 1 << 40, 1 << 40, 2),
    ]
