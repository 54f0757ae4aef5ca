"""Simulations with known truth: how often what a metric claims is wrong.

Run as `python tests/bench/coverage.py [--rounds N] [--seed N] [SECTION ...]` (all sections by
default). Each section makes many tables of jobs from a known distribution and prints, for each
claim, the share of rounds in which it is wrong beside the share that is allowed. It ends with an
error if any share is larger by more than chance.

A round is a template: one call with `by="template"` gives the answer of every round.
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

from docgen_nb.metrics import duration_quantiles

READ_AT = pd.Timestamp("2026-03-31T00:00Z")
ALLOWED = 0.08  # of 95% limits: they are approximations
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
SIZES = (10, 20, 50, 80, 150, 400, 1000, 5000)


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


def missed(table: pd.DataFrame, took: Lognormal, what: str) -> Iterator[Claim]:
    """Yield a claim for each quantile: its limits contain the truth, where they are given."""
    for quantile, rows in table.groupby("quantile"):
        truth = took.quantile(float(str(quantile)))
        low, high = rows["duration_low_seconds"], rows["duration_high_seconds"]
        given = low.notna() | high.notna()
        is_wrong = (low > truth) | (high < truth)
        share = float(is_wrong[given].mean()) if given.any() else 0.0
        sides = f"above {(low > truth).mean():.1%}, below {(high < truth).mean():.1%}"
        no_high = f"no upper limit in {high.isna().mean():.0%}"
        claim = f"p{float(str(quantile)) * 100:g} of {what} ({sides}; {no_high})"
        yield Claim(claim, int(given.sum()), share, ALLOWED)


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


SECTIONS: dict[str, Section] = {"limits": limits, "failing": failing, "polling": polling}


if __name__ == "__main__":
    main()
