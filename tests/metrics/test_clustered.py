"""Jobs of one batch are alike: limits and incidents count batches, seeded and with known truth."""

import math
from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from docgen_nb.metrics import (
    compare_jobs,
    duration_quantiles,
    find_incidents,
    kaplan_meier,
    outcomes,
    slow_hours,
)

MONDAY = pd.Timestamp("2026-03-02T00:00Z")
HOUR, DAY = 3600, 86_400


def simulated(
    random: np.random.Generator,
    *,
    jobs: int = 5000,
    days: int = 7,
    failed: float = 0.03,
    correlation: float = 0.2,
    speed: float = 0.5,
    outage: tuple[int, int] | None = None,
    slow: tuple[int, int] | None = None,
) -> pd.DataFrame:
    """Return jobs in batches of 12 on average, which share their chance of failing and speed.

    Correlated failures are drawn from a beta distribution for each batch; `speed` is the standard
    deviation of the logarithm of the factor by which all jobs of a batch take longer. From one
    hour to another, 60% of the jobs fail in an `outage`, and jobs that are `slow` take 8 times as
    long.
    """
    sizes = random.geometric(1 / 12, size=jobs // 4 + 5)
    sizes = sizes[: np.searchsorted(np.cumsum(sizes), jobs) + 1]
    batch = np.repeat(np.arange(len(sizes)), sizes)
    odds = (1 - correlation) / correlation
    shares = random.beta(failed * odds, (1 - failed) * odds, len(sizes))
    starts = np.floor(random.uniform(0, days * DAY, len(sizes)))
    factors = random.normal(0, speed, len(sizes))
    shares = np.where(_is_in(starts, outage), np.maximum(shares, 0.6), shares)
    factors += np.where(_is_in(starts, slow), np.log(8), 0)
    has_failed = random.random(len(batch)) < shares[batch]
    seconds = np.exp(1.5 + factors[batch] + random.normal(0, 0.6, len(batch)))
    return pd.DataFrame(
        {
            "batch_id": pd.Series(batch.astype("str"), dtype="str"),
            "status": pd.Series(np.where(has_failed, "failed", "completed"), dtype="str"),
            "template_id": pd.Series("7", index=range(len(batch)), dtype="str"),
            "duration_seconds": np.where(has_failed, math.nan, seconds.round(3)),
            "created_at": MONDAY + pd.to_timedelta(starts[batch], unit="s"),
            "read_at": MONDAY + pd.Timedelta(days=days + 1),
        }
    )


def _is_in(starts: np.ndarray, hours: tuple[int, int] | None) -> np.ndarray:
    first, last = hours or (0, 0)
    return (starts >= first * HOUR) & (starts < last * HOUR)


# Comparisons


def test_weeks_without_a_change_are_rarely_claimed_to_differ():
    random = np.random.default_rng(1)

    claims = np.zeros(4, dtype=int)
    for _ in range(25):
        change = compare_jobs(simulated(random), simulated(random))
        low, high = change["difference_low"][:4], change["difference_high"][:4]
        claims += ((low > 0) | (high < 0)).to_numpy()

    assert (claims <= 4).all()  # of 25; were jobs taken as independent, 6 to 11


def test_doubled_failures_are_found():
    random = np.random.default_rng(2)

    changes = [
        compare_jobs(
            simulated(random, correlation=0.05), simulated(random, correlation=0.05, failed=0.06)
        )
        for _ in range(10)
    ]

    assert all(change["difference_low"][0] > 0 for change in changes)


def batches_of(*sizes: int, failed: int = 0) -> pd.DataFrame:
    """Return jobs of 1, 2, ... seconds in batches of these sizes; the first ones failed."""
    count = sum(sizes)
    status = np.where(np.arange(count) < failed, "failed", "completed")
    return pd.DataFrame(
        {
            "batch_id": pd.Series(
                np.repeat(np.arange(len(sizes)), sizes).astype("str"), dtype="str"
            ),
            "status": pd.Series(status, dtype="str"),
            "duration_seconds": np.arange(count) + 1.0,
            "created_at": MONDAY,
            "read_at": MONDAY + pd.Timedelta(days=1),
        }
    )


def test_single_jobs_are_as_good_as_independent_ones():
    alone = [batches_of(*[1] * 400, failed=failed) for failed in (20, 60)]

    change = compare_jobs(*alone)

    plain = compare_jobs(*(table.drop(columns="batch_id") for table in alone))
    limits = ["difference_low", "difference_high"]
    np.testing.assert_allclose(change[limits][:2], plain[limits][:2], atol=0.001)
    assert (change.attrs["limits"], plain.attrs["limits"]) == ("batches", "independent jobs")
    assert change["before_batches"].tolist() == [400, 400, 400, 400, 0]
    assert plain["before_batches"].tolist() == [0, 0, 0, 0, 0]


def test_jobs_without_a_batch_are_batches_of_their_own():
    alone = batches_of(*[1] * 400, failed=20)

    change = compare_jobs(alone.assign(batch_id=alone["batch_id"].where(alone.index > 200)), alone)

    assert_frame_equal(change, compare_jobs(alone, alone))


def test_whole_batches_that_fail_count_as_one_job_each():
    change = compare_jobs(batches_of(*[10] * 100, failed=50), batches_of(*[10] * 100, failed=150))

    assert change["sentence"][0] == (
        "5.0% of the finished jobs failed before (1,000 jobs in 100 batches) and 15.0% after "
        "(1,000 jobs in 100 batches): 10.0 percentage points more (95% interval: 1.5 more to "
        "18.9 more)."
    )


@pytest.mark.parametrize(
    ("after", "why"),
    [
        (
            batches_of(10, 20, 10, 20, 10, 20, failed=30),
            "no 95% interval: too few jobs after, worth 5 independent ones of 60 needed",
        ),
        (batches_of(500, failed=30), "no 95% interval, because the jobs after are of one batch"),
        (
            batches_of(400, 400, failed=30),
            "no 95% interval, because the jobs after are of too few batches",
        ),
    ],
    ids=["too few jobs", "one batch", "two batches"],
)
def test_a_comparison_says_why_it_has_no_interval(after, why):
    change = compare_jobs(batches_of(*[10] * 100, failed=50), after)

    assert change.loc[0, ["difference_low", "difference_high"]].isna().all()
    assert change["sentence"][0].endswith(f"; {why}.")


def test_a_clear_difference_is_shown_with_the_decimals_that_it_needs():
    before, after = batches_of(*[1] * 90_000, failed=90), batches_of(*[1] * 90_000, failed=126)

    change = compare_jobs(before.drop(columns="batch_id"), after.drop(columns="batch_id"))

    assert change["sentence"][0] == (
        "0.10% of the finished jobs failed before (90,000 jobs) and 0.14% after (90,000 jobs): "
        "0.04 percentage points more (95% interval for independent jobs: 0.01 more to 0.07 more)."
    )


def test_comparisons_and_incidents_have_the_notes_of_durations():
    jobs = simulated(np.random.default_rng(8), jobs=2000).assign(
        finished_source="observed", finished_after=MONDAY, finished_before=MONDAY
    )
    early = jobs["created_at"].dt.hour == 3
    jobs["finished_after"] = jobs["finished_before"] = jobs["created_at"]
    jobs.loc[early, "finished_before"] -= pd.Timedelta(hours=1)
    jobs.loc[early, "duration_seconds"] = math.nan

    notes = [
        f"{early.sum() * times:,} ends count as unknown because they are before the creation of "
        "their job, so a clock is wrong"
        for times in (1, 2)
    ]
    assert find_incidents(jobs).attrs["notes"] == notes[:1]
    assert compare_jobs(jobs, jobs).attrs["notes"] == notes[1:]


# Outcomes


def test_limits_of_outcomes_count_batches():
    whole = outcomes(batches_of(*[10] * 100, failed=50))

    failed = whole[whole["status"] == "failed"].iloc[0]
    plain = outcomes(pd.DataFrame({"status": ["failed"] * 5 + ["completed"] * 95}))
    same = plain[plain["status"] == "failed"].iloc[0]
    assert failed["share"] == same["share"]
    assert failed["share_low"] == pytest.approx(same["share_low"], abs=0.001)
    assert failed["share_high"] == pytest.approx(same["share_high"], abs=0.002)
    assert (whole.attrs["limits"], plain.attrs["limits"]) == ("batches", "independent jobs")


def test_one_batch_shows_nothing_of_how_batches_differ():
    counts = outcomes(batches_of(500, failed=30))

    assert counts[["share_low", "share_high"]].isna().all(axis=None)
    assert counts["share"].tolist() == [0, 0, 0.94, 0, 0.06]


def test_outcomes_by_group_count_the_batches_of_each():
    both = pd.concat(
        [
            batches_of(*[10] * 100, failed=50).assign(template_id="7"),
            batches_of(*[1] * 1000, failed=50).assign(template_id="8"),
            batches_of(1000, failed=50).assign(template_id="9"),
        ]
    )

    counts = outcomes(both, by="template")

    failed = counts[counts["status"] == "failed"]
    assert (failed["share_high"] - failed["share_low"]).round(3).tolist()[:2] == [0.091, 0.027]
    assert math.isnan(failed["share_low"].iloc[2])


# Quantiles, curves and hours

LIMITS = ["duration_low_seconds", "duration_high_seconds"]


def alike(*, batches: int, size: int) -> pd.DataFrame:
    """Return batches whose jobs all take the same time: 1 s, 2 s, ..."""
    table = batches_of(*[size] * batches)
    return table.assign(duration_seconds=np.arange(batches).repeat(size) + 1.0)


def test_batches_of_equal_jobs_have_the_limits_of_as_many_single_jobs():
    whole = duration_quantiles(alike(batches=400, size=5), quantiles=[0.5, 0.95])

    single = alike(batches=400, size=1).drop(columns="batch_id")
    plain = duration_quantiles(single, quantiles=[0.5, 0.95])
    assert whole["duration_seconds"].tolist() == plain["duration_seconds"].tolist()
    assert_frame_equal(whole[LIMITS], plain[LIMITS], atol=2)
    assert (whole.attrs["limits"], plain.attrs["limits"]) == ("batches", "independent jobs")
    too_narrow = duration_quantiles(
        alike(batches=400, size=5).drop(columns="batch_id"), quantiles=[0.5, 0.95]
    )
    width, narrow = (table[LIMITS[1]] - table[LIMITS[0]] for table in (whole, too_narrow))
    assert (narrow < 0.6 * width).all()


def test_the_band_of_a_curve_counts_batches():
    whole = kaplan_meier(alike(batches=400, size=5))

    plain = kaplan_meier(alike(batches=400, size=1).drop(columns="batch_id"))
    band = ["unfinished_share_low", "unfinished_share_high"]
    assert_frame_equal(whole[band][20:-20], plain[band][20:-20], atol=0.003)
    assert (whole.attrs["limits"], plain.attrs["limits"]) == ("batches", "independent jobs")


@pytest.mark.parametrize("metric", [duration_quantiles, kaplan_meier, slow_hours])
@pytest.mark.parametrize(
    ("sizes", "note"),
    [
        ([500], "No limits, because the jobs are of one batch"),
        ([400, 400], "No limits, because the jobs are of too few batches"),
        ([10] * 5, "No limits: too few jobs, worth 29 independent ones of 60 needed"),
    ],
    ids=["one batch", "two batches", "too few jobs"],
)
def test_limits_that_batches_do_not_allow_are_missing_with_the_reason(metric, sizes, note):
    jobs = batches_of(*sizes).assign(duration_seconds=4.0)

    result = metric(jobs)

    limits = [name for name in result if name.endswith(("_low", "_high", "_low_seconds"))]
    assert limits
    assert result[limits].isna().all(axis=None)
    assert note in result.attrs["notes"]
    if metric is duration_quantiles:
        assert result["warning"].tolist() == [note] * 3


def test_hours_without_limits_are_counted():
    jobs = batches_of(*[1] * 100, 100)
    at_ten = jobs["created_at"] + pd.Timedelta(hours=10)
    jobs["created_at"] = jobs["created_at"].where(jobs.index < 100, at_ten)

    hours = slow_hours(jobs.assign(read_at=jobs["read_at"] + pd.Timedelta(days=1)))

    assert hours["duration_low_seconds"].isna().tolist() == [False, True]
    assert hours.attrs["notes"] == [
        "No limits for 1 of 2 hours, whose jobs are of too few batches or worth fewer than 60 "
        "independent ones"
    ]


def test_the_limits_of_hours_hold_for_all_of_them_at_once():
    random = np.random.default_rng(7)
    wrong = 0
    for _ in range(10):
        seconds = np.exp(random.normal(0, 1, 168 * 200))
        jobs = pd.DataFrame(
            {
                "status": "completed",
                "duration_seconds": seconds,
                "created_at": MONDAY + pd.to_timedelta(np.arange(len(seconds)) % 168, unit="h"),
                "read_at": MONDAY + pd.Timedelta(days=8),
            }
        )
        hours = slow_hours(jobs)
        low, high = (hours[f"duration_{side}_seconds"] for side in ("low", "high"))
        truth = np.exp(NormalDist().inv_cdf(0.95))
        wrong += bool(((low > truth) | (high < truth)).any())

    assert wrong <= 2  # of 10; limits of single rows would miss in all of them


def test_one_day_that_makes_an_hour_slow_is_named_by_its_share():
    jobs = batches_of(*[10] * 40).assign(duration_seconds=4.0)
    week = np.arange(len(jobs)) // 100
    jobs["created_at"] = MONDAY + pd.to_timedelta(week * 7, unit="D")
    jobs["read_at"] = MONDAY + pd.Timedelta(days=40)
    jobs.loc[week == 2, "duration_seconds"] = 60.0

    hours = slow_hours(jobs)

    assert hours["duration_seconds"].tolist() == [60.0]
    assert hours["largest_day_share"].tolist() == [1.0]
    jobs.loc[week == 2, "status"] = "failed"
    counts = outcomes(jobs, by=["weekday", "hour"]).set_index("status")
    assert counts.loc[["completed", "failed"], "largest_day_share"].round(3).tolist() == [0.333, 1]


# Incidents


def test_a_quiet_month_of_alike_batches_has_no_incident():
    random = np.random.default_rng(3)

    months = [find_incidents(simulated(random, jobs=10_000, days=30)) for _ in range(4)]

    assert sum(len(month) for month in months) == 0


@pytest.mark.parametrize("hours", [1, 24, 240])
def test_outages_of_any_length_are_found(hours):
    span = (300, 300 + hours)
    month = simulated(np.random.default_rng(4), jobs=40_000, days=30, outage=span, slow=span)

    incidents = find_incidents(month)

    assert incidents["kind"].tolist() == ["failures", "waiting"]
    for row in incidents.itertuples():
        start, end = (MONDAY + pd.Timedelta(hours=hour) for hour in span)
        found = (min(row.end, end) - max(row.start, start)) / (row.end - row.start)
        assert found > 0.9
        assert row.usual_share < 0.06


def test_a_long_outage_is_found_where_no_batch_is_known():
    random = np.random.default_rng(5)
    month = simulated(random, jobs=20_000, days=30, correlation=0.01, speed=0.01, outage=(300, 540))

    incidents = find_incidents(month.drop(columns="batch_id"))

    assert incidents["kind"].tolist() == ["failures"]
    assert incidents["start"][0] == MONDAY + pd.Timedelta(hours=300)
    assert incidents["end"][0] == MONDAY + pd.Timedelta(hours=540)
    assert incidents.attrs["limits"] == "time steps"


def test_what_is_usual_can_come_from_a_history():
    random = np.random.default_rng(6)
    past = simulated(random, jobs=20_000, days=30)
    day = simulated(random, jobs=700, days=1, outage=(0, 24), slow=(0, 24))

    assert find_incidents(day).empty
    incidents = find_incidents(day, history=past)

    assert incidents["kind"].tolist() == ["failures", "waiting"]
    assert (incidents["end"] - incidents["start"] >= pd.Timedelta(hours=22)).all()
    assert incidents["usual_share"].round(2).tolist() == [0.03, 0.05]
    quiet = simulated(random, jobs=700, days=1)
    assert find_incidents(quiet, history=past).empty


def hourly(*, bad: dict[int, tuple[int, ...]]) -> pd.DataFrame:
    """Return four batches of ten jobs an hour for three days; at some hours, some failed."""
    failed = [
        number < (*bad.get(hour, ()), 0, 0, 0, 0)[batch]
        for hour in range(72)
        for batch in range(4)
        for number in range(10)
    ]
    batch = np.arange(72 * 4).repeat(10)
    return pd.DataFrame(
        {
            "batch_id": pd.Series(batch.astype("str"), dtype="str"),
            "status": pd.Series(np.where(failed, "failed", "completed"), dtype="str"),
            "template_id": pd.Series("7", index=range(len(batch)), dtype="str"),
            "duration_seconds": np.where(failed, math.nan, 4.0),
            "created_at": MONDAY + pd.to_timedelta(batch // 4, unit="h"),
            "read_at": MONDAY + pd.Timedelta(days=4),
        }
    )


def test_an_incident_says_how_many_batches_it_has_and_how_large_one_is():
    incidents = find_incidents(hourly(bad={20: (10, 5, 4, 1), 40: (1,)}))

    assert incidents[["batches", "largest_batch_share"]].values.tolist() == [[4, 0.5]]
    assert incidents["sentence"].tolist() == [
        "20 of the 40 finished jobs created from 2026-03-02 20:00 to 2026-03-02 21:00 (UTC) "
        "failed: 50.0%, usually 0.0%. They are in 4 batches, 50% of them in the largest."
    ]
    assert incidents.attrs["limits"] == "batches"


def test_one_bad_batch_is_not_an_incident():
    assert find_incidents(hourly(bad={20: (10,), 40: (1,)})).empty
