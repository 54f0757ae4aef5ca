"""The report: one page that says how a period went, what failed and why, and what changed."""

import re
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup, escape

from docgen_nb.frames.files import replace_file, write_sheets
from docgen_nb.metrics.engine.zones import validate_zone
from docgen_nb.reports.attention import attention
from docgen_nb.reports.day_charts import (
    Table,
    failed_chart,
    hour_chart,
    time_chart,
    volume_chart,
)
from docgen_nb.reports.facts import Facts, busy_hours, shown_periods
from docgen_nb.reports.headline import Item, about_newer, bold, eyebrow, headline, meta, notices
from docgen_nb.reports.history import History, load_history
from docgen_nb.reports.periods import Period, parse_compare, parse_period
from docgen_nb.reports.sections import (
    failures_lead,
    how_made,
    incident_lines,
    open_jobs,
    waiting,
    where,
)
from docgen_nb.reports.tiles import tiles
from docgen_nb.reports.versions import versions
from docgen_nb.wording import listed, short_name

_DATE = re.compile(r"(\d{4}-\d\d-\d\d)")
_MOST_REASONS = 8
_COLUMNS = {"template_id": "template", "output_type": "output type", "created_by_id": "user"}
_NUMBERS = {2: "Two", 4: "Four", 7: "Seven"}


def report(
    jobs_or_ledger: Any,
    path: str | Path,
    *,
    period: str = "last week",
    compare: str = "week before",
    failures: Any = None,
    names: Mapping[str, str] | None = None,
    account: str | None = None,
    time_zone: str = "UTC",
    now: pd.Timestamp | str | None = None,
    xlsx: str | Path | None = None,
) -> Path:
    """Write a report of a period as one HTML file, and return its path.

    The file has no JavaScript and needs no network. It can be read on a phone, printed, and mailed.

    Parameters
    ----------
    jobs_or_ledger : Ledger or DataFrame
        A history. Of a table, it uses ``job_id, status, template_id, template_version_id`` (str),
        ``created_at, read_at`` (UTC), ``duration_seconds`` (float64), and ``batch_id``,
        ``finished_at`` and ``enterprise_id`` if they are there.
    path : path
        The file to write, replaced as a whole if it exists.
    period : str
        ``"last week"`` (Monday to Sunday), ``"this week"``, ``"yesterday"``, ``"last month"``, a
        day such as ``"2025-10-27"``, a week such as ``"2025-W44"``, a month such as ``"2025-10"``,
        or ``"2025-10-27 to 2025-11-02"``; at most 31 days.
    compare : str
        ``"week before"``: the period just before, however long; or an earlier period.
    failures : table, optional
        The messages of a table of jobs, as from `load_failures`. A ledger has its own.
    names : mapping of str to str, optional
        The names of templates by their ids. Box's jobs have only the ids.
    account : str, optional
        The enterprise id to report of, if a table has several; by default that with most jobs.
    time_zone : str
        The time zone of days and hours, such as ``"Europe/Berlin"``.
    now : Timestamp or str, optional
        What "last" counts from, with a time zone; by default the time of this computer.
    xlsx : path, optional
        A file for the tables of the report, one a sheet.

    Returns
    -------
    Path
        The HTML file.

    Raises
    ------
    MissingColumn
        If a table lacks a column.
    NotWritten
        If a file cannot be written.
    ValueError
        If `period`, `compare`, `account` or `time_zone` is not valid, or times have no zone.
    TypeError
        If `jobs_or_ledger` is neither a ledger nor a pandas table.

    Notes
    -----
    All figures are of one period: a document counts in the period of its request. A change is
    called clear if its 95% interval excludes none, as in `compare_jobs`; a version is called worst
    if its interval lies above that of all others together; incidents are those of
    `find_incidents`. A history that ends within the period is compared with the same part of the
    period before.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> jobs = pd.DataFrame({
    ...     "job_id": ["1", "2"], "status": ["completed", "failed"], "template_id": "7",
    ...     "template_version_id": "70", "duration_seconds": [4.0, None],
    ...     "created_at": pd.Timestamp("2026-03-03T09:00Z"),
    ...     "read_at": pd.Timestamp("2026-03-09T09:00Z"),
    ... })
    >>> with TemporaryDirectory() as folder:
    ...     page = report(jobs, f"{folder}/monday.html", now="2026-03-09T09:00Z").read_text()
    >>> "2 documents were requested last week; the week before is not known:" in page
    True
    """
    target, _ = write_report(
        jobs_or_ledger,
        path,
        period=period,
        compare=compare,
        failures=failures,
        names=names,
        account=account,
        time_zone=time_zone,
        now=now,
        xlsx=xlsx,
    )
    return target


