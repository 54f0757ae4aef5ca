"""Slow hours, comparisons and incidents, checked by hand, statsmodels and SciPy."""

import math

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from tables import jobs, table

from docgen_nb.errors import MissingColumn
from docgen_nb.metrics import compare_jobs, find_incidents, slow_hours
from docgen_nb.metrics.intervals import binomial_tail, mover, share_estimate

SIX = """
    status     template_id  duration_seconds  created_at         read_at
    completed  7            2                 2026-03-02T09:10Z  2026-03-02T12:00Z
    completed  7            30                2026-03-02T09:20Z  2026-03-02T12:00Z
    failed     7            -                 2026-03-02T09:30Z  2026-03-02T12:00Z
    pending    8            -                 2026-03-02T11:59Z  2026-03-02T12:00Z
    completed  8            5                 2026-03-08T23:10Z  2026-03-02T12:00Z
    completed  8            5                 -                  2026-03-02T12:00Z
"""


# Slow hours


def test_each_hour_of_the_week_that_has_jobs_is_a_row():
    hours = slow_hours(jobs(SIX), quantile=0.5)

    expected = table(
        """
        weekday  hour  jobs  ended  censored  duration_seconds
        0        9     3     2      0         30
        0        11    1     0      1         -
        6        23    1     1      0         5
        """
    )
    limits = hours[["duration_low_seconds", "duration_high_seconds", "largest_day_share"]]
    assert limits.values.tolist()[0] == [pytest.approx(math.nan, nan_ok=True)] * 2 + [1]
    hours = hours.drop(columns=[*limits])
    assert_frame_equal(hours.astype({"ended": "str"}), expected.astype({"ended": "str"}))
    assert hours["ended"].dtype == "int64"
    assert hours.attrs["quantile"] == 0.5


def test_slow_hours_follow_the_time_zone_and_the_groups():
    hours = slow_hours(jobs(SIX), by="template", time_zone="Europe/Berlin")

    assert hours[["template_id", "weekday", "hour", "jobs"]].values.tolist() == [
        ["7", 0, 10, 3],
        ["8", 0, 0, 1],
        ["8", 0, 12, 1],
    ]


def test_slow_hours_of_no_jobs_are_an_empty_table():
    assert_frame_equal(slow_hours(jobs(SIX).iloc[:0]), slow_hours(jobs(SIX)).iloc[:0])


def test_slow_hours_refuse_a_bad_quantile_and_a_second_grouping_by_hour():
    with pytest.raises(ValueError) as caught:
        slow_hours(jobs(SIX), quantile=95)
    assert str(caught.value) == "The quantile 95 is not between 0 and 1."
    with pytest.raises(ValueError) as caught:
        slow_hours(jobs(SIX), by="hour")
    assert str(caught.value) == "slow_hours already groups by 'hour'. Leave it out of by=."


# Comparisons


def test_jobs_of_equal_duration_have_one_quantile():
    change = compare_jobs(batch(seconds=(4.0,) * 5000), batch(seconds=(4.0,) * 5000))

    assert change["sentence"][2] == (
        "Half of the jobs ended within 4 s before (5,000 jobs) and within 4 s after (5,000 jobs): "
        "no difference (95% interval for independent jobs: 0 s to 0 s)."
    )


def batch(*, failed: int = 0, incomplete: int = 0, seconds: tuple[float, ...] = ()) -> pd.DataFrame:
    """Return failed jobs, jobs completed with an error, and completed jobs of these durations."""
    statuses = ["failed"] * failed + ["completed_with_error"] * incomplete
    return pd.DataFrame(
        {
            "status": pd.Series([*statuses, *["completed"] * len(seconds)], dtype="str"),
            "duration_seconds": [math.nan] * (failed + incomplete) + list(seconds),
            "created_at": pd.Timestamp("2026-03-02T09:00Z"),
            "read_at": pd.Timestamp("2026-03-02T10:00Z"),
        }
    ).astype({"created_at": "datetime64[us, UTC]", "read_at": "datetime64[us, UTC]"})


FEW = tuple(float(number) for number in range(1, 41))
MANY = tuple(float(number) for number in range(11, 91))


