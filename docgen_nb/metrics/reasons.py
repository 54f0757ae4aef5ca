"""Why jobs fail: their messages, those that say the same of different things as one."""

from collections import Counter
from dataclasses import dataclass
from datetime import tzinfo
from math import inf, isinf
from typing import Any

import numpy as np
import pandas as pd

from docgen_nb.metrics.engine.inputs import read_failures
from docgen_nb.metrics.engine.message_counts import Messages, messages_of
from docgen_nb.metrics.groups import By, Key, column_of, groups
from docgen_nb.metrics.patterns import pattern

_NEEDED = ("job_id", "severity", "message", "created_at")
_SEVERITIES = ("error", "warning")
_KINDS: dict[str, Any] = {
    **dict.fromkeys(("pattern", "tag", "severity"), "str"),
    **dict.fromkeys(("messages", "jobs"), "int64"),
    "share": "float64",
    **dict.fromkeys(("example", "example_job_id"), "str"),
    **dict.fromkeys(("first_at", "last_at"), pd.DatetimeTZDtype("us", "UTC")),
}


def failure_reasons(
    failures: Any, *, by: By = None, time_zone: str | tzinfo = "UTC"
) -> pd.DataFrame:
    """Return what the messages of jobs say, and how many jobs they are about.

    One row per pattern, severity and tag: errors first, then warnings, then other severities by
    name; those of most jobs first. With `by`, the same for each group.

    Parameters
    ----------
    failures : table or ledger
        One row per message, as from `failures_frame`. Uses ``job_id``, ``severity`` and
        ``message`` (str), ``created_at`` (UTC; NaT where unknown), and what `by` names.
    by : str or sequence of str, optional
        As of `outcomes`; a table of messages knows no folder.
    time_zone : str or tzinfo
        Whose weekdays and hours, such as ``"Europe/Berlin"``.

    Returns
    -------
    DataFrame
        The columns of `by`, then:

        - ``pattern`` : str, the message with ``<tag>``, ``<name>``, ``<number>``, ``<id>``,
          ``<time>`` and ``<url>`` for what differs
        - ``tag`` : str, the tag or path that the message names; missing if it names none
        - ``severity`` : str
        - ``messages`` : int64
        - ``jobs`` : int64, different jobs with such a message
        - ``share`` : float64, 0 to 1, of the jobs in the group that have any message of this
          severity; shares sum to more than 1 where jobs have several
        - ``example`` : str, the most frequent message of the pattern
        - ``example_job_id`` : str, a job that has it
        - ``first_at, last_at`` : datetime64[us, UTC], when the first and the last of these jobs
          were created; NaT where that is not known

    Raises
    ------
    MissingColumn
        If `failures` lacks a column named above.
    ValueError
        If `by` or `time_zone` is none.
    EngineCannot
        If the engine of the table lacks an operation.

    Notes
    -----
    Box sends messages as plain text and documents no codes. A pattern is what is left of a
    message when that which stands in quotes or braces, links, times, numbers and ids of eight
    or more letters and digits give way to placeholders. Two faults with the same wording are
    one pattern; one fault that Box words in two ways is two.

    Examples
    --------
    >>> failures = pd.DataFrame({
    ...     "job_id": ["1", "2", "2"],
    ...     "severity": ["error"] * 3,
    ...     "message": [
    ...         "The tag 'order.id' was not provided in the input data.",
    ...         "The tag 'order.id' was not provided in the input data.",
    ...         "The document took 61 seconds.",
    ...     ],
    ...     "created_at": pd.to_datetime(["2026-03-02T09:00Z"] * 3),
    ... })
    >>> failure_reasons(failures)[["pattern", "tag", "jobs", "share"]]
                                                 pattern       tag  jobs  share
    0  The tag '<tag>' was not provided in the input ...  order.id     2    1.0
    1                The document took <number> seconds.       NaN     1    0.5
    """
    chosen = groups(by, time_zone=time_zone)
    narrow = read_failures(failures, needed=[*_NEEDED, *chosen.needed], function="failure_reasons")
    keys = [*chosen.columns, "severity"]
    heavy = messages_of(chosen.cut(narrow), keys)
    clusters = _clusters(heavy, keys)
    totals = {row[:-1]: row[-1] for row in _rows(heavy.jobs())}
    rows = [
        (*key[:-3], *cluster.row(*key[-3:], all_jobs=totals[key[:-2]]))
        for key, cluster in sorted(clusters.items(), key=_place)
    ]
    kinds = chosen.kinds | _KINDS
    columns = zip(*rows, strict=True) if rows else [()] * len(kinds)
    pairs = zip(kinds.items(), columns, strict=True)
    table = pd.DataFrame({name: column_of(np.array(cells), kind) for (name, kind), cells in pairs})
    table.attrs = heavy.window().attrs(chosen.zone)
    return table


@dataclass
class _Cluster:
    """What is counted of the messages of one pattern."""

    messages: int = 0
    jobs: int = 0
    most: int = 0
    example: str = ""
    example_job_id: Any = None
    first: float = inf
    last: float = -inf

    def add(self, message: str, times: int, jobs: int, job_id: Any, span: tuple[Any, Any]) -> None:
        """Count one more message."""
        self.messages += times
        self.jobs += jobs
        if (-times, message) < (-self.most, self.example):
            self.most, self.example, self.example_job_id = times, message, job_id
        self.first = min(self.first, inf if span[0] is None else span[0])
        self.last = max(self.last, -inf if span[1] is None else span[1])

    def row(self, severity: Any, said: str, tag: Any, *, all_jobs: int) -> tuple[Any, ...]:
        """The columns of the table, in their order."""
        counts = self.messages, self.jobs, self.jobs / all_jobs
        times = [pd.NaT.value if isinf(time) else int(time) for time in (self.first, self.last)]
        return said, tag, severity, *counts, self.example, self.example_job_id, *times


def _clusters(heavy: Messages, keys: list[str]) -> dict[Key, _Cluster]:
    """The messages put together by severity, pattern and tag, within each group."""
    found: dict[Key, _Cluster] = {}
    patterns: dict[Any, tuple[str, str | None]] = {}
    each = _rows(heavy.each())
    for row in each:
        (*key, message), (times, jobs, job_id, *span) = row[: len(keys) + 1], row[len(keys) + 1 :]
        said = patterns.setdefault(message, pattern(message))
        cluster = found.setdefault((*key, *said), _Cluster())
        cluster.add(message, times, jobs, job_id, (span[0], span[1]))
    if len(found) < len(each):
        # A job with several messages of one pattern was counted once for each of them.
        pairs = Counter((*key, *patterns[text], job) for *key, text, job in _rows(heavy.several()))
        for (*cluster_key, _), times in pairs.items():
            found[tuple(cluster_key)].jobs -= times - 1
    return found


def _rows(table: pd.DataFrame) -> list[Key]:
    """The rows of a table as plain values, None where one is missing."""
    columns = [table[name].astype("object").where(table[name].notna(), None) for name in table]
    return list(zip(*columns, strict=True))


def _place(item: tuple[Key, _Cluster]) -> tuple[Any, ...]:
    """Where a row stands: by group, then severity, then jobs."""
    (*group, severity, said, tag), cluster = item
    known = _SEVERITIES.index(severity) if severity in _SEVERITIES else len(_SEVERITIES)
    groups = [(value is None, value) for value in group]
    return *groups, known, severity or "", -cluster.jobs, said, tag or ""
