"""Outcomes, throughput and durations, checked by hand, by properties and by statsmodels."""

import math
from datetime import UTC, datetime, timedelta, timezone

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from tables import jobs, table

from docgen_nb import wire
from docgen_nb.errors import MissingColumn
from docgen_nb.metrics import durations, outcomes, throughput

FIVE = """
    job_id  status                created_at            finished_at           finished_source  duration_seconds  read_at
    1       completed             2026-03-02T09:00:10Z  2026-03-02T09:00:14Z  output_file      4                 2026-03-02T09:03:30Z
    2       completed_with_error  2026-03-02T09:00:10Z  2026-03-02T09:02:10Z  output_file      120               2026-03-02T09:03:30Z
    3       failed                2026-03-02T09:00:59Z  -                     -                -                 2026-03-02T09:03:30Z
    4       pending               2026-03-02T09:01:00Z  -                     -                -                 2026-03-02T09:03:30Z
    5       submitted             -                     -                     -                -                 2026-03-02T09:03:30Z
"""  # noqa: E501
EDGE = "2026-03-02T09:00:00Z"


# Outcomes


def test_outcomes_count_each_status_in_order():
    counts = outcomes(jobs("status\ncompleted\ncompleted\nfailed\ncompleted_with_error\ncompleted"))

    expected = table(
        """
        status                jobs  share  share_low            share_high
        pending               0     0.0    0.0                  0.43448246478317476
        submitted             0     0.0    0.0                  0.43448246478317476
        completed             3     0.6    0.23072428105846517  0.8823795987846095
        completed_with_error  1     0.2    0.03622411405309088  0.6244654408834415
        failed                1     0.2    0.03622411405309088  0.6244654408834415
        """
    )
    assert_frame_equal(counts, expected)


def test_unknown_statuses_come_last_and_are_counted():
    counts = outcomes(jobs("status\nzapped\npaused\n-\nfailed\n-"))

    assert counts["status"].fillna("none").tolist() == [*wire.STATUSES, "paused", "zapped", "none"]
    assert counts["share"].tolist()[4:] == [0.2, 0.2, 0.2, 0.4]
    assert counts["jobs"].tolist() == [0, 0, 0, 0, 1, 1, 1, 2]


def test_outcomes_of_no_jobs_are_zero_without_a_share():
    counts = outcomes(jobs("status"))

    expected = table(
        """
        status                jobs  share  share_low  share_high
        pending               0     -      -          -
        submitted             0     -      -          -
        completed             0     -      -          -
        completed_with_error  0     -      -          -
        failed                0     -      -          -
        """
    )
    assert_frame_equal(counts, expected)


def test_outcomes_of_one_job_have_a_wide_interval():
    counts = outcomes(jobs("status\nfailed"))

    assert counts.loc[4, ["jobs", "share", "share_high"]].tolist() == [1, 1.0, 1.0]
    assert counts.loc[4, "share_low"] == pytest.approx(0.20654931437723745)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.sampled_from([*wire.STATUSES, "paused", None])))
def test_outcomes_sum_to_jobs(statuses):
    counts = outcomes(pd.DataFrame({"status": pd.Series(statuses, dtype="str")}))

    assert counts["jobs"].sum() == len(statuses)
    assert not statuses or math.isclose(counts["share"].sum(), 1)


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 5000), st.data())
def test_the_interval_equals_wilsons_in_statsmodels(total, data):
    failed = data.draw(st.integers(0, total))
    statuses = ["failed"] * failed + ["completed"] * (total - failed)

    row = outcomes(pd.DataFrame({"status": statuses})).loc[4]

    from statsmodels.stats.proportion import proportion_confint  # takes seconds

    low, high = proportion_confint(failed, total, method="wilson")
    assert row["share_low"] == pytest.approx(low, abs=1e-12)
    assert row["share_high"] == pytest.approx(high, abs=1e-12)
    assert 0 <= row["share_low"] <= row["share"] <= row["share_high"] <= 1


def test_attrs_hold_the_window_of_the_jobs():
    window = {
        "created_from": "2026-03-02T09:00:10+00:00",
        "created_to": "2026-03-02T09:01:00+00:00",
        "read_at": "2026-03-02T09:03:30+00:00",
        "time_zone": "UTC",
        "jobs": 5,
    }

    assert outcomes(jobs(FIVE)).attrs == {**window, "limits": "independent jobs"}
    assert durations(jobs(FIVE)).attrs == {**window, "notes": []}
    assert throughput(jobs(FIVE)).attrs == {**window, "every": "1min", "notes": []}
    assert outcomes(jobs("status\nfailed")).attrs == {
        "created_from": None,
        "created_to": None,
        "read_at": None,
        "time_zone": "UTC",
        "jobs": 1,
        "limits": "independent jobs",
    }