def test_a_comparison_gives_each_measure_an_interval_and_a_sentence():
    change = compare_jobs(
        batch(failed=2, incomplete=8, seconds=FEW), batch(failed=20, seconds=MANY)
    )

    assert change["measure"].tolist() == [
        "failed_share",
        "completed_with_error_share",
        "duration_median_seconds",
        "duration_p95_seconds",
        "jobs",
    ]
    assert change["before"].tolist() == [0.04, 0.16, 21.0, 39.0, 50.0]
    assert change["after"].tolist() == [0.2, 0.0, 51.0, 87.0, 100.0]
    assert change["difference"].round(9).tolist() == [0.16, -0.16, 30.0, 48.0, 50.0]
    assert change["before_jobs"].tolist() == [50, 50, 40, 40, 50]
    assert change["after_jobs"].tolist() == [100, 100, 80, 80, 100]
    assert change["sentence"].tolist() == [
        "4.0% of the finished jobs failed before (50 jobs) and 20.0% after (100 jobs): "
        "16.0 percentage points more (95% interval for independent jobs: 4.4 more to 25.3 more).",
        "16.0% of the finished jobs completed with an error before (50 jobs) and 0.0% after "
        "(100 jobs): 16.0 percentage points fewer (95% interval for independent jobs: 28.5 fewer "
        "to 7.5 fewer).",
        "Half of the jobs ended within 21 s before (40 jobs) and within 51 s after (80 jobs): "
        "30 s longer (95% interval for independent jobs: 18.3 s longer to 41.4 s longer).",
        "95% of the jobs ended within 39 s before (40 jobs) and within 87 s after (80 jobs): "
        "48 s longer; no 95% interval can be estimated.",
        "50 jobs before and 100 after: 50 more (100% more).",
    ]


def test_open_jobs_are_in_no_share():
    finished = batch(failed=2, seconds=FEW)
    still_open = batch(seconds=(math.nan,) * 30).assign(status="pending")

    change = compare_jobs(pd.concat([finished, still_open]), finished)

    assert change["before"].tolist()[:2] == [2 / 42, 0.0]
    assert change["before_jobs"].tolist()[:2] == [42, 42]


def test_the_sentence_says_that_a_difference_may_be_chance():
    change = compare_jobs(batch(failed=1, seconds=FEW), batch(failed=2, seconds=FEW))

    assert change["sentence"][0] == (
        "2.4% of the finished jobs failed before (41 jobs) and 4.8% after (42 jobs): "
        "2.4 percentage points more, which may be chance (95% interval for independent jobs: "
        "8.4 fewer to 13.5 more)."
    )
    assert change["sentence"][2] == (
        "Half of the jobs ended within 21 s before (40 jobs) and within 21 s after (40 jobs): "
        "no difference (95% interval for independent jobs: 9.2 s shorter to 9.2 s longer)."
    )


def test_the_sentence_says_that_there_is_nothing_to_compare():
    change = compare_jobs(batch(failed=1, seconds=(4.0,)), batch())

    assert change["after"][:4].isna().all()
    assert change[["difference_low", "difference_high"]].isna().all(axis=None)
    assert change["sentence"].tolist() == [
        "Nothing to compare: no finished jobs after.",
        "Nothing to compare: no finished jobs after.",
        "Too few jobs ended after to estimate the time within which half end.",
        "Too few jobs ended after to estimate the time within which 95% end.",
        "2 jobs before and 0 after: 2 fewer (100% fewer).",
    ]


def test_groups_of_either_side_are_compared():
    before = batch(failed=1, seconds=(4.0,)).assign(template_id="7")
    after = batch(failed=1, seconds=(4.0,)).assign(template_id="8")

    change = compare_jobs(before, after, by="template")

    assert change["template_id"].tolist() == ["7"] * 5 + ["8"] * 5
    assert change["before_jobs"].tolist() == [2, 2, 1, 1, 2, *[0] * 5]
    assert change["after_jobs"].tolist() == [*[0] * 5, 2, 2, 1, 1, 2]
    assert_frame_equal(compare_jobs(before[:0], after[:0], by="template"), change.iloc[:0])


def test_a_comparison_states_both_windows():
    later = batch(seconds=(4.0,)).assign(created_at=pd.Timestamp("2026-03-03T09:00Z"))

    assert compare_jobs(batch(failed=1), later).attrs == {
        "created_from": "2026-03-02T09:00:00+00:00",
        "created_to": "2026-03-03T09:00:00+00:00",
        "read_at": "2026-03-02T10:00:00+00:00",
        "time_zone": "UTC",
        "jobs": 2,
        "limits": "independent jobs",
        "notes": [],
        "before_to": "2026-03-02T09:00:00+00:00",
        "after_from": "2026-03-03T09:00:00+00:00",
    }


