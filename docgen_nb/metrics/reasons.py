"""Why jobs fail: their messages, those that say the same of different things as one."""

from collections.abc import Mapping
from datetime import tzinfo
from typing import Any

import pandas as pd

from docgen_nb.metrics.groups import By, groups, joined, split
from docgen_nb.metrics.messages import Messages, messages_of
from docgen_nb.metrics.patterns import pattern
from docgen_nb.metrics.reading import read_failures

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
    reasons = _clusters(heavy, keys)
    totals = heavy.jobs().rename(columns={"jobs": "all_jobs"})
    reasons = reasons.merge(totals, on=keys)
    parts = [(key, _columns(rows)) for key, rows in split(reasons, chosen) if len(rows)]
    table = joined(parts, chosen, _KINDS)
    table.attrs = heavy.window().attrs(chosen.zone)
    return table


def _clusters(heavy: Messages, keys: list[str]) -> pd.DataFrame:
    """The messages put together by severity, pattern and tag, within each group."""
    each = _with_patterns(heavy.each())
    each = each.sort_values(["messages", "message"], ascending=[False, True], kind="stable")
    names = [*keys, "pattern", "tag"]
    clusters = each.groupby(names, dropna=False, sort=False).agg(
        messages=("messages", "sum"),
        jobs=("jobs", "sum"),
        example=("message", "first"),
        example_job_id=("example_job_id", "first"),
        first=("first", "min"),
        last=("last", "max"),
    )
    clusters = clusters.reset_index()
    if len(clusters) == len(each):
        return clusters
    # A job with several messages of one pattern was counted once for each of them.
    several = _with_patterns(heavy.several())
    times = several.groupby([*names, "job_id"], dropna=False).size().rename("again") - 1
    again = times.reset_index().groupby(names, dropna=False)["again"].sum().reset_index()
    clusters = clusters.merge(again, on=names, how="left")
    return clusters.assign(jobs=clusters["jobs"] - clusters["again"].fillna(0).astype("int64"))


def _with_patterns(messages: pd.DataFrame) -> pd.DataFrame:
    texts = messages["message"].drop_duplicates()
    found = [pattern(text) for text in texts]
    columns = {"pattern": [one for one, _ in found], "tag": [tag for _, tag in found]}
    words = pd.DataFrame({"message": texts.to_numpy(), **columns}, dtype="str")
    return messages.merge(words, on="message", how="left")


def _columns(reasons: pd.DataFrame) -> Mapping[str, Any]:
    """The columns of one group, in their order."""
    place = dict(zip(_SEVERITIES, range(len(_SEVERITIES)), strict=True))
    ordered = (
        reasons.assign(
            place=reasons["severity"].map(place).fillna(len(place)), fewer=-reasons["jobs"]
        )
        .sort_values(["place", "severity", "fewer", "pattern", "tag"], na_position="first")
        .assign(
            share=lambda rows: rows["jobs"] / rows["all_jobs"],
            first_at=lambda rows: _moments(rows["first"]),
            last_at=lambda rows: _moments(rows["last"]),
        )
    )
    return {name: ordered[name].to_numpy() for name in _KINDS}


def _moments(numbers: "pd.Series[Any]") -> Any:
    """Microseconds since 1970 as numbers that are NaT where they are missing."""
    known = numbers.notna()
    return numbers.astype("float64").where(known, 0).astype("int64").where(known, pd.NaT.value)