# Throughput


def test_throughput_has_every_step_up_to_the_reading():
    flow = throughput(jobs(FIVE))

    expected = table(
        """
        step_start         step_end           created  finished  open  ends_unknown  running
        2026-03-02T09:00Z  2026-03-02T09:01Z  3        1         1     1             no
        2026-03-02T09:01Z  2026-03-02T09:02Z  1        0         2     0             no
        2026-03-02T09:02Z  2026-03-02T09:03Z  0        1         1     0             no
        2026-03-02T09:03Z  2026-03-02T09:04Z  0        0         1     0             yes
        """
    )
    assert_frame_equal(flow, expected)


def test_throughput_ends_with_the_last_event_if_nothing_is_open():
    flow = throughput(jobs(FIVE).iloc[:3])

    assert flow["step_start"].max() == pd.Timestamp("2026-03-02T09:02Z")
    assert not flow["running"].any()


def test_an_event_on_an_edge_is_in_the_step_that_starts_there():
    flow = throughput(
        jobs(
            """
            status     created_at            finished_at           read_at
            completed  2026-03-02T09:00:00Z  2026-03-02T09:01:00Z  2026-03-02T09:02:00Z
            completed  2026-03-02T09:00:00Z  2026-03-02T09:00:00Z  2026-03-02T09:02:00Z
            """
        )
    )

    expected = table(
        """
        step_start         step_end           created  finished  open  ends_unknown  running
        2026-03-02T09:00Z  2026-03-02T09:01Z  2        1         1     0             no
        2026-03-02T09:01Z  2026-03-02T09:02Z  0        1         0     0             no
        """
    )
    assert_frame_equal(flow, expected)


def test_throughput_of_one_job_is_one_step():
    flow = throughput(jobs(FIVE).iloc[:1], every="1h")

    expected = table(
        """
        step_start         step_end           created  finished  open  ends_unknown  running
        2026-03-02T09:00Z  2026-03-02T10:00Z  1        1         0     0             yes
        """
    )
    assert_frame_equal(flow, expected)


@pytest.mark.parametrize("rows", [[], [4]])
def test_throughput_of_jobs_without_times_is_an_empty_table(rows):
    flow = throughput(jobs(FIVE).iloc[rows], time_zone="Europe/Berlin")

    expected = table(
        "step_start step_end created finished open ends_unknown running", time_zone="Europe/Berlin"
    )
    assert_frame_equal(flow, expected)


def test_a_job_without_a_creation_time_counts_as_finished_and_never_as_open():
    flow = throughput(
        jobs(
            """
            status     created_at  finished_at           read_at
            completed  -           2026-03-02T09:00:30Z  2026-03-02T09:02:00Z
            """
        )
    )

    assert flow[["created", "finished", "open"]].values.tolist() == [[0, 1, 0]]


def test_an_unknown_status_is_not_open():
    flow = throughput(
        jobs(
            f"""
            status  created_at  finished_at  read_at
            paused  {EDGE}      -            2026-03-02T09:02:00Z
            -       {EDGE}      -            2026-03-02T09:02:00Z
            """
        )
    )

    assert flow[["created", "open", "ends_unknown"]].values.tolist() == [[2, 0, 2]]


def berlin(every: str) -> pd.DataFrame:
    """Return the steps of two jobs in the hour that Berlin repeats on 25 October 2026."""
    flow = throughput(
        jobs(
            """
            status     created_at            finished_at           read_at
            completed  2026-10-24T23:30:00Z  2026-10-25T01:10:00Z  2026-10-26T09:00:00Z
            completed  2026-10-25T00:30:00Z  2026-10-25T01:30:00Z  2026-10-26T09:00:00Z
            """
        ),
        every=every,
        time_zone="Europe/Berlin",
    )
    return flow[["step_start", "step_end", "created", "finished", "open"]]


def test_an_hour_that_the_clocks_repeat_is_two_steps():
    expected = table(
        """
        step_start         step_end           created  finished  open
        2026-10-24T23:00Z  2026-10-25T00:00Z  1        0         1
        2026-10-25T00:00Z  2026-10-25T01:00Z  1        0         2
        2026-10-25T01:00Z  2026-10-25T02:00Z  0        2         0
        """,
        time_zone="Europe/Berlin",
    )
    assert_frame_equal(berlin("1h"), expected)


