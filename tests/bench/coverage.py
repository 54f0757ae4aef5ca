"""Simulations with known truth: how often what a metric claims is wrong.

Run as `python tests/bench/coverage.py [--rounds N] [--seed N] [SECTION ...]` (all sections by
default). Each section makes many tables of jobs from a known distribution and prints, for each
claim, the share of rounds in which it is wrong beside the share that is allowed. It ends with an
error if any share is larger by more than chance.

A round is a template: one call with `by="template"` gives the answer of every round.

Two claims need more jobs than others, because jobs of one batch are alike (correlation 0.2):

- A share of failures that doubles from 3% is found in nine of ten pairs of weeks from 6,000 jobs
  on. In 5,000 jobs, 88% is all that an interval of the difference of these shares can find: its
  standard error is 0.96 points, so that 3 points are found in a share of F(3 / 0.96 - 1.96).
- An outage of one hour is found in 95% of months from 100,000 jobs on, which are 12 batches in the
  hour. With 50,000 jobs, 6 batches, it is found in about 83% (75,000: 95%). The section *oracle*
  computes an upper bound: a likelihood ratio test that knows both distributions, that the outage
  lasts one hour of the clock, and nothing else, finds about 93% in 50,000 jobs with as few false
  alarms (1% of months), because an hour has fewer than three batches in 7% of months.

Limits of few batches are given where they seem worth 60 independent jobs, and that is luck where
few such tables have any: of 200 jobs in 17 batches whose speed varies by a factor of 1.5, 13% have
limits of the median, and 13% of these miss it (2% of all tables).

Last run of all sections but the oracle: 2026-11-29, seed 1, 1,000 rounds (17 minutes on one of two
busy cores), sections batches again after its last change. No share was too large. False changes in
100 pairs of weeks: at most 9 (failed share, correlation 0.2). Doubled failures of 5,000 jobs:
found in 100, 100 and 87 of 100 at correlations 0, 0.05 and 0.2; of 6,000 in 94. False incidents in
50 quiet months: at most 1. Outages of 1 hour in 50,000 jobs: 19, 19 and 17 of 20; in 100,000, and
of 2 hours to 10 days in 50,000: 20 of 20 each.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import betabinom, binom

from docgen_nb.metrics import compare_jobs, duration_quantiles, find_incidents, outcomes

CORRELATIONS = (0.0, 0.05, 0.2)
MONTH = pd.Timestamp("2026-02-28T00:00Z")
READ_AT = pd.Timestamp("2026-03-31T00:00Z")
ALLOWED = 0.08  # of 95% limits: they are approximations
ONE_SIDED = 0.04  # of one of them
FEW_BATCHES = 0.16  # of 200 jobs that vary much between batches: one table in eight has limits
Random = np.random.Generator
Floats = npt.NDArray[np.float64]


class Claim(NamedTuple):
    """A claim, in how many rounds it is made, the share of wrong ones, and the share allowed."""

    claim: str
    made: int
    wrong: float
    allowed: float

    @property
    def is_over(self) -> bool:
        """Whether more are wrong than allowed, by more than two standard errors."""
        error = np.sqrt(self.allowed * (1 - self.allowed) / max(self.made, 1))
        return bool(self.wrong > self.allowed + 2 * error)


Section = Callable[[Random, int], Iterator[Claim]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=1000, help="of each claim (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the simulation (%(default)s)")
    parser.add_argument("section", nargs="*", default=[*SECTIONS], help=", ".join(SECTIONS))
    chosen = parser.parse_args()
    excess = 0
    for name in chosen.section:
        began = time.perf_counter()
        print(f"\n{name}\n{'':76}{'made':>8}{'wrong':>8}{'allowed':>9}")
        for claim in SECTIONS[name](np.random.default_rng(chosen.seed), chosen.rounds):
            is_over = claim.is_over
            excess += is_over
            mark = " too many" if is_over else ""
            print(f"{claim.claim:76}{claim.made:8}{claim.wrong:8.1%}{claim.allowed:9.1%}{mark}")
        print(f"{time.perf_counter() - began:.0f} s")
    sys.exit(f"{excess} shares are too large" if excess else 0)


# Jobs


class Lognormal(NamedTuple):
    """Durations: most jobs take about the median, some far longer."""

    median: float = 4.0
    sigma: float = 0.7

    def draw(self, random: Random, shape: tuple[int, ...]) -> Floats:
        return self.median * np.exp(self.sigma * random.standard_normal(shape))

    def quantile(self, quantile: float) -> float:
        return self.median * float(np.exp(self.sigma * NormalDist().inv_cdf(quantile)))


def jobs(
    taken: Floats, *, ages: Floats | None = None, failed: Floats | None = None
) -> pd.DataFrame:
    """Return the jobs of all rounds: one row of `taken`, in seconds, is one round.

    `ages` are the seconds from creation to the reading; a job that takes longer is open. `failed`
    says which jobs fail; their ends are unknown.
    """
    rounds, size = taken.shape
    ages = np.full(taken.shape, 86_400.0) if ages is None else ages
    is_open = taken > ages
    fails = np.zeros(taken.shape, dtype=bool) if failed is None else failed.astype(bool)
    status = np.where(is_open, "pending", np.where(fails, "failed", "completed"))
    is_known = ~is_open & ~fails
    return pd.DataFrame(
        {
            "template_id": pd.Categorical.from_codes(
                np.repeat(np.arange(rounds), size), [str(number) for number in range(rounds)]
            ),
            "status": pd.Categorical(status.ravel()),
            "created_at": READ_AT - pd.to_timedelta(ages.ravel(), unit="s").round("us"),
            "read_at": READ_AT,
            "duration_seconds": np.where(is_known, taken, np.nan).ravel(),
            "finished_source": pd.Categorical(np.where(is_known, "output_file", None).ravel()),
        }
    )


def ages_for(taken: Floats, open_share: float, random: Random) -> Floats:
    """Return ages at which this share of jobs is open: uniform up to a time found by bisection."""
    unit = random.random(taken.shape)
    shortest, longest = 1e-3, 1e9
    for _ in range(60):
        middle = float(np.sqrt(shortest * longest))
        is_too_short = (taken > unit * middle).mean() > open_share
        shortest, longest = (middle, longest) if is_too_short else (shortest, middle)
    return unit * longest


# Limits of quantiles

QUANTILES = (0.5, 0.95, 0.99)
SIZES = (10, 20, 30, 60, 80, 150, 400, 1000, 5000)


def limits(random: Random, rounds: int, sizes: Sequence[int] = SIZES) -> Iterator[Claim]:
    """The limits of quantiles of independent jobs, some of them still open."""
    took = Lognormal()
    for size in sizes:
        for share in (0.0, 0.1, 0.3):
            number = max(1, min(rounds, 2_000_000 // size))
            taken = took.draw(random, (number, size))
            ages = ages_for(taken, share, random) if share else None
            table = duration_quantiles(jobs(taken, ages=ages), quantiles=QUANTILES, by="template")
            yield from missed(table, took, f"{size} jobs, {share:.0%} open")


def missed(
    table: pd.DataFrame, took: Lognormal, what: str, *, allowed: float = ALLOWED
) -> Iterator[Claim]:
    """Yield claims for each quantile: its limits contain the truth where they are given.

    Each limit by itself is wrong in 2.5% of rounds, of which 4% are allowed.
    """
    for quantile, rows in table.groupby("quantile"):
        truth = took.quantile(float(str(quantile)))
        low, high = rows["duration_low_seconds"], rows["duration_high_seconds"]
        given = low.notna() | high.notna()
        is_wrong = (low > truth) | (high < truth)
        share = float(is_wrong[given].mean()) if given.any() else 0.0
        sides = f"above {(low > truth).mean():.1%}, below {(high < truth).mean():.1%}"
        no_high = f"no upper limit in {high.isna().mean():.0%}"
        claim = f"p{float(str(quantile)) * 100:g} of {what} ({sides}; {no_high})"
        yield Claim(claim, int(given.sum()), share, allowed)
        worse = float(max((low > truth).mean(), (high < truth).mean()))
        yield Claim("  the worse of both limits, in all tables", len(rows), worse, ONE_SIDED)


# Failures while others are open

FAILING = (0.02, 0.06, 0.3)


def failing(
    random: Random, rounds: int, failing: Sequence[float] = FAILING, size: int = 1000
) -> Iterator[Claim]:
    """Jobs that fail, slower than others complete, with unknown ends, while others are open.

    Where none has failed yet, nothing can warn of those that will.
    """
    took = Lognormal(7.0)
    for fails in failing:
        for share in (0.0, 0.02, 0.1, 0.3):
            for slower in (1, 8):
                taken = took.draw(random, (rounds, size))
                failed = random.random(taken.shape) < fails
                taken = np.where(failed, taken * slower, taken)
                ages = ages_for(taken, share, random) if share else None
                rows = jobs(taken, ages=ages, failed=failed)
                table = duration_quantiles(rows, quantiles=QUANTILES[:2], by="template")
                unwarned = table[table["warning"].isna() & (table["unknown"] > 0)]
                what = f"{fails:.0%} failing in {slower} times, {share:.0%} open, without a warning"
                yield from missed(unwarned, took, what)


# Ends observed between two readings

POLLS = (1, 3, 60, 900, 3600, 86_400)


def polling(
    random: Random, rounds: int, polls: Sequence[int] = POLLS, size: int = 1000
) -> Iterator[Claim]:
    """Jobs that fail after the same time as others, and whose ends are known between readings."""
    took = Lognormal()
    for poll in polls:
        for fails in (0.06, 0.3):
            taken = took.draw(random, (rounds, size))
            failed = random.random(taken.shape) < fails
            rows = observed(jobs(taken, failed=failed), taken.ravel(), poll, random)
            table = duration_quantiles(rows, quantiles=QUANTILES[:2], by="template")
            yield from missed(table, took, f"{fails:.0%} failing, read every {poll} s")


def observed(rows: pd.DataFrame, taken: Floats, poll: int, random: Random) -> pd.DataFrame:
    """Return the jobs as in a ledger that was synced at this interval in seconds."""
    failed = rows["status"] == "failed"
    end = rows["created_at"] + pd.to_timedelta(taken, unit="s").round("us")
    after = end - pd.to_timedelta(random.random(len(rows)) * poll, unit="s").round("us")
    before = (after + pd.Timedelta(seconds=poll)).dt.ceil("s")
    return rows.assign(
        finished_source=rows["finished_source"].astype("str").mask(failed, "observed"),
        finished_after=after.dt.floor("s").where(failed),
        finished_before=before.where(failed),
        duration_seconds=rows["duration_seconds"].where(
            ~failed, (before - rows["created_at"]).dt.total_seconds()
        ),
    )


# Jobs of one batch are alike


class Alike(NamedTuple):
    """Jobs in batches of 12 on average, alike in whether they fail and in how long they take."""

    jobs: int = 5000
    days: int = 7
    failed: float = 0.03
    correlation: float = 0.2  # of failures within a batch
    speed: float = 0.5  # standard deviation of the logarithm of a batch's factor of durations

    def draw(
        self, random: Random, rounds: int, *, bad_hours: tuple[int, int] = (0, 0), slow: float = 1.0
    ) -> pd.DataFrame:
        """Return all rounds; from one hour to another, 60% of the jobs fail and all are slower."""
        sizes = random.geometric(1 / 12, rounds * self.jobs // 12)
        template = np.arange(len(sizes)) * rounds // len(sizes)
        start = np.floor(random.uniform(0, self.days * 86_400, len(sizes)))
        is_bad = (start >= bad_hours[0] * 3600) & (start < bad_hours[1] * 3600)
        factor = random.normal(0, self.speed, len(sizes)) + np.where(is_bad, np.log(slow), 0)
        share = self.shares(random, len(sizes))
        share = np.where(is_bad, np.maximum(share, 0.6), share)
        batch = np.repeat(np.arange(len(sizes)), sizes)
        failed = random.random(len(batch)) < share[batch]
        seconds = np.exp(1.5 + factor[batch] + random.normal(0, 0.6, len(batch)))
        return pd.DataFrame(
            {
                "status": np.where(failed, "failed", "completed"),
                "template_id": template[batch].astype("str"),
                "batch_id": batch.astype("str"),
                "duration_seconds": np.where(failed, np.nan, seconds.round(3)),
                "created_at": MONTH + pd.to_timedelta(start[batch], unit="s"),
                "read_at": READ_AT,
            }
        )

    def shares(self, random: Random, batches: int) -> Floats:
        if not self.correlation:
            return np.full(batches, self.failed)
        odds = (1 - self.correlation) / self.correlation
        return random.beta(self.failed * odds, (1 - self.failed) * odds, batches)


def batches(random: Random, rounds: int) -> Iterator[Claim]:
    """Limits of the failed share and of quantiles that count batches."""
    for correlation in CORRELATIONS:
        for jobs_ in (50, 200, 1000, 5000):
            alike = Alike(jobs_, correlation=correlation, failed=0.05)
            table = outcomes(alike.draw(random, min(rounds, 150_000 // jobs_)), by="template")
            given = table[(table["status"] == "failed") & table["share_low"].notna()]
            inside = (given["share_low"] <= 0.05) & (given["share_high"] >= 0.05)
            claim = f"failed share of {jobs_:,} jobs, correlation {correlation:g} within batches"
            yield Claim(claim, len(given), 1 - inside.mean() if len(given) else 0.0, ALLOWED)
            alike = alike._replace(speed=2 * correlation)
            took = Lognormal(float(np.exp(1.5)), float(np.hypot(alike.speed, 0.6)))
            rows = alike.draw(random, min(rounds, 150_000 // jobs_))
            table = duration_quantiles(rows, quantiles=QUANTILES[:2], by="template")
            few = jobs_ == 200 and correlation == 0.2
            what = f"{jobs_:,} jobs, speed varies by {alike.speed:g}"
            yield from missed(table, took, what, allowed=FEW_BATCHES if few else ALLOWED)


def weeks(random: Random, rounds: int) -> Iterator[Claim]:
    """Pairs of weeks of 5,000 jobs: a change that there is not, and one that is not found."""
    for correlation in CORRELATIONS:
        alike = Alike(correlation=correlation, speed=2 * correlation)
        rounds = min(rounds, 100)
        sides = alike.draw(random, rounds), alike.draw(random, rounds)
        change = compare_jobs(*sides, by="template")
        for measure, rows in change.groupby("measure"):
            claims = (rows["difference_low"] > 0) | (rows["difference_high"] < 0)
            claim = f"change of {measure} without one, correlation {correlation:g}"
            yield Claim(claim, len(rows), float(claims.mean()), ALLOWED)
        for size, allowed in ((5000, 0.13), (6000, 0.1)) if correlation == 0.2 else ((5000, 0.1),):
            yield doubled(random, rounds, alike._replace(jobs=size), allowed)


def doubled(random: Random, rounds: int, alike: Alike, allowed: float) -> Claim:
    """Return how often a share of failures that doubled is not found."""
    more = alike._replace(failed=2 * alike.failed)
    change = compare_jobs(alike.draw(random, rounds), more.draw(random, rounds), by="template")
    low = change.loc[change["measure"] == "failed_share", "difference_low"]
    what = f"{alike.jobs:,} jobs, correlation {alike.correlation:g}"
    claim = f"failures that doubled from 3% are not found, {what}"
    return Claim(claim, len(low), float(1 - (low > 0).mean()), allowed)


def incidents(random: Random, rounds: int) -> Iterator[Claim]:
    """Months with none, and with an outage and slow jobs of an hour to ten days."""
    rounds = min(rounds, 50)
    for correlation in CORRELATIONS:
        alike = Alike(20_000, 30, correlation=correlation, speed=2 * correlation)
        found = find_incidents(alike.draw(random, rounds), by="template")
        for kind in ("failures", "waiting"):
            wrong = found.loc[found["kind"] == kind, "template_id"].nunique() / rounds
            yield Claim(
                f"{kind} in a quiet month, correlation {correlation:g}", rounds, wrong, 0.04
            )
    for correlation in CORRELATIONS:
        alike = Alike(50_000, 30, correlation=correlation, speed=2 * correlation)
        yield from outages(random, rounds, alike._replace(jobs=100_000), 1, 0.05)
        yield from outages(random, rounds, alike, 1, 0.25)
        for hours in (2, 24, 72, 240):
            yield from outages(random, rounds, alike, hours, 0.05)


def outages(
    random: Random, rounds: int, alike: Alike, hours: int, allowed: float
) -> Iterator[Claim]:
    """Months with an outage, in which all jobs are slow, too: how often either is not found."""
    rounds = min(rounds, 20)
    first = int(random.integers(0, 720 - hours))
    bad = first, first + hours
    found = find_incidents(alike.draw(random, rounds, bad_hours=bad, slow=8), by="template")
    start, end = (MONTH + pd.Timedelta(hours=hour) for hour in bad)
    inside = np.minimum(found["end"].array, end) - np.maximum(found["start"].array, start)
    is_found = found[pd.to_timedelta(inside) >= (end - start) / 2]
    for kind in ("failures", "waiting"):
        missed = 1 - is_found.loc[is_found["kind"] == kind, "template_id"].nunique() / rounds
        what = f"{alike.jobs:,} jobs, correlation {alike.correlation:g}"
        yield Claim(f"{kind} of {hours} h are not found, {what}", rounds, missed, allowed)


def oracle(random: Random, rounds: int) -> Iterator[Claim]:
    """What share of outages of one hour the best possible test misses; nothing is claimed."""
    for jobs_ in (50_000, 75_000, 100_000):
        for correlation in CORRELATIONS:
            alike = Alike(jobs_, correlation=correlation)
            quiet = [_evidence(random, alike, 0.0).max() for _ in range(min(rounds, 300))]
            bad = np.concatenate([_evidence(random, alike, 0.6) for _ in range(5)])
            missed = float((bad <= np.quantile(quiet, 0.99)).mean())
            claim = f"1 h of {jobs_:,} jobs in a month missed, correlation {correlation:g}"
            yield Claim(claim, len(bad), missed, 1.0)


def _evidence(random: Random, alike: Alike, least: float) -> Floats:
    """Return the log likelihood ratio of an outage in each hour of a month.

    The share that fails in each batch is at least `least`.
    """
    batches = alike.jobs // 12
    sizes, hour = random.geometric(1 / 12, batches), random.integers(0, 720, batches)
    share = np.maximum(alike.shares(random, batches), least)
    failed = random.binomial(sizes, share)
    if alike.correlation:
        odds = (1 - alike.correlation) / alike.correlation
        usual = betabinom(sizes, alike.failed * odds, (1 - alike.failed) * odds)
    else:
        usual = binom(sizes, alike.failed)
    ratio = binom(sizes, 0.6).logpmf(failed) - usual.logpmf(failed)
    return np.bincount(hour, ratio, 720)


SECTIONS: dict[str, Section] = {
    "polling": polling,
    "limits": limits,
    "failing": failing,
    "batches": batches,
    "weeks": weeks,
    "incidents": incidents,
    "oracle": oracle,
}


if __name__ == "__main__":
    main()
