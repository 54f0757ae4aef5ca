"""Slow hours, comparisons and incidents: tables by hand, and statsmodels and SciPy as judges."""

import math

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from scipy.stats import binom
from statsmodels.stats.proportion import confint_proportions_2indep
from tables import jobs, table

from docgen_nb.errors import MissingColumn
from docgen_nb.metrics import compare_jobs, find_incidents, slow_hours
from docgen_nb.metrics.intervals import binomial_tail, mover, newcombe, wilson

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
    found = slow_hours(jobs(SIX), quantile=0.5)

    expected = table(
        """
        weekday  hour  jobs  ended  censored  duration_seconds
        0        9     3     2      0         30
        0        11    1     0      1         -
        6        23    1     1      0         5
        """
    )
    assert_frame_equal(found.astype({"ended": "str"}), expected.astype({"ended": "str"}))
    assert found["ended"].dtype == "int64"
    assert found.attrs["quantile"] == 0.5


def test_hours_of_the_week_are_those_of_the_time_zone_and_group():
    found = slow_hours(jobs(SIX), by="template", time_zone="Europe/Berlin")

    assert found[["template_id", "weekday", "hour", "jobs"]].values.tolist() == [
        ["7", 0, 10, 3],
        ["8", 0, 0, 1],
        ["8", 0, 12, 1],
    ]


def test_no_jobs_have_no_slow_hours():
    assert_frame_equal(slow_hours(jobs(SIX).iloc[:0]), slow_hours(jobs(SIX)).iloc[:0])


def test_slow_hours_are_of_one_quantile_and_one_split_by_hours():
    with pytest.raises(ValueError) as caught:
        slow_hours(jobs(SIX), quantile=95)
    assert str(caught.value) == "quantiles= holds 95, which is not between 0 and 1."
    with pytest.raises(ValueError) as caught:
        slow_hours(jobs(SIX), by="hour")
    assert str(caught.value) == "slow_hours splits by 'hour' as it is: leave it out of by=."


# Comparisons


def test_jobs_that_all_take_as_long_do_not_tell_how_sure_their_quantile_is():
    found = compare_jobs(lot(seconds=(4.0,) * 5000), lot(seconds=(4.0,) * 5000))

    assert found["sentence"][2] == (
        "Half of the jobs took up to 4 s before (of 5000) and up to 4 s after (of 5000): "
        "no difference; the jobs do not tell how sure that is."
    )


def lot(*, failed: int = 0, incomplete: int = 0, seconds: tuple[float, ...] = ()) -> pd.DataFrame:
    """So many failed jobs, some that lack data, and completed ones that took so long."""
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


def test_a_comparison_gives_each_measure_its_limits_and_a_sentence():
    found = compare_jobs(lot(failed=2, incomplete=8, seconds=FEW), lot(failed=20, seconds=MANY))

    assert found["measure"].tolist() == [
        "failed_share",
        "completed_with_error_share",
        "duration_median_seconds",
        "duration_p95_seconds",
    ]
    assert found["before"].tolist() == [0.04, 0.16, 21.0, 39.0]
    assert found["after"].tolist() == [0.2, 0.0, 51.0, 87.0]
    assert found["difference"].round(9).tolist() == [0.16, -0.16, 30.0, 48.0]
    assert found["before_jobs"].tolist() == [50, 50, 40, 40]
    assert found["after_jobs"].tolist() == [100, 100, 80, 80]
    assert found["sentence"].tolist() == [
        "Of the finished jobs 4.0 % failed before (of 50) and 20.0 % after (of 100): "
        "16.0 percentage points more (95 % limits: 4.4 more to 25.3 more).",
        "Of the finished jobs 16.0 % completed with an error before (of 50) and 0.0 % after "
        "(of 100): 16.0 percentage points fewer (95 % limits: 28.5 fewer to 7.5 fewer).",
        "Half of the jobs took up to 21 s before (of 40) and up to 51 s after (of 80): "
        "30 s longer (95 % limits: 18.8 s longer to 40.6 s longer).",
        "95 % of the jobs took up to 39 s before (of 40) and up to 87 s after (of 80): "
        "48 s longer (95 % limits: 42.9 s longer to 53 s longer).",
    ]