@pytest.mark.parametrize(
    ("every", "start", "end"),
    [
        ("1D", "2026-10-24T22:00Z", "2026-10-25T23:00Z"),
        ("6h", "2026-10-24T22:00Z", "2026-10-25T05:00Z"),
        ("W-MON", "2026-10-18T22:00Z", "2026-10-25T23:00Z"),
        ("MS", "2026-09-30T22:00Z", "2026-10-31T23:00Z"),
    ],
)
def test_longer_steps_follow_local_time(every, start, end):
    expected = table(
        f"""
        step_start  step_end  created  finished  open
        {start}     {end}     2        2         0
        """,
        time_zone="Europe/Berlin",
    )
    assert_frame_equal(berlin(every), expected)


@pytest.mark.parametrize(
    ("every", "like", "name"),
    [
        ("ME", "MS", "MS"),
        ("QE", "QS", "QS-JAN"),
        ("QE-FEB", "QS-MAR", "QS-MAR"),
        ("YE", "YS", "YS-JAN"),
        ("YE-JUN", "YS-JUL", "YS-JUL"),
        ("W", "W-SUN", "W-SUN"),
    ],
)
def test_months_quarters_and_years_start_on_their_first_day(every, like, name):
    flow = throughput(jobs(FIVE), every=every)

    assert_frame_equal(flow, throughput(jobs(FIVE), every=like))
    assert flow.attrs["every"] == name
    assert (flow["step_start"].dt.day == 1).all() or name == "W-SUN"


@pytest.mark.parametrize("every", ["BME", "SME", "BQE", "BYE"])
def test_steps_that_would_start_on_a_last_day_are_refused(every):
    with pytest.raises(ValueError) as caught:
        throughput(jobs(FIVE), every=every)

    assert str(caught.value) == (
        f"every={every!r} would start each step on the last day of a period. Use 'MS', 'QS' or "
        "'YS'."
    )


def test_an_end_before_the_creation_leaves_no_negative_number_of_open_jobs():
    behind = jobs(
        """
        status     created_at            finished_at           read_at
        failed     2026-03-02T09:05:00Z  2026-03-02T09:03:30Z  2026-03-02T09:10:00Z
        failed     2026-03-02T09:05:00Z  2026-03-02T09:04:59Z  2026-03-02T09:10:00Z
        completed  2026-03-02T09:05:00Z  2026-03-02T09:05:00Z  2026-03-02T09:10:00Z
        """
    )

    flow = throughput(behind)

    counts = flow[["created", "finished", "open", "ends_unknown"]]
    assert counts.to_numpy().tolist() == [[3, 1, 0, 2]]
    assert flow.attrs["notes"] == [
        "2 ends count as unknown because they are before the creation of their job, so a clock "
        "is wrong"
    ]


@pytest.mark.parametrize(
    ("zone", "created", "start", "end"),
    [
        ("Asia/Beirut", "2026-03-28T22:30Z", "2026-03-28T22:00Z", "2026-03-29T21:00Z"),
        ("America/Havana", "2026-11-01T04:30Z", "2026-11-01T04:00Z", "2026-11-02T05:00Z"),
        ("America/Havana", "2026-11-01T05:30Z", "2026-11-01T04:00Z", "2026-11-02T05:00Z"),
    ],
)
def test_a_day_may_start_when_the_clocks_change(zone, created, start, end):
    one = jobs(f"status created_at finished_at read_at\nfailed {created} - 2026-11-05T00:00Z")

    flow = throughput(one, every="1D", time_zone=zone)

    expected = table(f"step_start step_end\n{start} {end}", time_zone=zone)
    assert_frame_equal(flow[["step_start", "step_end"]], expected)


def test_an_event_in_the_repeated_hour_is_in_the_step_that_started_before():
    flow = throughput(
        jobs(
            """
            status     created_at         finished_at        read_at
            completed  2026-10-25T00:50Z  2026-10-25T01:10Z  2026-10-26T09:00Z
            """
        ),
        every="65min",
        time_zone="Europe/Berlin",
    )

    expected = table(
        """
        step_start         step_end           created  finished  open  ends_unknown  running
        2026-10-25T00:45Z  2026-10-25T02:50Z  1        1         0     0             no
        """,
        time_zone="Europe/Berlin",
    )
    assert_frame_equal(flow, expected)


def test_attrs_hold_the_window_in_the_given_time_zone():
    assert throughput(jobs(FIVE), every="1h", time_zone="Europe/Berlin").attrs == {
        "created_from": "2026-03-02T10:00:10+01:00",
        "created_to": "2026-03-02T10:01:00+01:00",
        "read_at": "2026-03-02T10:03:30+01:00",
        "time_zone": "Europe/Berlin",
        "jobs": 5,
        "every": "1h",
        "notes": [],
    }


