"""Four charts of many jobs: metric, drawing and PNG, against the rows given to matplotlib.

Run as `python tests/bench/charts.py [ROWS] [ROUNDS]`. Both ways start from the same table in
memory and end with four pictures of 800 by 420 points: jobs over time, failures by template,
durations, and durations over time. "raw" is what one writes first: `hist`, a bar for each
template, `ecdf`, and a `scatter` of every job. "ours" is a metric and its chart. CPU seconds of
this process, both ways in turns, medians; read the ratios.

The last lines are ours alone with ten times as many rows, and with a tenth of ten rows' patience:
what a chart of seven jobs costs.
"""

import gc
import statistics
import sys
import time
from collections.abc import Callable
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


def cpu_seconds(draw: Callable[..., None], table: pd.DataFrame) -> float:
    """One picture, from the table to the PNG."""
    gc.collect()
    begun = time.process_time()
    figure = Figure(figsize=(8, 4.2), layout="constrained")
    draw(table, figure.add_subplot())
    figure.savefig(BytesIO(), format="png")
    return time.process_time() - begun


def compare(table: pd.DataFrame, rounds: int) -> None:
    for _, ours in WAYS.values():
        cpu_seconds(ours, table.head(100))  # imports and fonts
    seen: dict[str, list[tuple[float, float]]] = {name: [] for name in WAYS}
    for _ in range(rounds):
        for name, (raw, ours) in WAYS.items():
            seen[name].append((cpu_seconds(raw, table), cpu_seconds(ours, table)))
    print(f"{len(table):,} jobs, {rounds} rounds, median CPU seconds")
    print(f"{'':22}{'raw':>8}{'ours':>8}{'raw / ours':>12}")
    totals = [0.0, 0.0]
    for name, pairs in seen.items():
        raw_s, our_s = (statistics.median(times) for times in zip(*pairs, strict=True))
        totals = [totals[0] + raw_s, totals[1] + our_s]
        print(f"{name:22}{raw_s:8.2f}{our_s:8.2f}{raw_s / our_s:12.1f}")
    print(f"{'all four':22}{totals[0]:8.2f}{totals[1]:8.2f}{totals[0] / totals[1]:12.1f}")


def grow(rows: int, rounds: int) -> None:
    """Ours alone, for two sizes in turns."""
    tables = [jobs(10), jobs(rows), jobs(10 * rows)]
    seen: list[list[float]] = [[], [], []]
    for _ in range(rounds):
        for times, table in zip(seen, tables, strict=True):
            times.append(sum(cpu_seconds(ours, table) for _, ours in WAYS.values()))
    few, some, many = (statistics.median(times) for times in seen)
    print(f"\nours, all four, median CPU seconds: 10 jobs {few:.2f}, {rows:,} jobs {some:.2f}, ")
    print(f"{10 * rows:,} jobs {many:.2f}: {many / some:.2f} times as much for ten times the rows")


if __name__ == "__main__":
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    compare(jobs(rows), rounds)
    grow(rows, rounds)
