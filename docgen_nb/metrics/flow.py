"""How many jobs came, went and waited in each step of time."""

from collections.abc import Mapping
from datetime import tzinfo
from math import gcd
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from docgen_nb.metrics import steps
from docgen_nb.metrics.engine.encoded_table import MISSING, OPEN, Narrow
from docgen_nb.metrics.engine.inputs import read
from docgen_nb.metrics.groups import By, Groups, groups, joined, split
from docgen_nb.metrics.steps import Every

_MOST_ROWS = 1_000_000
_MICROSECONDS = 1_000_000


def throughput(
    jobs: Any,
    *,
    every: Every = "1min",
    time_zone: str | tzinfo = "UTC",
    by: By = None,
) -> pd.DataFrame:
    """Return how many jobs were created and finished in each step of time, and how many were open.

    One row per step, without gaps, from the first event to the last; where jobs are still open,
    to the step in which they were read. With `by`, the same steps for each group.

    Parameters
    ----------
    jobs : table or ledger
        One row per job, as from `add_output_times`. Uses ``status`` (str), ``created_at``,
        ``finished_at`` and ``read_at`` (UTC; NaT where unknown), and what `by` names.
    every : str or offset
        The length of a step: ``"15s"``, ``"1min"``, ``"6h"``, ``"1D"``, ``"W-MON"``, ``"MS"``.
        Steps of up to one hour all last equally long; longer ones follow the clock on the wall,
        so that a day has 23 or 25 hours when the clock is changed.
    time_zone : str or tzinfo
        Where days and hours begin, such as ``"Europe/Berlin"``.
    by : str or sequence of str, optional
        As of `outcomes`; the weekday and hour are those of the creation, also for the end.

    Returns
    -------
    DataFrame
        The columns of `by`, then:

        - ``step_start, step_end`` : datetime64[us, `time_zone`]; the start is in the step
        - ``created`` : int64, jobs created in the step
        - ``finished`` : int64, jobs whose known end lies in the step
        - ``open`` : int64, jobs that were open at the end of the step
        - ``ends_unknown`` : int64, jobs created in the step that are not open and whose end
          nobody knows, such as failed ones; they are in no count of ``open``
        - ``running`` : bool, True for the step that was not over when the jobs were read

    Raises
    ------
    MissingColumn
        If `jobs` lacks a column named above.
    ValueError
        If `every` is no step of whole seconds, or makes more than a million of them (of all
        groups together), or if `time_zone` or `by` is none, or if the times of a weighted table
        are too coarse for the steps.
    EngineCannot
        If the engine of the table lacks an operation.

    Notes
    -----
    ``created`` sums to the jobs whose ``created_at`` is known, and ``finished`` to those whose
    ``finished_at`` is. A job without ``created_at`` is not in ``open``. Where the end comes from,
    and how exact it is, stands in ``finished_source`` of `jobs`.

    Examples
    --------
    >>> jobs = pd.DataFrame({
    ...     "status": ["completed", "failed", "pending"],
    ...     "created_at": pd.to_datetime(["2026-03-02T09:00:10Z"] * 3),
    ...     "finished_at": pd.to_datetime(["2026-03-02T09:01:10Z", None, None]),
    ...     "read_at": pd.to_datetime(["2026-03-02T09:02:30Z"] * 3),
    ... })
    >>> throughput(jobs).drop(columns=["step_start", "step_end"])
       created  finished  open  ends_unknown  running
    0        3         0     2             1    False
    1        0         1     1             0    False
    2        0         0     1             0     True
    """
    step, chosen = steps.step_of(every), groups(by, time_zone=time_zone)
    length = steps.grain(step, chosen.zone) * _MICROSECONDS
    narrow = read(
        jobs,
        needed=["status", "created_at", "finished_at", "read_at", *chosen.needed],
        function="throughput",
        grain=gcd(length // _MICROSECONDS, chosen.grain),
    )
    begun = chosen.count(_by_creation(narrow, length), ["place", "is_open", "no_end"])
    ended = chosen.count(_by_end(narrow, length), ["place", "no_start"], window=False)
    events = _events(begun.table, ended.table, chosen)
    events["moment"] = events.pop("place") * length
    edges = steps.edges(_span(events, begun.read_at), step, chosen.zone)
    parts = list(split(events, chosen))
    _refuse_too_many(len(parts), len(edges) - 1, steps.name(step))
    flows = [(key, _flow(rows, edges, begun.read_at)) for key, rows in parts]
    table = joined(flows, chosen, _kinds(chosen.zone))
    table.attrs = begun.attrs(chosen.zone, every=steps.name(step))
    return table


def _kinds(zone: str | tzinfo) -> dict[str, Any]:
    """The dtypes of the columns; a time is given as a number, of microseconds."""
    times = dict.fromkeys(("step_start", "step_end"), pd.DatetimeTZDtype("us", zone))
    counts = dict.fromkeys(("created", "finished", "open", "ends_unknown"), "int64")
    return {**times, **counts, "running": "bool"}


def _by_creation(narrow: Narrow, length: int) -> Narrow:
    return narrow.with_columns(
        place=lambda col, where: col("created") // length,
        is_open=lambda col, where: where(col("state") == OPEN, 1, 0),
        no_end=lambda col, where: where(col("finished") == MISSING, 1, 0),
    )


def _by_end(narrow: Narrow, length: int) -> Narrow:
    return narrow.with_columns(
        place=lambda col, where: col("finished") // length,
        no_start=lambda col, where: where(col("created") == MISSING, 1, 0),
    )


def _events(begun: pd.DataFrame, ended: pd.DataFrame, by: Groups) -> pd.DataFrame:
    """What happened at each time; ``entered`` and ``left`` change the number of open jobs."""
    jobs, ends = begun["jobs"].to_numpy(), ended["jobs"].to_numpy()
    is_open, no_end = begun["is_open"].to_numpy() == 1, begun["no_end"].to_numpy() == 1
    left = np.where(ended["no_start"].to_numpy() == 0, ends, 0)
    here, there = np.zeros_like(jobs), np.zeros_like(ends)
    kinds = {
        "place": (begun["place"].to_numpy(), ended["place"].to_numpy()),
        "created": (jobs, there),
        "finished": (here, ends),
        "ends_unknown": (np.where(no_end & ~is_open, jobs, 0), there),
        "entered": (np.where(is_open | ~no_end, jobs, 0), there),
        "left": (here, left),
    }
    texts = {name: pd.concat([begun[name], ended[name]], ignore_index=True) for name in by.columns}
    numbers = {name: np.concatenate(both) for name, both in kinds.items()}
    events = pd.DataFrame(texts | numbers)
    return events[events["place"] != MISSING]


def _span(
    events: pd.DataFrame, read_at: pd.Timestamp | None
) -> tuple[pd.Timestamp, pd.Timestamp] | None:
    if events.empty:
        return None
    first, last = pd.to_datetime(events["moment"].agg(["min", "max"]), unit="us", utc=True)
    still_open = events["entered"].sum() > events["left"].sum()
    return first, max(last, read_at) if still_open and read_at is not None else last


def _refuse_too_many(groups: int, rows: int, every: str) -> None:
    if groups * rows > _MOST_ROWS:
        raise ValueError(
            f"every={every!r} makes more than a million rows, {rows} for each of {groups} groups: "
            "take a longer one."
        )


def _flow(
    events: pd.DataFrame, edges: pd.DatetimeIndex, read_at: pd.Timestamp | None
) -> Mapping[str, Any]:
    """The light half: counts per time become counts per step, steps without any are zeros."""
    places = edges.asi8.searchsorted(events["moment"].to_numpy(), side="right") - 1
    rows = max(len(edges) - 1, 0)

    def per_step(name: str) -> npt.NDArray[np.int64]:
        found = np.zeros(rows, dtype="int64")
        np.add.at(found, places, events[name].to_numpy())
        return found

    running = np.zeros(rows, dtype=bool)
    if read_at is not None:
        running = (edges[:-1] <= read_at) & (read_at < edges[1:])
    return {
        "step_start": edges[:-1].asi8,
        "step_end": edges[1:].asi8,
        "created": per_step("created"),
        "finished": per_step("finished"),
        "open": np.cumsum(per_step("entered") - per_step("left")),
        "ends_unknown": per_step("ends_unknown"),
        "running": running,
    }
