"""The flow of jobs: how many were created, finished and open in each time step."""

from collections.abc import Mapping
from datetime import tzinfo
from math import gcd
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from docgen_nb.metrics import steps
from docgen_nb.metrics.engine.encoded_table import (
    BACKWARDS,
    MISSING,
    OPEN,
    Column,
    Expression,
    Where,
)
from docgen_nb.metrics.engine.inputs import encode_jobs
from docgen_nb.metrics.groups import By, Grouping, concat_groups, parse_by, split
from docgen_nb.metrics.notes import end_notes
from docgen_nb.metrics.steps import Every

_MOST_ROWS = 1_000_000
_MICROSECONDS = 1_000_000
_OBSERVED = -3  # an end between readings too far apart
_COUNTS = ("created", "finished", "open", "ends_unknown")


def throughput(
    jobs: Any,
    *,
    every: Every = "1min",
    time_zone: str | tzinfo = "UTC",
    by: By = None,
) -> pd.DataFrame:
    """Return how many jobs were created, finished and open in each time step.

    One row per step, without gaps, from the first event to the last or, if jobs are still open,
    to the step in which they were read. With `by`, the same steps for each group.

    Parameters
    ----------
    jobs : table or ledger
        One row per job, as from `add_output_times`. Uses ``status`` (str), ``created_at``,
        ``finished_at`` and ``read_at`` (UTC; NaT where unknown), and the columns for `by`.
    every : str or offset
        The length of a step: ``"15s"``, ``"1min"``, ``"6h"``, ``"1D"``, ``"W-MON"``, ``"MS"``.
        ``"W-MON"`` is a week that starts on Monday, and ``"W"`` starts on Sunday, like ``"W-SUN"``.
        ``"ME"``, ``"QE"`` and ``"YE"`` start on the first day too, like ``"MS"``, ``"QS"`` and
        ``"YS"``.
        Steps of up to one hour have equal length; longer steps follow local time, so a day has
        23 or 25 hours when the clocks change.
    time_zone : str or tzinfo
        The time zone in which days and hours start, such as ``"Europe/Berlin"``.
    by : str or sequence of str, optional
        The groups, as in `outcomes`; weekday and hour are those of creation, also for finished
        jobs.

    Returns
    -------
    DataFrame
        The columns of `by`, then:

        - ``step_start, step_end`` : datetime64[us, `time_zone`]; the start is part of the step
        - ``created`` : int64, jobs created in the step
        - ``finished`` : int64, jobs with a known end time in the step
        - ``open`` : int64, jobs that were open at the end of the step
        - ``ends_unknown`` : int64, jobs created in the step that are not open and whose end time
          is unknown, like that of most failed jobs; they never count as ``open``
        - ``running`` : bool, True for the step in progress when the jobs were read

    Raises
    ------
    MissingColumn
        If `jobs` lacks a column named above.
    ValueError
        If `every` is not a step of whole seconds or makes more than a million rows, if
        `time_zone` or `by` is not valid, or if the times of a weighted table are too coarse.
    EngineCannot
        If the engine of the table lacks an operation.

    Notes
    -----
    ``created`` sums to the number of jobs with a known ``created_at``, and ``finished`` to those
    with a known ``finished_at``. An end before the creation of its job counts as unknown; the
    number of these is in ``attrs["notes"]``. So does an end that was observed between two readings
    more than a step apart; one observed between closer readings counts at the later reading, so it
    may be in the next step. This uses the columns ``finished_source``, ``finished_after`` and
    ``finished_before`` if `jobs` has them, as from a ledger. A job without ``created_at`` never
    counts as ``open``. The column ``finished_source`` of `jobs` gives the source of an end time,
    and so its accuracy.

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
    step, grouping = steps.parse_every(every), parse_by(by, time_zone=time_zone)
    grain = steps.grain(step, grouping.zone)
    length = grain * _MICROSECONDS
    encoded = encode_jobs(
        jobs,
        needed=["status", "created_at", "finished_at", "read_at", *grouping.needed],
        function="throughput",
        grain=gcd(grain, grouping.grain),
    )
    known = encoded.with_columns(
        finished=_known_end(steps.span(step) if "within" in encoded.columns else None)
    )
    creations = known.with_columns(
        place=lambda col, where: col("created") // length,
        is_open=lambda col, where: where(col("state") == OPEN, 1, 0),
        end=lambda col, where: where(col("finished") > MISSING, 0, col("finished")),
    )
    ends = known.with_columns(
        place=lambda col, where: col("finished") // length,
        no_start=lambda col, where: where(col("created") == MISSING, 1, 0),
    )
    created = grouping.count(creations, ["place", "is_open", "end"])
    ended = grouping.count(ends, ["place", "no_start"], window=False)
    why, jobs_created = created.table["end"].to_numpy(), created.table["jobs"].to_numpy()
    backwards, observed = (int(jobs_created[why == one].sum()) for one in (BACKWARDS, _OBSERVED))
    notes = end_notes(backwards=backwards, observed=observed, limit="a step")
    events, read_at = _events(created.table, ended.table, grouping), created.window["read_at"]
    events["time"] = events.pop("place") * length
    until = read_at if events["entered"].sum() > events["left"].sum() else None
    edges = steps.edges(events["time"].to_numpy(), step, grouping.zone, until=until)
    parts = list(split(events, grouping))
    rows = len(edges) - 1
    if len(parts) * rows > _MOST_ROWS:
        raise ValueError(
            f"every={steps.name(step)!r} makes more than a million rows, {rows} for each of "
            f"{len(parts)} groups. Use a longer step."
        )
    flows = [(key, _flow(part, edges, read_at)) for key, part in parts]
    times = dict.fromkeys(("step_start", "step_end"), pd.DatetimeTZDtype("us", grouping.zone))
    dtypes = {**times, **dict.fromkeys(_COUNTS, "int64"), "running": "bool"}
    table = concat_groups(flows, grouping, dtypes)
    table.attrs = created.attrs(grouping.zone, every=steps.name(step), notes=notes)
    return table


def _known_end(longest: int | None) -> Expression:
    """Return an expression for the end, or for why it doesn't count.

    That is BACKWARDS if it is before the creation, and _OBSERVED if its bounds are further apart
    than `longest` seconds, which is None for a table without bounds.
    """

    def end(col: Column, where: Where) -> Any:
        known = col("finished")
        if longest is not None:
            known = where(col("within") > longest, _OBSERVED, known)
            known = where(col("within") == BACKWARDS, BACKWARDS, known)
        is_early = (col("finished") > MISSING) & (col("finished") < col("created"))
        return where(is_early, BACKWARDS, known)

    return end


def _events(created: pd.DataFrame, ended: pd.DataFrame, grouping: Grouping) -> pd.DataFrame:
    """Return the events by time; ``entered`` and ``left`` change the number of open jobs."""
    starts, ends = created["jobs"].to_numpy(), ended["jobs"].to_numpy()
    is_open, no_end = created["is_open"].to_numpy() == 1, created["end"].to_numpy() < 0
    has_start = ended["no_start"].to_numpy() == 0
    no_starts, no_ends = np.zeros_like(starts), np.zeros_like(ends)
    columns = {
        "place": (created["place"].to_numpy(), ended["place"].to_numpy()),
        "created": (starts, no_ends),
        "finished": (no_starts, ends),
        "ends_unknown": (np.where(no_end & ~is_open, starts, 0), no_ends),
        "entered": (np.where(is_open | ~no_end, starts, 0), no_ends),
        "left": (no_starts, np.where(has_start, ends, 0)),
    }
    keys = {
        name: pd.concat([created[name], ended[name]], ignore_index=True)
        for name in grouping.columns
    }
    events = pd.DataFrame(keys | {name: np.concatenate(both) for name, both in columns.items()})
    return events[events["place"] > MISSING]


def _flow(
    events: pd.DataFrame, edges: pd.DatetimeIndex, read_at: pd.Timestamp | None
) -> Mapping[str, Any]:
    """Return the columns of one group: its counts by step, without gaps."""
    places = edges.asi8.searchsorted(events["time"].to_numpy(), side="right") - 1
    rows = max(len(edges) - 1, 0)

    def per_step(name: str) -> npt.NDArray[np.int64]:
        counts = np.zeros(rows, dtype="int64")
        np.add.at(counts, places, events[name].to_numpy())
        return counts

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