def write_report(
    source: Any, path: str | Path, *, xlsx: str | Path | None = None, **options: Any
) -> tuple[Path, str]:
    """Write a report; return its path, and a sentence if nearly all documents are newer, or ""."""
    content, page = render(source, name=Path(path).name, **options)
    target = write_page(path, content)
    if xlsx is not None:
        write_sheets({table.name: _frame(table) for table in _tables(page)}, xlsx)
    return target, page["newer"]


def render(
    source: Any,
    *,
    name: str,
    period: str,
    compare: str,
    failures: Any,
    names: Mapping[str, str] | None,
    account: str | None,
    time_zone: str,
    now: pd.Timestamp | str | None,
) -> tuple[str, dict[str, Any]]:
    """Return a report as HTML, and what it shows."""
    asked = ask(period, compare, now=now, time_zone=time_zone)
    history = load_history(
        source,
        failures,
        since=asked.since,
        until=asked.span.end,
        zone=asked.zone,
        account=account,
        names=names,
    )
    return render_history(history, asked, name=name)


class Asked(NamedTuple):
    """What a report is about: its periods, and the words that ask for them."""

    period: str
    compare: str
    span: Period
    other: Period
    moment: pd.Timestamp
    zone: str

    @property
    def since(self) -> pd.Timestamp:
        """When the first job of the report may be created."""
        return min(shown_periods(self.span)[0].start, self.other.start)


def ask(period: str, compare: str, *, now: pd.Timestamp | str | None, time_zone: str) -> Asked:
    """Return the periods of a report, or raise `ValueError`."""
    zone = str(validate_zone(time_zone))
    moment = pd.Timestamp.now("UTC") if now is None else pd.Timestamp(now)
    if moment.tzinfo is None:
        raise ValueError(f"now={now!r} has no time zone; add one, such as UTC.")
    span = parse_period(period, now=moment, zone=zone)
    other = parse_compare(compare, span, now=moment, zone=zone)
    return Asked(period, compare, span, other, moment, zone)


def render_history(
    history: History, asked: Asked, *, name: str, only: Mapping[str, str] | None = None
) -> tuple[str, dict[str, Any]]:
    """Return the report of a history as HTML, and what it shows; `only` chooses jobs by columns."""
    facts = Facts(history.only(only or {}), asked.span, asked.other)
    page = _page(facts, now=asked.moment)
    if only:
        page["notices"].insert(0, _about_choice(facts, only))
    page["command"] = _command(facts, asked.period, asked.compare, name)
    return _template().render(page=page, css=_css()), page


def _about_choice(facts: Facts, only: Mapping[str, str]) -> Item:
    """Return which jobs the report is of, if not of all."""
    words = []
    for column, value in only.items():
        name = facts.history.names.get(value, value) if column == "template_id" else value
        words.append(f"{_COLUMNS[column]} {short_name(name)}")
    return Item("", "", [bold(f"Only jobs with {listed(words)}.")])


def write_page(path: str | Path, content: str) -> Path:
    """Write the HTML of a report to a file, as a whole or not at all; return its path."""
    target = Path(path).expanduser()

    def write(file: Path) -> None:
        file.write_text(content, encoding="utf-8")

    replace_file(target, write)
    return target


@cache
def _template() -> Template:
    """Return the compiled page; compiling takes as long as a third of the numbers."""
    environment = Environment(autoescape=True, undefined=StrictUndefined)
    environment.filters["whole_dates"] = _whole_dates
    return environment.from_string(_text("report.html"))


def _whole_dates(text: str) -> Markup:
    """Return a text, escaped, whose dates are not broken at the end of a line."""
    marked = _DATE.sub(r'<span class="nb">\1</span>', str(escape(text)))
    return Markup(marked)  # noqa: S704  escaped above


def _text(name: str) -> str:
    return (files("docgen_nb.reports") / "page" / name).read_text(encoding="utf-8")


def _css() -> Markup:
    return Markup(_text("report.css"))  # noqa: S704  a file of this package