def test_a_difference_that_may_be_chance_is_said_to_be():
    found = compare_jobs(lot(failed=1, seconds=FEW), lot(failed=2, seconds=FEW))

    assert found["sentence"][0] == (
        "Of the finished jobs 2.4 % failed before (of 41) and 4.8 % after (of 42): "
        "2.3 percentage points more, which may be chance (95 % limits: 8.4 fewer to 13.5 more)."
    )
    assert found["sentence"][2] == (
        "Half of the jobs took up to 21 s before (of 40) and up to 21 s after (of 40): "
        "no difference (95 % limits: 8.6 s shorter to 8.6 s longer)."
    )


def test_nothing_to_compare_with_is_said():
    found = compare_jobs(lot(failed=1, seconds=(4.0,)), lot())

    assert found["after"].isna().all()
    assert found[["difference_low", "difference_high"]].isna().all(axis=None)
    assert found["sentence"].tolist() == [
        "No job was finished after, so the shares that failed cannot be compared.",
        "No job was finished after, so the shares that completed with an error cannot be compared.",
        "Too few jobs had ended after to tell within which time half of them do.",
        "Too few jobs had ended after to tell within which time 95 % of them do.",
    ]


def test_groups_of_either_side_are_compared():
    before = lot(failed=1, seconds=(4.0,)).assign(template_id="7")
    after = lot(failed=1, seconds=(4.0,)).assign(template_id="8")

    found = compare_jobs(before, after, by="template")

    assert found["template_id"].tolist() == ["7"] * 4 + ["8"] * 4
    assert found["before_jobs"].tolist() == [2, 2, 1, 1, 0, 0, 0, 0]
    assert found["after_jobs"].tolist() == [0, 0, 0, 0, 2, 2, 1, 1]
    assert_frame_equal(compare_jobs(before[:0], after[:0], by="template"), found.iloc[:0])


def test_a_comparison_states_both_windows():
    later = lot(seconds=(4.0,)).assign(created_at=pd.Timestamp("2026-03-03T09:00Z"))

    assert compare_jobs(lot(failed=1), later).attrs == {
        "created_from": "2026-03-02T09:00:00+00:00",
        "created_to": "2026-03-03T09:00:00+00:00",
        "read_at": "2026-03-02T10:00:00+00:00",
        "time_zone": "UTC",
        "jobs": 2,
        "before_to": "2026-03-02T09:00:00+00:00",
        "after_from": "2026-03-03T09:00:00+00:00",
    }


COUNTS = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@settings(deadline=None, max_examples=100)
@given(COUNTS, COUNTS)
def test_a_difference_of_shares_has_the_limits_of_newcombe(before, after):
    found = newcombe(before, after)

    judge = confint_proportions_2indep(*after, *before, method="newcomb", compare="diff")
    assert found == pytest.approx(judge, abs=1e-9)


@settings(deadline=None, max_examples=100)
@given(COUNTS)
def test_the_limits_of_a_difference_from_something_certain_are_its_own(counts):
    low, high = wilson(*counts)
    share = counts[0] / counts[1]

    assert mover((0, 0, 0), (share, low, high)) == pytest.approx((low, high))


@settings(deadline=None, max_examples=200)
@given(COUNTS, st.floats(0.0001, 0.9999))
def test_the_tail_is_the_one_of_the_binomial_distribution(counts, share):
    number, total = counts

    judge = binom.sf(number - 1, total, share)
    assert binomial_tail(number, total, share) == pytest.approx(judge, rel=1e-9, abs=1e-250)


@pytest.mark.parametrize(
    ("number", "total", "share", "chance"),
    [(0, 5, 0.0, 1.0), (1, 5, 0.0, 0.0), (5, 5, 1.0, 1.0), (6, 5, 0.5, 0.0), (2, 3, 0.5, 0.5)],
)
def test_the_tail_at_its_ends(number, total, share, chance):
    assert binomial_tail(number, total, share) == pytest.approx(chance)


# Incidents


def day(*, bad: dict[int, int] | None = None, slow: dict[int, int] | None = None) -> pd.DataFrame:
    """Twenty jobs an hour for two days, some of which failed, or took a minute, at some hours."""
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


