"""Metrics: each turns a table of jobs into a small table.

A metric groups and counts on the engine that has the table, then finishes the small result in
pandas. It takes a table of jobs in pandas, Polars, pyarrow, DuckDB, Dask or PySpark; a *weighted*
table, whose column ``jobs`` is the number of jobs that each row represents; or a ledger. The
``attrs`` of the result hold what a chart needs for its title: ``created_from``, ``created_to`` and
``read_at`` (ISO 8601, or None if unknown), ``time_zone``, ``jobs`` (the number of jobs counted)
for time steps, ``every``, and where end times count, ``notes``: a list of sentences about what the
numbers leave out.
"""

from docgen_nb.metrics.comparison import compare_jobs
from docgen_nb.metrics.duration import duration_quantiles, durations, kaplan_meier
from docgen_nb.metrics.flow import throughput
from docgen_nb.metrics.hours import slow_hours
from docgen_nb.metrics.incident import find_incidents
from docgen_nb.metrics.outcome import outcomes
from docgen_nb.metrics.reasons import failure_reasons
from docgen_nb.metrics.trend import trend

__all__ = [
    "compare_jobs",
    "duration_quantiles",
    "durations",
    "failure_reasons",
    "find_incidents",
    "kaplan_meier",
    "outcomes",
    "slow_hours",
    "throughput",
    "trend",
]