@pytest.mark.parametrize("second", ["00", "59"])
def test_the_running_step_contains_the_reading(second):
    read = jobs(FIVE).assign(read_at=pd.Timestamp(f"2026-03-02T09:03:{second}Z"))

    assert throughput(read)["running"].tolist() == [False, False, False, True]


def test_hours_start_in_the_given_time_zone():
    flow = throughput(jobs(FIVE).iloc[:1], every="1h", time_zone="Asia/Kolkata")

    assert flow["step_start"].tolist() == [pd.Timestamp("2026-03-02T14:00+05:30")]


MOMENTS = st.datetimes(datetime(2026, 3, 27), datetime(2026, 10, 27), timezones=st.just(UTC))
JOBS = st.lists(
    st.tuples(
        st.sampled_from([*wire.STATUSES, "paused"]),
        st.none() | MOMENTS,
        st.none() | st.timedeltas(timedelta(0), timedelta(days=3)),
    ),
    max_size=8,
)
STEPS = st.sampled_from(["10min", "90min", "1h", "5h", "1D", "2D", "W-SUN", "MS", "B"])
ZONES = st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe"])


def drawn(rows: list) -> pd.DataFrame:
    times = {
        "created_at": [created for _, created, _ in rows],
        "finished_at": [created + took if created and took else None for _, created, took in rows],
        "read_at": [datetime(2026, 10, 31, tzinfo=UTC)] * len(rows),
    }
    typed = {name: pd.Series(values, dtype="datetime64[us, UTC]") for name, values in times.items()}
    return pd.DataFrame({"status": pd.Series([row[0] for row in rows], dtype="str"), **typed})


@settings(deadline=None, max_examples=40)
@given(JOBS, STEPS, ZONES)
def test_throughput_sums_to_the_jobs_with_known_times(rows, every, zone):
    table_of_jobs = drawn(rows)

    flow = throughput(table_of_jobs, every=every, time_zone=zone)

    assert flow["created"].sum() == table_of_jobs["created_at"].notna().sum()
    assert flow["finished"].sum() == table_of_jobs["finished_at"].notna().sum()
    assert (flow["open"] >= 0).all()


@settings(deadline=None, max_examples=40)
@given(JOBS, STEPS, ZONES)
def test_steps_have_no_gaps_and_contain_their_events(rows, every, zone):
    table_of_jobs = drawn(rows)

    flow = throughput(table_of_jobs, every=every, time_zone=zone)

    assert flow["step_start"].tolist()[1:] == flow["step_end"].tolist()[:-1]
    assert (flow["step_start"] < flow["step_end"]).all()
    for step in flow.itertuples():
        inside = table_of_jobs["created_at"].between(step.step_start, step.step_end, "left")
        assert step.created == inside.sum()
        is_open = (table_of_jobs["created_at"] < step.step_end) & (
            (table_of_jobs["finished_at"] >= step.step_end)
            | (table_of_jobs["finished_at"].isna() & table_of_jobs["status"].isin(wire.OPEN))
        )
        assert step.open == is_open.sum()
        if step.Index == 20:
            break


@settings(deadline=None, max_examples=40)
@given(JOBS, JOBS, STEPS)
def test_metrics_of_two_tables_add_up(first, second, every):
    parts, whole = [drawn(first), drawn(second)], drawn(first + second)

    added = pd.concat([throughput(part, every=every) for part in parts])
    added = added.groupby("step_start")[["created", "finished", "ends_unknown"]].sum()
    flow = throughput(whole, every=every).set_index("step_start")
    assert_frame_equal(
        added.reindex(flow.index, fill_value=0), flow[list(added.columns)], check_freq=False
    )
    counts = sum(
        outcomes(part).set_index("status")["jobs"].reindex(wire.STATUSES) for part in parts
    )
    assert counts.tolist() == outcomes(whole)["jobs"].tolist()[:5]


@pytest.mark.parametrize("every", ["hour", "", "0min", "-1h", None, 5])
def test_an_invalid_step_is_refused(every):
    with pytest.raises(ValueError) as caught:
        throughput(jobs(FIVE), every=every)

    assert str(caught.value) == (
        f"every={every!r} is not a time step. "
        "Use a pandas offset such as '15s', '1min', '6h', '1D' or 'W-MON'."
    )