def test_hours_in_which_far_more_jobs_fail_are_one_span():
    found = find_incidents(day(bad={5: 1, 10: 9, 11: 12, 30: 1}), time_zone="Europe/Berlin")

    start, end = "2026-03-02T10:00Z", "2026-03-02T12:00Z"
    expected = table(
        f"""
        kind      start    end    jobs  affected  share  usual_share           duration_seconds  usual_duration_seconds
        failures  {start}  {end}  40    21        0.525  0.002173913043478261  4                 4
        """,  # noqa: E501
        time_zone="Europe/Berlin",
    )
    assert_frame_equal(found.drop(columns="sentence"), expected)
    assert found["sentence"].tolist() == [
        "Of the 40 finished jobs created from 2026-03-02 11:00 to 2026-03-02 13:00 "
        "(Europe/Berlin) 21 failed, which is 52.5 %; usual is 0.2 %."
    ]
    assert found.attrs["every"] == "1h"
    assert found.attrs["jobs"] == 960


def test_hours_in_which_most_jobs_take_long_are_waiting():
    found = find_incidents(day(slow={10: 15, 20: 9}))

    assert found["kind"].tolist() == ["waiting"]
    assert found[["jobs", "affected", "share"]].values.tolist() == [[20.0, 15.0, 0.75]]
    assert found[["duration_seconds", "usual_duration_seconds"]].values.tolist() == [[60.0, 4.0]]
    assert found["sentence"].tolist() == [
        "Of the 20 jobs created from 2026-03-02 10:00 to 2026-03-02 11:00 (UTC) 15 took longer "
        "than 95 % of the jobs of their template do, which is 75.0 %; usual is 1.0 %."
    ]


def test_jobs_that_are_still_open_after_long_count_as_waiting():
    stuck = day()
    at_ten = stuck["created_at"].dt.hour.eq(10) & stuck["created_at"].dt.day.eq(2)
    stuck.loc[at_ten, ["status", "duration_seconds"]] = ["pending", math.nan]

    found = find_incidents(stuck)

    assert found[["kind", "jobs", "affected"]].values.tolist() == [["waiting", 20, 20]]


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
def test_what_is_usual_is_no_incident(usual):
    found = find_incidents(usual)

    assert_frame_equal(found, find_incidents(day(bad={10: 20})).iloc[:0])


def test_numbers_that_vary_more_than_chance_need_more_to_be_unusual():
    calm = dict.fromkeys(range(48), 2) | {10: 10}
    wild = {hour: 6 if hour % 5 == 0 else 1 for hour in range(48)} | {10: 10}

    assert len(find_incidents(day(bad=calm))) == 1
    assert len(find_incidents(day(bad=wild))) == 0


def test_each_group_is_compared_with_itself():
    both = pd.concat(
        [day(bad={10: 20}), day(bad=dict.fromkeys(range(48), 12)).assign(template_id="8")]
    )

    found = find_incidents(both, by="template")

    assert found[["template_id", "jobs", "affected"]].values.tolist() == [["7", 20, 20]]


def test_spans_are_joined_over_hours_without_jobs():
    gap = day(bad={10: 20, 12: 20})

    assert len(find_incidents(gap)) == 2
    assert len(find_incidents(gap[gap["created_at"].dt.hour != 11])) == 1


def test_a_job_whose_creation_is_not_known_is_in_no_step():
    lost = day(bad={10: 20}).assign(created_at=pd.Series(pd.NaT, dtype="datetime64[us, UTC]"))

    assert find_incidents(lost).empty


@pytest.mark.parametrize("metric", [slow_hours, find_incidents])
@pytest.mark.parametrize("column", ["status", "duration_seconds", "created_at", "read_at"])
def test_the_column_that_is_lacking_is_named(metric, column):
    with pytest.raises(MissingColumn) as caught:
        metric(jobs(SIX).drop(columns=column))

    assert (caught.value.columns, caught.value.function) == ((column,), metric.__name__)


def test_a_comparison_names_the_columns_that_either_table_lacks():
    for tables in ((jobs(SIX), jobs(SIX)[["status"]]), (jobs(SIX)[["status"]], jobs(SIX))):
        with pytest.raises(MissingColumn) as caught:
            compare_jobs(*tables)

        assert str(caught.value) == (
            "compare_jobs needs the columns 'duration_seconds', 'created_at' and 'read_at', which "
            "this table lacks; add_output_times adds what tells the end, and the jobs of a Ledger "
            "have it; read_at is the time at which the jobs were read."
        )