COUNTS = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@settings(deadline=None, max_examples=100)
@given(COUNTS, COUNTS)
def test_a_difference_of_shares_has_newcombes_interval(before, after):
    limits = mover(share_estimate(*before), share_estimate(*after))

    from statsmodels.stats.proportion import confint_proportions_2indep  # takes seconds

    expected = confint_proportions_2indep(*after, *before, method="newcomb", compare="diff")
    assert limits == pytest.approx(expected, abs=1e-9)


@settings(deadline=None, max_examples=100)
@given(COUNTS)
def test_the_difference_from_a_certain_value_keeps_its_own_interval(counts):
    share = share_estimate(*counts)

    assert mover((0, 0, 0), share) == pytest.approx(share[1:])


@settings(deadline=None, max_examples=200)
@given(COUNTS, st.floats(0.0001, 0.9999))
def test_the_binomial_tail_equals_that_of_scipy(counts, share):
    from scipy.stats import binom  # takes seconds

    number, total = counts

    expected = binom.sf(number - 1, total, share)
    assert binomial_tail(number, total, share) == pytest.approx(expected, rel=1e-9, abs=1e-250)


@pytest.mark.parametrize(
    ("number", "total", "share", "chance"),
    [(0, 5, 0.0, 1.0), (1, 5, 0.0, 0.0), (5, 5, 1.0, 1.0), (6, 5, 0.5, 0.0), (2, 3, 0.5, 0.5)],
)
def test_the_binomial_tail_at_its_ends(number, total, share, chance):
    assert binomial_tail(number, total, share) == pytest.approx(chance)


# Incidents


def day(*, bad: dict[int, int] | None = None, slow: dict[int, int] | None = None) -> pd.DataFrame:
    """Return twenty jobs an hour for two days: at some hours, some failed or took a minute."""
    rows = []
    for hour in range(48):
        for place in range(20):
            is_bad = place < (bad or {}).get(hour, 0)
            is_slow = place < (slow or {}).get(hour, 0)
            rows.append(
                {
                    "status": "failed" if is_bad else "completed",
                    "template_id": "7",
                    "duration_seconds": math.nan if is_bad else 60.0 if is_slow else 4.0,
                    "created_at": pd.Timestamp("2026-03-02T00:10Z") + pd.Timedelta(hours=hour),
                    "read_at": pd.Timestamp("2026-03-05T00:00Z"),
                }
            )
    return pd.DataFrame(rows).astype({"status": "str", "template_id": "str"})


def test_consecutive_hours_with_far_more_failures_are_one_incident():
    incidents = find_incidents(day(bad={5: 1, 10: 9, 11: 12, 30: 1}), time_zone="Europe/Berlin")

    start, end = "2026-03-02T10:00Z", "2026-03-02T12:00Z"
    expected = table(
        f"""
        kind      start    end    jobs  affected  share  usual_share           duration_seconds  usual_duration_seconds  batches  largest_batch_share
        failures  {start}  {end}  40    21        0.525  0.002173913043478261  4                 4                       0        -
        """,  # noqa: E501
        time_zone="Europe/Berlin",
    )
    assert_frame_equal(incidents.drop(columns="sentence"), expected)
    assert incidents["sentence"].tolist() == [
        "21 of the 40 finished jobs created from 2026-03-02 11:00 to 2026-03-02 13:00 "
        "(Europe/Berlin) failed: 52.5%, usually 0.2%."
    ]
    assert incidents.attrs["every"] == "1h"
    assert incidents.attrs["jobs"] == 960


def test_hours_in_which_most_jobs_take_long_are_an_incident_of_waiting():
    incidents = find_incidents(day(slow={10: 15, 20: 9}))

    assert incidents["kind"].tolist() == ["waiting"]
    assert incidents[["jobs", "affected", "share"]].values.tolist() == [[20.0, 15.0, 0.75]]
    assert incidents[["duration_seconds", "usual_duration_seconds"]].values.tolist() == [
        [60.0, 4.0]
    ]
    assert incidents["sentence"].tolist() == [
        "15 of the 20 jobs created from 2026-03-02 10:00 to 2026-03-02 11:00 (UTC) took longer "
        "than 95% of the jobs of their template: 75.0%, usually 1.0%."
    ]