def _page(facts: Facts, *, now: pd.Timestamp) -> dict[str, Any]:
    """Return everything that the template shows."""
    kind, span = eyebrow(facts)
    has_messages = facts.history.messages is not None
    made, unknown = how_made(facts, has_messages=has_messages)
    page: dict[str, Any] = {
        "title": f"Document generation, {facts.period.dates}",
        "kind": kind,
        "span": span,
        "headline": headline(facts),
        "meta": meta(facts),
        "notices": notices(facts, now=now),
        "newer": "".join(part.text for item in about_newer(facts, now) for part in item.parts),
        "attention": [],
        "unit": facts.period.unit,
        "is_before_known": not facts.is_before_history,
        "then": facts.compare.name,
        "made": made,
        "unknown": unknown,
        "package": version("docgen-nb"),
        "has_messages": has_messages,
    }
    return page | (_sections(facts) if facts.now.jobs else {})


def _sections(facts: Facts) -> dict[str, Any]:
    """Return the sections of a period that has jobs."""
    shown = facts.reasons[:_MOST_REASONS]
    number = _NUMBERS[len(facts.columns)]
    unit = "periods" if " " in facts.period.unit else f"{facts.period.unit}s"
    return {
        "attention": attention(facts) if facts.now.finished else [],
        "open": open_jobs(facts),
        "tiles": tiles(facts),
        "trend": f"{number} {unit} by day",
        "charts": [volume_chart(facts), failed_chart(facts), time_chart(facts)],
        "versions": versions(facts),
        "reasons": shown,
        "reasons_left_out": len(facts.reasons) - len(shown),
        "reasons_most": max([reason.jobs for reason in shown], default=1),
        "reasons_lead": failures_lead(facts),
        "reasons_table": _reasons_table(facts),
        "where": lambda reason: where(facts, reason.templates),
        "incidents": incident_lines(facts),
        "hours": hour_chart(facts),
        "has_hours": len(busy_hours(facts.hours)) > 0,
        "waiting": waiting(facts),
    }


def _reasons_table(facts: Facts) -> Table:
    heads = ["Message", "Outcome", "Documents", "Messages", "Before", "Where", "Example jobs"]
    rows = [
        [
            reason.text,
            "failed" if reason.failed else "with gaps",
            f"{reason.jobs:,}",
            f"{reason.messages:,}",
            f"{reason.before:,}",
            where(facts, reason.templates),
            ", ".join(reason.examples),
        ]
        for reason in facts.reasons
    ]
    return Table("reasons", heads, rows, texts=(0, 1, 5, 6))


def _command(facts: Facts, period: str, compare: str, name: str) -> str:
    """Return the command, or the call, that makes the same report."""
    if not facts.history.is_ledger:
        other = "" if compare == "week before" else f', compare="{compare}"'
        return f'dg.report(jobs, "{name}", period="{period}"{other})'
    words = f'docgen-nb report --ledger {facts.history.file} --out {name} --period "{period}"'
    return words if compare == "week before" else f'{words} --compare "{compare}"'


def _tables(page: Mapping[str, Any]) -> list[Table]:
    """Return every table of the page, in its order."""
    numbers = [
        [tile.name, tile.value, tile.before, tile.verdict, tile.small]
        for tile in page.get("tiles", [])
    ]
    heads = ["Number", "Value", "Before", "Change", "Range"]
    tables = [Table("summary", ["Text"], [[page["headline"]], [page["meta"]]])]
    if not numbers:
        return tables
    tables.append(Table("five numbers", heads, numbers))
    tables += [chart.table for chart in page["charts"]]
    tables += [page["versions"].table, page["reasons_table"], page["hours"].table]
    tables += [page["versions"].days] if page["versions"].days else []
    tables.append(page["waiting"].table)
    return tables + ([page["open"].table] if page["open"].table else [])


def _frame(table: Table) -> pd.DataFrame:
    """Return a table with numbers as numbers, for a spreadsheet."""
    frame = pd.DataFrame(table.rows, columns=table.heads, dtype="object")
    for place, name in enumerate(table.heads):
        if place not in table.texts:
            plain = frame[name].str.replace(",", "")
            numbers = pd.to_numeric(plain, errors="coerce")
            if numbers.notna().all() and len(numbers):
                frame[name] = numbers
    return frame
