"""Four charts of many jobs: metric, drawing and PNG, against the rows given to matplotlib.

Run as `python tests/bench/charts.py [ROWS] [ROUNDS]`. Both ways start from the same table in
memory and end with four pictures of 800 by 420 points: jobs over time, failures by template,
durations, and durations over time. "raw" is what one writes first: `hist`, a bar for each
template, `ecdf`, and a `scatter` of every job. "ours" is a metric and its chart, "counted" the
same from counts by hour such as a ledger keeps, which are made beforehand. CPU seconds of this
process, the ways in turns, medians; read the ratios.

The last lines are ours alone, for ten jobs, for so many, and for ten times as many.
"""

import gc
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from io import BytesIO

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from docgen_nb.charts import (
    draw_kaplan_meier,
    draw_outcomes,
    draw_slow_hours,
    draw_throughput,
)
from docgen_nb.metrics import kaplan_meier, outcomes, slow_hours, throughput

STATUSES = np.array(["completed", "completed_with_error", "failed", "submitted"])
TEMPLATES = np.array([str(1_000_000 + number) for number in range(500)])
BEGIN, END = 1_760_000_000, 1_767_776_000  # 90 days


def jobs(rows: int) -> pd.DataFrame:
    """A made-up table with the columns that the four charts need."""
    random = np.random.default_rng(0)
    created = np.sort(random.integers(BEGIN, END, rows))
    status = random.choice(4, rows, p=[0.93, 0.03, 0.03, 0.01])
    seconds = 1 + np.exp(random.normal(1.4, 0.8, rows)).round()
    known = status < 2
    created_at = pd.Series(created * 1_000_000).astype("datetime64[us]").dt.tz_localize("UTC")
    return pd.DataFrame(
        {
            "status": pd.Series(STATUSES[status], dtype="str"),
            "template_id": pd.Series(TEMPLATES[random.integers(0, 500, rows)], dtype="str"),
            "created_at": created_at,
            "finished_at": (created_at + pd.to_timedelta(seconds, unit="s")).where(known),
            "duration_seconds": np.where(known, seconds, np.nan),
            "read_at": pd.Timestamp(END, unit="s", tz="UTC"),
        }
    )


class Counted:
    """Counts of jobs for each set of columns that a metric asks for, made once, as in a ledger."""

    def __init__(self, table: pd.DataFrame) -> None:
        self.table, self.kept = table, {}
        moments = {"created_from": "min", "created_to": "max"}
        self.attrs = {name: table["created_at"].agg(how) for name, how in moments.items()}
        self.attrs |= {"read_at": table["read_at"].max()}

    def rollup(self, columns: Iterable[str]) -> pd.DataFrame:
        names = tuple(columns)
        if names not in self.kept:
            self.kept[names] = self.count(list(names))
        return self.kept[names]

    def count(self, names: list[str]) -> pd.DataFrame:
        """Exact durations need the times of open jobs alone; all else the hour of the creation."""
        table, exact = self.table, "duration_seconds" in names and "created_at" not in names
        if exact:
            is_open = table["status"] == "submitted"
            table = table.assign(created_at=table["created_at"].where(is_open))
            names = [*names, "created_at", "read_at"]
        by = [
            table[name] if exact or not name.endswith("_at") else table[name].dt.floor("1h")
            for name in dict.fromkeys(names)
        ]
        counts = table.groupby(by, dropna=False).size().rename("jobs").reset_index()
        counts.attrs = {name: at.isoformat() for name, at in self.attrs.items()}
        counts.attrs |= {} if exact else {"grain": "1h"}
        return counts


def raw_throughput(table: pd.DataFrame, ax: Axes) -> None:
    ax.hist(table["created_at"], bins=90 * 24)


def raw_failures(table: pd.DataFrame, ax: Axes) -> None:
    shares = (table["status"] == "failed").groupby(table["template_id"]).mean()
    ax.bar(shares.index, shares)