def test_jobs_that_have_been_open_for_long_count_as_waiting():
    stuck = day()
    at_ten = stuck["created_at"].dt.hour.eq(10) & stuck["created_at"].dt.day.eq(2)
    stuck.loc[at_ten, ["status", "duration_seconds"]] = ["pending", math.nan]

    incidents = find_incidents(stuck)

    assert incidents[["kind", "jobs", "affected"]].values.tolist() == [["waiting", 20, 20]]


def test_jobs_that_were_opened_a_moment_ago_are_neither_quick_nor_waiting():
    jobs = day(slow={10: 15})
    young = jobs[jobs["created_at"] == pd.Timestamp("2026-03-02T10:10Z")].assign(
        status="pending", duration_seconds=math.nan, read_at=pd.Timestamp("2026-03-02T10:10:01Z")
    )

    incidents = find_incidents(pd.concat([jobs, young]))

    assert incidents[["kind", "jobs", "affected"]].values.tolist() == [["waiting", 20, 15]]


def test_jobs_without_a_time_of_creation_are_in_no_incident():
    jobs = day(bad={10: 20})
    undated = jobs[jobs["status"] == "failed"].assign(created_at=pd.NaT)
    undated["created_at"] = undated["created_at"].dt.tz_localize("UTC")

    assert_frame_equal(find_incidents(pd.concat([jobs, undated])), find_incidents(jobs))


@pytest.mark.parametrize(
    "usual",
    [
        day(),
        day(bad=dict.fromkeys(range(48), 5)),
        day(bad={hour: hour % 3 for hour in range(48)}),
        day(bad={10: 2}),
        day(slow={10: 10}),
        day().iloc[:20],
        day(bad={0: 20}).iloc[:20],
        day().iloc[:0],
    ],
    ids=["none", "always", "spread", "two", "half", "one hour", "one bad hour", "no jobs"],
)
def test_usual_hours_are_not_an_incident(usual):
    incidents = find_incidents(usual)

    assert_frame_equal(incidents, find_incidents(day(bad={10: 20})).iloc[:0])


def test_overdispersed_numbers_must_be_higher_to_be_unusual():
    calm = dict.fromkeys(range(48), 2) | {10: 10}
    wild = {hour: 6 if hour % 5 == 0 else 1 for hour in range(48)} | {10: 10}

    assert len(find_incidents(day(bad=calm))) == 1
    assert len(find_incidents(day(bad=wild))) == 0


def test_each_group_is_compared_only_with_itself():
    both = pd.concat(
        [day(bad={10: 20}), day(bad=dict.fromkeys(range(48), 12)).assign(template_id="8")]
    )

    incidents = find_incidents(both, by="template")

    assert incidents[["template_id", "jobs", "affected"]].values.tolist() == [["7", 20, 20]]


def test_spans_are_joined_over_hours_without_jobs():
    gap = day(bad={10: 20, 12: 20})

    assert len(find_incidents(gap)) == 2
    assert len(find_incidents(gap[gap["created_at"].dt.hour != 11])) == 1


def test_a_job_with_an_unknown_creation_time_is_in_no_incident():
    lost = day(bad={10: 20}).assign(created_at=pd.Series(pd.NaT, dtype="datetime64[us, UTC]"))

    assert find_incidents(lost).empty


@pytest.mark.parametrize("metric", [slow_hours, find_incidents])
@pytest.mark.parametrize("column", ["status", "duration_seconds", "created_at", "read_at"])
def test_a_missing_column_is_named(metric, column):
    with pytest.raises(MissingColumn) as caught:
        metric(jobs(SIX).drop(columns=column))

    assert (caught.value.columns, caught.value.function) == ((column,), metric.__name__)


def test_a_comparison_names_the_columns_that_either_table_lacks():
    for tables in ((jobs(SIX), jobs(SIX)[["status"]]), (jobs(SIX)[["status"]], jobs(SIX))):
        with pytest.raises(MissingColumn) as caught:
            compare_jobs(*tables)

        assert str(caught.value) == (
            "compare_jobs needs the columns 'duration_seconds', 'created_at' and 'read_at', which "
            "this table lacks. Add end times with add_output_times, or use the jobs of a Ledger. "
            "read_at is the time when the jobs were read."
        )
