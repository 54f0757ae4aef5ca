"""The dashboard: one figure with the main metrics and charts."""

from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from docgen_nb.charts import (
    draw_failure_heatmap,
    draw_failure_reasons,
    draw_kaplan_meier,
    draw_outcomes,
    draw_throughput,
)
from docgen_nb.charts.canvas.figure import ShownAxes, ShownFigure
from docgen_nb.charts.canvas.theme import choose_theme
from docgen_nb.metrics import failure_reasons, kaplan_meier, outcomes, throughput

_MOST_STEPS = 150
_STEPS = ("1s", "15s", "1min", "5min", "15min", "1h", "6h", "1D")
_LENGTHS = {step: step for step in _STEPS} | {"W-MON": "7D", "MS": "30D"}  # by step


def dashboard(
    jobs: Any,
    *,
    failures: Any = None,
    every: str | pd.Timedelta | pd.DateOffset | None = None,
    time_zone: str = "UTC",
    style: str | None = None,
) -> Figure:
    r"""Draw four charts in one figure: outcomes, throughput, time to finish, and failures.

    Parameters
    ----------
    jobs : table or ledger
        One row per job, as from `add_output_times`, or a `Ledger`. Uses ``status`` (str),
        ``duration_seconds`` (float64), ``created_at``, ``finished_at`` and ``read_at`` (UTC; NaT
        where unknown).
    failures : table, optional
        One row per message, as from `failures_frame`. With it, the fourth chart shows the reasons
        for failures; without it, the hours of the week in which jobs fail.
    every : str or offset, optional
        The length of a step of the throughput; by default the shortest that makes at most 150
        steps.
    time_zone : str
        The time zone of days and hours, such as ``"Europe/Berlin"``.
    style : str, optional
        ``"light"`` or ``"dark"``; by default what fits matplotlib's own background.

    Returns
    -------
    Figure
        A figure apart from pyplot. A notebook shows it as the last line of a cell, and
        ``.savefig("dashboard.png")`` writes it to a file.

    Raises
    ------
    MissingColumn
        If a table lacks a column that a metric needs.
    ValueError
        If `every` is not a time step, or `time_zone` or `style` is not valid.

    Examples
    --------
    >>> jobs = pd.DataFrame({
    ...     "status": ["completed", "failed"],
    ...     "duration_seconds": [4.0, None],
    ...     "created_at": pd.to_datetime(["2026-03-02T09:00:00Z"] * 2),
    ...     "finished_at": pd.to_datetime(["2026-03-02T09:00:04Z", None]),
    ...     "read_at": pd.to_datetime(["2026-03-02T09:01:00Z"] * 2),
    ... })
    >>> dashboard(jobs).axes[0].get_title(loc="left")
    '50\xa0% of 2 jobs completed without errors'
    """
    ground = choose_theme(style).ground
    figure = ShownFigure(figsize=(15, 9), layout="constrained", facecolor=ground)
    layout: Any = figure.get_layout_engine()
    layout.set(w_pad=0.15, h_pad=0.15, wspace=0.04, hspace=0.04)
    axes = [figure.add_subplot(2, 2, place, axes_class=ShownAxes) for place in range(1, 5)]
    first, second, third, fourth = axes
    statuses = outcomes(jobs, time_zone=time_zone)
    draw_outcomes(statuses, ax=first, style=style)
    step = _default_step(statuses.attrs) if every is None else every
    draw_throughput(throughput(jobs, every=step, time_zone=time_zone), ax=second, style=style)
    draw_kaplan_meier(kaplan_meier(jobs, time_zone=time_zone), ax=third, style=style)
    if failures is None:
        by_hour = outcomes(jobs, by=["weekday", "hour"], time_zone=time_zone)
        draw_failure_heatmap(by_hour, ax=fourth, style=style)
    else:
        draw_failure_reasons(failure_reasons(failures, time_zone=time_zone), ax=fourth, style=style)
    return figure


def _default_step(attrs: Any) -> str:
    """Return the shortest step that does not make too many steps of the time of the jobs."""
    if not attrs.get("created_from"):
        return "1min"
    span = pd.Timestamp(attrs["created_to"]) - pd.Timestamp(attrs["created_from"])
    fitting = (
        step for step, length in _LENGTHS.items() if span / pd.Timedelta(length) <= _MOST_STEPS
    )
    return next(fitting, "YS")
