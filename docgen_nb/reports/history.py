"""What a report is made from: the jobs and messages of a ledger or of tables."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from typing import Any

import pandas as pd

from docgen_nb import wire
from docgen_nb.errors import MissingColumn
from docgen_nb.ledger import Ledger
from docgen_nb.ledger.tables import Selection, jobs_columns
from docgen_nb.ledger.template_names import template_names
from docgen_nb.wording import short_name

_NEEDED = (
    *("job_id", "status", "template_id", "template_version_id", "created_at", "read_at"),
    "duration_seconds",
)
_OF_LEDGER = (
    *(*_NEEDED, "batch_id", "finished_at", "finished_after", "finished_before"),
    *("finished_source", "output_type", "created_by_id"),
)
_LATER = "SELECT count(*) FROM job_records WHERE created_at >= ?"
_MESSAGES = ("job_id", "severity", "message", "created_at", "status", "template_id")


@dataclass(frozen=True)
class History:
    """Jobs created in a span of time, their messages, and what is known about all jobs."""

    jobs: pd.DataFrame
    messages: pd.DataFrame | None
    read_at: pd.Timestamp
    file: str
    owner: str
    first: pd.Timestamp | None
    last: pd.Timestamp | None
    names: Mapping[str, str] = field(default_factory=dict)
    others: int = 0  # accounts that are left out
    undated: int = 0
    is_ledger: bool = False
    later: int = 0  # jobs created after these

    def only(self, values: Mapping[str, str]) -> "History":
        """Return the jobs that have these values in these columns, and their messages."""
        jobs = self.jobs
        for column, value in values.items():
            jobs = jobs[jobs[column] == value]
        if len(jobs) == len(self.jobs) or self.messages is None:
            return replace(self, jobs=jobs.reset_index(drop=True))
        messages = self.messages[self.messages["job_id"].isin(jobs["job_id"])]
        return replace(self, jobs=jobs.reset_index(drop=True), messages=messages)

    def between(self, since: pd.Timestamp, until: pd.Timestamp) -> "History":
        """Return the jobs and messages of jobs created from a moment to before another."""
        messages = None if self.messages is None else _between(self.messages, since, until)
        jobs, later = (
            _between(self.jobs, since, until),
            int((self.jobs["created_at"] >= until).sum()),
        )
        return replace(self, jobs=jobs, messages=messages, later=self.later + later)

    def at_zone(self, zone: str) -> "History":
        """Return the same with its times in a zone."""
        first, last = _local(self.first, zone), _local(self.last, zone)
        return replace(self, first=first, last=last, read_at=self.read_at.tz_convert(zone))

    def name(self, template_id: Any) -> str:
        """Return the name of a template, or its id."""
        if pd.isna(template_id):
            return "No template"
        name = self.names.get(str(template_id), str(template_id))
        return f"Template {name}" if name.isdecimal() else short_name(name)


def load_history(
    jobs: Any,
    failures: Any,
    *,
    since: pd.Timestamp,
    until: pd.Timestamp,
    zone: str | tzinfo,
    account: str | None,
    names: Mapping[str, str] | None,
) -> History:
    """Return the jobs created from a moment to before another, and their messages."""
    if isinstance(jobs, Ledger):
        return _from_ledger(jobs, failures, since, until, zone, names or {})
    if not isinstance(jobs, pd.DataFrame):
        kind = type(jobs).__name__
        raise TypeError(f"report takes a ledger or a pandas table of jobs, not {kind}.")
    return _from_table(jobs, failures, since, until, zone, account, names or {})


def _from_ledger(
    ledger: Ledger,
    failures: Any,
    since: pd.Timestamp,
    until: pd.Timestamp,
    zone: str | tzinfo,
    names: Mapping[str, str],
) -> History:
    with ledger.file.read() as db:
        jobs = jobs_columns(db, Selection(since=since, until=until), _OF_LEDGER)
    messages = ledger.failures(since=since, until=until) if failures is None else failures
    first, last = ledger.file.first("SELECT min(created_at), max(created_at) FROM job_records") or (
        0,
        0,
    )
    settings: dict[str, Any] = dict(ledger.file.all("SELECT name, value FROM settings"))
    place = str(settings.get("service", "")).partition("//")[2]
    owner = f"{settings.get('account') or 'account not known'} at {place}" if place else ""
    read_at = jobs.attrs.get("read_at")
    (later,) = ledger.file.first(_LATER, [until.timestamp()]) or (0,)
    return History(
        jobs=_known(jobs),
        messages=messages,
        read_at=_local(read_at, zone) or pd.Timestamp.now(zone),
        file=ledger.file.path.name,
        owner=owner,
        first=_local(first, zone),
        last=_local(last, zone),
        names=template_names(ledger.file) | dict(names),
        is_ledger=True,
        later=later,
    )


def _from_table(
    jobs: pd.DataFrame,
    failures: Any,
    since: pd.Timestamp,
    until: pd.Timestamp,
    zone: str | tzinfo,
    account: str | None,
    names: Mapping[str, str],
) -> History:
    if "read_at" not in jobs and jobs.attrs.get("read_at"):
        jobs = jobs.assign(read_at=pd.Timestamp(jobs.attrs["read_at"]))
    MissingColumn.check(jobs.columns, needed=list(_NEEDED), function="report")
    if failures is not None:
        MissingColumn.check(failures.columns, needed=list(_MESSAGES), function="report")
    for name in ("created_at", "read_at"):
        if jobs[name].dtype.kind == "M" and getattr(jobs[name].dtype, "tz", None) is None:
            fix = f'jobs["{name}"].dt.tz_localize("UTC")'
            raise ValueError(f"{name} has no time zone; add that of its times, such as {fix}.")
    jobs, owner, others = _of_account(jobs, account)
    created = jobs["created_at"]
    read_at = jobs["read_at"].max() if len(jobs) else jobs.attrs.get("read_at")
    return History(
        jobs=_known(jobs[(created >= since) & (created < until)]),
        messages=failures,
        read_at=_local(read_at, zone) or pd.Timestamp.now(zone),
        file="a table of jobs",
        owner=owner,
        first=_local(created.min(), zone),
        last=_local(created.max(), zone),
        names=names,
        others=others,
        undated=int(created.isna().sum()),
        later=int((created >= until).sum()),
    )


def _of_account(jobs: pd.DataFrame, account: str | None) -> tuple[pd.DataFrame, str, int]:
    """Return the jobs of one enterprise, by default that with most, and how many others exist."""
    if "enterprise_id" not in jobs:
        return jobs, "", 0
    sizes = jobs["enterprise_id"].value_counts()
    if account is not None and account not in sizes:
        known = ", ".join(map(str, sizes.index)) or "none"
        raise ValueError(f"account={account!r} is not in the history, which has: {known}.")
    if account is None and len(sizes) < 2:
        return jobs, f"enterprise {sizes.index[0]}" if len(sizes) else "", 0
    chosen = account or str(sizes.index[0])
    return jobs[jobs["enterprise_id"] == chosen], f"enterprise {chosen}", len(sizes) - 1


def _between(rows: pd.DataFrame, since: pd.Timestamp, until: pd.Timestamp) -> pd.DataFrame:
    created = rows["created_at"]
    return rows[((created >= since) & (created < until)).to_numpy()].reset_index(drop=True)


def _known(jobs: pd.DataFrame) -> pd.DataFrame:
    return jobs.reset_index(drop=True)


def _local(time: Any, zone: str | tzinfo) -> pd.Timestamp | None:
    if time is None or pd.isna(time):
        return None
    stamp = pd.Timestamp(time, unit="s", tz="UTC") if isinstance(time, int | float) else time
    return pd.Timestamp(stamp).tz_convert(zone)


def unknown_statuses(jobs: pd.DataFrame) -> "pd.Series[Any]":
    """Return how many jobs have each status that this version does not know."""
    counts = jobs["status"].fillna("no status").value_counts()
    return counts[~counts.index.isin([*wire.STATUSES, "gone"])]