@pytest.mark.parametrize(
    ("every", "message"),
    [
        ("500ms", "every='500ms' is not a whole number of seconds, as job times are."),
        ("2W", "every='2W' is not supported: use one week, month or year."),
    ],
)
def test_an_unsupported_step_is_refused(every, message):
    with pytest.raises(ValueError) as caught:
        throughput(jobs(FIVE), every=every)

    assert str(caught.value) == message


def test_more_than_a_million_steps_are_refused():
    far = jobs(FIVE).iloc[:1].assign(finished_at=pd.Timestamp("2026-04-02T09:00:14Z"))

    with pytest.raises(ValueError) as caught:
        throughput(far, every="1s")

    assert str(caught.value) == (
        "every='1s' makes more than a million steps from 2026-03-02 09:00:10+00:00 "
        "to 2026-04-02 09:00:14+00:00. Use a longer step."
    )


@pytest.mark.parametrize("zone", [None, "", "Europe", "Europe/Nowhere", "../UTC", 5])
def test_an_unknown_time_zone_is_refused(zone):
    with pytest.raises(ValueError) as caught:
        throughput(jobs(FIVE), time_zone=zone)

    assert str(caught.value) == (
        f"time_zone={zone!r} is not a time zone. Use a name such as 'UTC' or 'Europe/Berlin'."
    )


def test_a_time_zone_may_be_an_object():
    flow = throughput(jobs(FIVE).iloc[:1], every="1D", time_zone=timezone(timedelta(hours=15)))

    assert flow["step_start"].tolist() == [pd.Timestamp("2026-03-03T00:00+15:00")]


# Durations


def test_durations_count_an_open_job_up_to_the_reading():
    times = durations(jobs(FIVE))

    expected = table(
        """
        job_id  duration_seconds  ended  finished_source
        1       4                 yes    output_file
        2       120               yes    output_file
        3       -                 yes    -
        4       150               no     -
        5       -                 no     -
        """
    )
    assert_frame_equal(times, expected)


def test_durations_of_no_jobs_have_all_columns():
    expected = table("job_id duration_seconds ended finished_source")

    assert_frame_equal(durations(jobs(FIVE).iloc[:0]), expected)


def test_a_known_end_counts_even_if_the_job_was_read_as_open():
    pending = jobs(FIVE).iloc[[0]].assign(status="pending")

    expected = table(
        """
        job_id  duration_seconds  ended  finished_source
        1       4                 yes    output_file
        """
    )
    assert_frame_equal(durations(pending), expected)


def test_a_job_created_after_the_reading_is_open_for_zero_seconds():
    late = jobs(FIVE).iloc[[3]].assign(created_at=pd.Timestamp("2026-03-02T09:03:31Z"))

    assert durations(late)["duration_seconds"].tolist() == [0.0]


def test_a_job_with_an_unknown_status_ended_only_if_its_end_is_known():
    paused = jobs(FIVE).iloc[[0, 2]].assign(status="paused")

    expected = table(
        """
        job_id  duration_seconds  ended  finished_source
        1       4                 yes    output_file
        3       -                 no     -
        """
    )
    assert_frame_equal(durations(paused), expected)


# All


END_TIMES = " Add end times with add_output_times, or use the jobs of a Ledger."
HINTS = {
    "finished_at": END_TIMES,
    "finished_source": END_TIMES,
    "duration_seconds": END_TIMES,
    "read_at": " read_at is the time when the jobs were read.",
}


@pytest.mark.parametrize(
    ("metric", "columns"),
    [
        (outcomes, ["status"]),
        (throughput, ["status", "created_at", "finished_at", "read_at"]),
        (
            durations,
            ["job_id", "status", "created_at", "duration_seconds", "finished_source", "read_at"],
        ),
    ],
)
def test_a_metric_names_a_missing_column(metric, columns):
    for column in columns:
        with pytest.raises(MissingColumn) as caught:
            metric(jobs(FIVE).drop(columns=column))

        assert str(caught.value) == (
            f"{metric.__name__} needs the column {column!r}, which this table lacks."
            f"{HINTS.get(column, '')}"
        )
        assert (caught.value.columns, caught.value.function) == ((column,), metric.__name__)


@pytest.mark.parametrize("metric", [outcomes, throughput, durations])
def test_a_metric_does_not_change_its_table_and_ignores_its_index(metric):
    given_table = jobs(FIVE).set_axis([7, 7, 7, 3, 1])
    before = given_table.copy()

    result = metric(given_table)

    assert_frame_equal(given_table, before)
    assert_frame_equal(result, metric(jobs(FIVE)))