def raw_durations(table: pd.DataFrame, ax: Axes) -> None:
    ax.ecdf(table["duration_seconds"].dropna())


def raw_over_time(table: pd.DataFrame, ax: Axes) -> None:
    ax.scatter(table["created_at"], table["duration_seconds"], s=1)


def our_throughput(table: pd.DataFrame, ax: Axes) -> None:
    draw_throughput(throughput(table, every="1h"), ax=ax)


def our_failures(table: pd.DataFrame, ax: Axes) -> None:
    draw_outcomes(outcomes(table, by="template"), ax=ax)


def our_durations(table: pd.DataFrame, ax: Axes) -> None:
    draw_kaplan_meier(kaplan_meier(table), ax=ax)


def our_over_time(table: pd.DataFrame, ax: Axes) -> None:
    draw_slow_hours(slow_hours(table), ax=ax)


WAYS: dict[str, tuple[Callable[..., None], Callable[..., None]]] = {
    "jobs over time": (raw_throughput, our_throughput),
    "failures by template": (raw_failures, our_failures),
    "durations": (raw_durations, our_durations),
    "durations over time": (raw_over_time, our_over_time),
}


def cpu_seconds(draw: Callable[..., None], table: pd.DataFrame | Counted) -> float:
    """One picture, from the table to the PNG."""
    gc.collect()
    begun = time.process_time()
    figure = Figure(figsize=(8, 4.2), layout="constrained")
    draw(table, figure.add_subplot())
    figure.savefig(BytesIO(), format="png")
    return time.process_time() - begun


def compare(table: pd.DataFrame, rounds: int) -> None:
    counted = Counted(table)
    for _, ours in WAYS.values():
        cpu_seconds(ours, table.head(100))  # imports and fonts
        cpu_seconds(ours, counted)
    seen: dict[str, list[tuple[float, ...]]] = {name: [] for name in WAYS}
    for _ in range(rounds):
        for name, (raw, ours) in WAYS.items():
            ways = ((raw, table), (ours, table), (ours, counted))
            seen[name].append(tuple(cpu_seconds(*way) for way in ways))
    print(f"{len(table):,} jobs, {rounds} rounds, median CPU seconds")
    print(f"{'':22}{'raw':>8}{'ours':>8}{'counted':>9}{'raw/ours':>10}{'raw/counted':>13}")
    totals = [0.0, 0.0, 0.0]
    for name, times in seen.items():
        medians = [statistics.median(some) for some in zip(*times, strict=True)]
        totals = [total + one for total, one in zip(totals, medians, strict=True)]
        print(line(name, medians))
    print(line("all four", totals))


def line(name: str, seconds: list[float]) -> str:
    raw, ours, counted = seconds
    numbers = f"{raw:8.2f}{ours:8.2f}{counted:9.2f}{raw / ours:10.1f}{raw / counted:13.1f}"
    return f"{name:22}{numbers}"


def grow(rows: int, rounds: int) -> None:
    """Ours alone, for three sizes in turns, from rows and from counts."""
    tables = {size: jobs(size) for size in (10, rows, 10 * rows)}
    for kind, make in (("rows", lambda table: table), ("counts", Counted)):
        made = {size: make(table) for size, table in tables.items()}
        seen: dict[int, list[float]] = {size: [] for size in made}
        for _ in range(rounds + 1):  # the first time counts are made
            for size, table in made.items():
                seen[size].append(sum(cpu_seconds(ours, table) for _, ours in WAYS.values()))
        medians = {size: statistics.median(times[1:]) for size, times in seen.items()}
        told = ", ".join(f"{size:,} jobs {time:.2f}" for size, time in medians.items())
        ratio = medians[10 * rows] / medians[rows]
        print(f"ours from {kind}, all four: {told}; the last is {ratio:.2f} times the one before")


if __name__ == "__main__":
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    compare(jobs(rows), rounds)
    grow(rows, rounds)
