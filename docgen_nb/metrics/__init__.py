"""A table of jobs becomes a small table: outcomes, throughput, durations and what follows.

Each metric first groups and counts, on whatever engine has the table, then finishes the small
result in pandas. It takes a table of jobs of pandas, Polars, pyarrow, DuckDB, Dask or PySpark; a
*weighted* one, whose column ``jobs`` tells how many jobs each row stands for; or a ledger. The
tables carry in ``attrs`` what a chart needs for its title: ``created_from``, ``created_to``,
``read_at`` (ISO 8601, or None where no job tells), ``time_zone``, ``jobs`` (how many it stands
on) and, where there are steps of time, ``every``.
"""

from docgen_nb.metrics.comparison import compare_jobs
from docgen_nb.metrics.duration import duration_quantiles, durations, kaplan_meier
from docgen_nb.metrics.flow import throughput
from docgen_nb.metrics.hours import slow_hours
from docgen_nb.metrics.incident import find_incidents
from docgen_nb.metrics.outcome import outcomes
from docgen_nb.metrics.reasons import failure_reasons

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
]
