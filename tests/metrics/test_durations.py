"""Quantiles and Kaplan-Meier curves, checked by hand, by properties and by statsmodels."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from tables import jobs, table

from docgen_nb.errors import MissingColumn
from docgen_nb.metrics import duration_quantiles, durations, kaplan_meier

# Three ended after 4, 4 and 9 s; two have been open for 6 and 30 s; a failed and a paused one have
# no known end time; the last one is open since an unknown time.
EIGHT = """
    status                template_id  duration_seconds  created_at            read_at
    completed             1            4                 2026-03-02T09:00:00Z  2026-03-02T09:01:00Z
    completed_with_error  1            4                 2026-03-02T09:00:00Z  2026-03-02T09:01:00Z
    completed             2            9                 2026-03-02T10:00:00Z  2026-03-02T09:01:00Z
    submitted             1            -                 2026-03-02T09:00:54Z  2026-03-02T09:01:00Z
    pending               2            -                 2026-03-02T09:00:30Z  2026-03-02T09:01:00Z
    failed                1            -                 2026-03-02T09:00:00Z  2026-03-02T09:01:00Z
    paused                1            -                 2026-03-02T09:00:00Z  2026-03-02T09:01:00Z
    pending               1            -                 -                     2026-03-02T09:01:00Z
"""


def test_the_curve_steps_down_where_jobs_end_and_leaves_out_unknown_durations():
    curve = kaplan_meier(jobs(EIGHT))

    expected = table(
        """
        duration_seconds  at_risk  ended  censored  unfinished_share  unfinished_share_low  unfinished_share_high
        4                 5        2      0         0.6               0.12573017            0.88175641
        6                 3        0      1         0.6               0.12573017            0.88175641
        9                 2        1      0         0.3               0.01230153            0.71921802
        30                1        0      1         0.3               0.01230153            0.71921802
        """  # noqa: E501
    )
    assert_frame_equal(curve, expected)


def test_quantiles_take_an_open_job_as_censored():
    quantiles = duration_quantiles(jobs(EIGHT), quantiles=[0.25, 0.5, 0.95])

    expected = table(
        """
        quantile  duration_seconds  duration_low_seconds  duration_high_seconds  ended  censored  unknown
        0.25      4                 -                     -                      3      2         3
        0.5       9                 -                     -                      3      2         3
        0.95      -                 9                     -                      3      2         3
        """  # noqa: E501
    )
    assert_frame_equal(quantiles.drop(columns="warning"), expected)


def test_jobs_that_have_been_open_for_the_same_time_are_all_counted():
    twice = pd.concat([jobs(EIGHT)] * 2)

    counts = duration_quantiles(twice, quantiles=[0.5])[["ended", "censored", "unknown"]]

    assert counts.values.tolist() == [[6, 4, 6]]


def test_a_tie_of_shares_goes_to_the_later_time():
    four = pd.concat([jobs(EIGHT).iloc[[0]].assign(duration_seconds=float(n)) for n in range(1, 5)])

    assert duration_quantiles(four, quantiles=[0.5])["duration_seconds"].tolist() == [3.0]


def test_quantiles_by_template_use_the_jobs_of_each_template():
    quantiles = duration_quantiles(jobs(EIGHT), quantiles=[0.5], by="template")

    expected = table(
        """
        template_id  quantile  duration_seconds  duration_low_seconds  duration_high_seconds  ended  censored  unknown
        1            0.5       4                 -                     -                      2      1         3
        2            0.5       -                 -                     -                      1      1         0
        """  # noqa: E501
    )
    assert_frame_equal(quantiles.drop(columns="warning"), expected)


def test_no_jobs_give_missing_quantiles_and_an_empty_curve():
    none = jobs(EIGHT).iloc[:0]

    expected = table(
        """
        quantile  duration_seconds  duration_low_seconds  duration_high_seconds  ended  censored  unknown
        0.5       -                 -                     -                      0      0         0
        """  # noqa: E501
    )
    assert_frame_equal(duration_quantiles(none, quantiles=[0.5]).drop(columns="warning"), expected)
    assert_frame_equal(kaplan_meier(none), kaplan_meier(jobs(EIGHT)).iloc[:0])
    assert_frame_equal(kaplan_meier(none, by="hour"), kaplan_meier(jobs(EIGHT), by="hour").iloc[:0])


def test_the_curve_of_one_job_falls_to_zero():
    curve = kaplan_meier(jobs(EIGHT).iloc[:1])

    assert curve["unfinished_share"].tolist() == [0.0]
    assert curve[["unfinished_share_low", "unfinished_share_high"]].isna().all(axis=None)
    quantiles = duration_quantiles(jobs(EIGHT).iloc[:1])
    assert quantiles["duration_seconds"].tolist() == [4.0, 4.0, 4.0]
    # It takes longer than the 99% quantile with a probability of 1%.
    assert quantiles["duration_low_seconds"].fillna(-1).tolist() == [-1, -1, 4.0]
    assert quantiles["duration_high_seconds"].isna().all()


def test_a_job_created_after_the_reading_was_open_for_zero_seconds():
    late = jobs(EIGHT).iloc[[3]].assign(created_at=pd.Timestamp("2026-03-02T09:05Z"))

    assert kaplan_meier(late)["duration_seconds"].tolist() == [0.0]


@pytest.mark.parametrize(
    ("failed", "still_open", "warned"),
    [(30, 40, [True, True]), (30, 4, [False, True]), (30, 0, [False] * 2), (0, 40, [False] * 2)],
)
def test_failed_jobs_beside_many_open_ones_are_warned_of(failed, still_open, warned):
    ended = observed([(4, True)] * 60 + [(9, True)] * 40 + [(30, False)] * still_open)
    no_end = ended.iloc[:failed].assign(status="failed", duration_seconds=None)
    warning = (
        f"May be too long: {failed} finished jobs, such as failed ones, are left out because their "
        f"ends are unknown, but not those of the {still_open} open jobs that will be like them"
    )

    some = pd.concat([ended, no_end], ignore_index=True)
    quantiles = duration_quantiles(some, quantiles=[0.5, 0.95])

    assert quantiles["warning"].tolist() == [warning if each else np.nan for each in warned]
    assert quantiles.attrs["notes"] == kaplan_meier(some).attrs["notes"] == [warning] * warned[1]


@pytest.mark.parametrize("seconds", [np.nan, np.inf, -np.inf])
def test_a_duration_that_is_not_finite_is_unknown(seconds):
    odd = jobs(EIGHT).iloc[[0]].assign(duration_seconds=seconds)

    assert duration_quantiles(odd)["unknown"].tolist() == [1, 1, 1]


@pytest.mark.parametrize(("seconds", "has_ended"), [("4", True), ("-", False)])
def test_a_job_of_an_unknown_status_has_ended_only_if_its_end_is_known(seconds, has_ended):
    rows = jobs(
        f"""
        job_id  status    template_id  duration_seconds  created_at            finished_source  read_at
        1       archived  1            {seconds}         2026-03-02T09:00:00Z  output_file      2026-03-02T09:01:00Z
        """  # noqa: E501
    )

    assert durations(rows)["ended"].tolist() == [has_ended]


def test_durations_are_rounded_to_milliseconds():
    near = pd.concat([jobs(EIGHT).iloc[[0]]] * 3).assign(duration_seconds=[-0.0005, 1.0004, 1.0005])

    assert kaplan_meier(near)["duration_seconds"].tolist() == [0.0, 1.0, 1.001]


def test_an_end_before_the_creation_counts_as_unknown_and_is_noted():
    odd = jobs(EIGHT).assign(duration_seconds=[4, -1, -2000, *[None] * 5], finished_source=None)
    odd = odd.assign(job_id=[str(number) for number in range(8)])
    note = (
        "2 ends count as unknown because they are before the creation of their job, so a clock "
        "is wrong"
    )

    quantiles, curve, each = duration_quantiles(odd), kaplan_meier(odd), durations(odd)

    assert quantiles[["ended", "censored", "unknown"]].iloc[0].tolist() == [1, 2, 5]
    assert curve["ended"].sum() == 1
    assert each["duration_seconds"].isna().tolist() == [
        False,
        True,
        True,
        False,
        False,
        *[True] * 3,
    ]
    assert [one.attrs["notes"][:1] for one in (quantiles, curve, each)] == [[note]] * 3


@pytest.mark.parametrize("metric", [duration_quantiles, durations, kaplan_meier])
def test_durations_that_are_not_seconds_are_refused(metric):
    spans = jobs(EIGHT).assign(duration_seconds=pd.Timedelta("6s"), job_id="7", finished_source="-")

    with pytest.raises(TypeError) as caught:
        metric(spans)

    assert str(caught.value) == (
        f"{metric.__name__}: the column 'duration_seconds' holds timedelta64[us], not numbers of "
        "seconds. In pandas, convert it with .dt.total_seconds()."
    )


@pytest.mark.parametrize(("times", "high"), [(1, np.nan), (100, 6.0)])
def test_the_upper_limit_needs_enough_jobs_of_the_longest_duration(times, high):
    read = pd.Timestamp("2026-03-02T10:00Z")
    few = pd.DataFrame({"duration_seconds": ([2.0] * 20 + [6.0] * 10) * times})
    ended = few.assign(status="completed", created_at=read, read_at=read)

    quantiles = duration_quantiles(ended, quantiles=[0.95])

    limits = ["duration_seconds", "duration_low_seconds", "duration_high_seconds"]
    np.testing.assert_array_equal(quantiles[limits], [[6.0, 6.0, high]])


@pytest.mark.parametrize(("quantile", "least"), [(0.5, 6), (0.95, 72), (0.99, 368)])
def test_a_quantile_has_an_upper_limit_only_if_enough_jobs_could_have_taken_longer(quantile, least):
    fewer = observed([(seconds, True) for seconds in range(1, least)])
    enough = observed([(seconds, True) for seconds in range(1, least + 1)])
    many_open = observed([(0, False)] * 500 + [(seconds, True) for seconds in range(1, least)])

    limits = [
        duration_quantiles(some, quantiles=[quantile])["duration_high_seconds"][0]
        for some in (fewer, enough, many_open)
    ]

    assert np.isnan(limits).tolist() == [True, False, True]


def test_both_limits_are_one_time_if_very_many_jobs_take_that_long():
    read_at = pd.Timestamp("2026-03-02T09:00Z")
    seconds = pd.Series([4.0] * 500 + [5.0] * 400 + [6.0] * 100)
    many = pd.DataFrame({"status": "completed", "duration_seconds": seconds})

    quantiles = duration_quantiles(many.assign(created_at=read_at, read_at=read_at))

    expected = table(
        """
        quantile  duration_seconds  duration_low_seconds  duration_high_seconds  ended  censored  unknown
        0.5       5                 4                     5                      1000   0         0
        0.95      6                 6                     6                      1000   0         0
        0.99      6                 6                     6                      1000   0         0
        """  # noqa: E501
    )
    assert_frame_equal(quantiles.drop(columns="warning"), expected)


TIMES = st.lists(st.tuples(st.integers(0, 40), st.booleans()), min_size=1, max_size=60)


def observed(rows: list[tuple[int, bool]]) -> pd.DataFrame:
    """Return jobs that ended after these seconds, or had been open for that long."""
    read_at = pd.Timestamp("2026-03-02T09:00Z")
    return pd.DataFrame(
        {
            "status": ["completed" if ended else "pending" for _, ended in rows],
            "duration_seconds": [float(time) if ended else np.nan for time, ended in rows],
            "created_at": [read_at - pd.Timedelta(seconds=time) for time, _ in rows],
            "read_at": [read_at] * len(rows),
        }
    )


@settings(deadline=None, max_examples=60)
@given(TIMES)
def test_the_curve_equals_that_of_statsmodels(rows):
    times, ended = np.array(rows, dtype="int64").T
    curve = kaplan_meier(observed(rows))
    steps = curve[curve["ended"] > 0]
    if steps.empty:
        return

    from statsmodels.duration.survfunc import SurvfuncRight  # takes seconds

    judge = SurvfuncRight(times, ended)
    assert steps["duration_seconds"].tolist() == judge.surv_times.tolist()
    assert steps["at_risk"].tolist() == judge.n_risk.tolist()
    assert steps["ended"].tolist() == judge.n_events.tolist()
    np.testing.assert_allclose(steps["unfinished_share"], judge.surv_prob, atol=1e-12)


@settings(deadline=None, max_examples=60)
@given(TIMES, st.sampled_from([0.103, 0.2718, 0.5001, 0.7443, 0.9501]))
def test_quantiles_equal_those_of_statsmodels(rows, quantile):
    times, ended = np.array(rows, dtype="int64").T
    if not ended.any():
        return
    row = duration_quantiles(observed(rows), quantiles=[quantile]).loc[0]

    from statsmodels.duration.survfunc import SurvfuncRight  # takes seconds

    judge = SurvfuncRight(times, ended)
    np.testing.assert_equal(row["duration_seconds"], judge.quantile(quantile))


@pytest.mark.parametrize(
    ("jobs_", "ranks"),
    [
        (1, [(0, 0), (0, 0), (0, 0)]),
        (5, [(0, 2), (0, 0), (4, 0)]),
        (6, [(0, 3), (1, 6), (4, 0)]),
        (17, [(0, 4), (5, 13), (14, 0)]),
        (71, [(0, 9), (27, 45), (63, 0)]),
        (72, [(1, 9), (28, 45), (64, 72)]),
        (400, [(12, 30), (180, 221), (371, 389)]),
    ],
)
def test_the_limits_of_ended_jobs_are_those_of_the_binomial_distribution(jobs_, ranks):
    """0 stands for no limit; the ranks are those of scipy.stats.binom(jobs, q).interval(0.95)."""
    rows = [(second, True) for second in range(1, jobs_ + 1)]
    table = duration_quantiles(observed(rows), quantiles=[0.05, 0.5, 0.95])

    limits = table[["duration_low_seconds", "duration_high_seconds"]].fillna(0)
    expected = [(low, 0 if high > jobs_ else high) for low, high in ranks]
    assert [tuple(row) for row in limits.to_numpy().tolist()] == expected


def test_open_jobs_widen_the_limits_and_never_narrow_them():
    ended = [(second, True) for second in range(100)]
    some = [(second, second % 4 > 0) for second in range(100)]
    low, high = (
        duration_quantiles(observed(rows), quantiles=[0.5])[name][0]
        for rows, name in ((some, "duration_low_seconds"), (some, "duration_high_seconds"))
    )
    plain = duration_quantiles(observed(ended), quantiles=[0.5]).loc[0]

    assert plain["duration_low_seconds"] <= low < high
    assert high - low > plain["duration_high_seconds"] - plain["duration_low_seconds"]


@settings(deadline=None, max_examples=40)
@given(TIMES)
def test_the_curves_of_groups_add_up_to_the_whole(rows):
    table_of_jobs = observed(rows).assign(template_id=[str(time % 3) for time, _ in rows])

    parts = kaplan_meier(table_of_jobs, by="template")
    whole = kaplan_meier(table_of_jobs)

    added = parts.groupby("duration_seconds")[["ended", "censored"]].sum()
    assert_frame_equal(added, whole.set_index("duration_seconds")[["ended", "censored"]])


def test_one_number_instead_of_a_list_of_quantiles_is_refused():
    with pytest.raises(TypeError) as caught:
        duration_quantiles(jobs(EIGHT), quantiles=0.95)

    assert str(caught.value) == "quantiles= takes a list, such as [0.95], not one number."


@pytest.mark.parametrize("quantile", [0, 1, -0.5, 95, float("nan")])
def test_a_quantile_outside_0_and_1_is_refused(quantile):
    with pytest.raises(ValueError) as caught:
        duration_quantiles(jobs(EIGHT), quantiles=[0.5, quantile])

    assert str(caught.value) == f"The quantile {quantile:g} is not between 0 and 1."


@pytest.mark.parametrize("metric", [duration_quantiles, kaplan_meier])
@pytest.mark.parametrize("column", ["status", "duration_seconds", "created_at", "read_at"])
def test_a_missing_column_is_named(metric, column):
    with pytest.raises(MissingColumn) as caught:
        metric(jobs(EIGHT).drop(columns=column))

    assert (caught.value.columns, caught.value.function) == ((column,), metric.__name__)
