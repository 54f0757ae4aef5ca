"""Jobs as text and as HTML: a table of jobs, and the details of one job."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from typing import Any

from docgen_nb import wire
from docgen_nb.client_protocol import Entry
from docgen_nb.forms.display import counted, first_lines
from docgen_nb.forms.widgets.jobs_table import messages_of

COLUMNS = ("Job", "Status", "Messages", "Created", "Template", "Batch", "Output", "By")
MAX_LINES = 20
CELL = "text-align: left; padding: 0 1.2em 0 0; border-bottom: 1px solid #8888"


def matches(job: Entry, text: str) -> bool:
    """Return whether a job contains every word of a text, in an id, a name or a message.

    >>> matches({"id": "17", "failures": {"errors": ["The tag 'a' is absent."]}}, "17 absent")
    True
    """
    content = " ".join(_texts(job)).casefold()
    return all(word in content for word in text.casefold().split())


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, Mapping):
        return (text for inner in value.values() for text in _texts(inner))
    if isinstance(value, list):
        return (text for inner in value for text in _texts(inner))
    return () if value is None else (str(value),)


def status_of(job: Entry) -> str:
    """Return the status of a job as people read it."""
    return wire.in_status_words(str(job.get("status", "")))


def id_of(job: Entry, name: str) -> str:
    """Return the id of an object that a job refers to, or ''."""
    return str((job.get(name) or {}).get("id", ""))


def created(job: Entry) -> str:
    """Return when a job was created, or ''; Box sends a date or the seconds since 1970.

    >>> created({"created_at": "1772445600"}), created({"created_at": "2026-03-02T10:00:00Z"})
    ('2026-03-02 10:00:00+00:00', '2026-03-02 10:00:00+00:00')
    """
    text = str(job.get("created_at") or "")
    try:
        at = (
            datetime.fromtimestamp(int(text), UTC)
            if text.isdecimal()
            else datetime.fromisoformat(text)
        )
    except (ValueError, OverflowError, OSError):
        return text  # unknown format: as Box sent it
    return at.isoformat(sep=" ", timespec="seconds")


def as_text(jobs: Sequence[Entry]) -> str:
    """Return jobs as text: a line with their counts, then a line for each."""
    counts = Counter(status_of(job) for job in jobs)
    parts = [counted(len(jobs), "job"), *(f"{n} {status}" for status, n in counts.items())]
    lines = [
        f"{job['id']}  {status_of(job)}  template {id_of(job, 'template_file')}" for job in jobs
    ]
    return "\n".join([f"<JobsPanel: {', '.join(parts)}>", *first_lines(lines, MAX_LINES)])


def table_html(jobs: Sequence[Entry], *, url: str) -> str:
    """Return jobs as an HTML table, escaped."""
    if not jobs:
        return "<p>No jobs match the filters.</p>"
    head = "".join(f'<th scope="col" style="{CELL}">{name}</th>' for name in COLUMNS)
    rows = "".join(f"<tr>{_row(job, url=url)}</tr>" for job in jobs)
    return (
        f'<table style="border-collapse: collapse"><caption style="text-align: left">Jobs</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _row(job: Entry, *, url: str) -> str:
    output = id_of(job, "output_file")
    cells = [
        escape(status_of(job)),
        str(len(messages_of(job)) or ""),
        escape(created(job)),
        file_html(id_of(job, "template_file"), url=url),
        escape(id_of(job, "batch")),
        file_html(output, url=url) if output else "",
        escape(id_of(job, "created_by")),
    ]
    inner = "".join(f'<td style="{CELL}">{cell}</td>' for cell in cells)
    return f'<th scope="row" style="{CELL}">{escape(str(job["id"]))}</th>{inner}'


def file_html(file_id: str, *, url: str) -> str:
    """Return a file as a link to its page on Box; other services have no pages.

    >>> file_html("12", url="http://127.0.0.1:8000")
    'file 12'
    """
    text = f"file {escape(file_id)}"
    if url != wire.API_URL or not file_id.isdecimal():
        return text
    address = f"{wire.WEB_URL}/file/{file_id}"
    return f'<a href="{address}" target="_blank" rel="noopener noreferrer">{text}</a>'


def details_html(job: Entry, seen: Sequence[tuple[datetime, str]], *, url: str) -> str:
    """Return the details of a job: its properties, its messages and the statuses seen."""
    items = _properties(job, url=url)
    properties = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in items)
    messages = "".join(f"<li>{escape(text)}</li>" for text in messages_of(job))
    statuses = "".join(
        f"<li>{escape(wire.in_status_words(status))}, first seen "
        f"{when.isoformat(sep=' ', timespec='seconds')}</li>"
        for when, status in seen
    )
    return (
        f'<section aria-label="Job {escape(str(job["id"]))}"><h3>Job {escape(str(job["id"]))}</h3>'
        f"<dl>{properties}</dl><h4>Messages</h4><ul>{messages or '<li>None</li>'}</ul>"
        f"<h4>Statuses seen since this panel was opened</h4><ol>{statuses}</ol></section>"
    )


def _properties(job: Entry, *, url: str) -> list[tuple[str, str]]:
    properties = [
        ("Status", escape(status_of(job))),
        ("Output", _output(job, url=url)),
        ("Output type", escape(str(job.get("output_type") or ""))),
        ("Template", file_html(id_of(job, "template_file"), url=url)),
        ("Template version", escape(id_of(job, "template_file_version"))),
        ("Batch", escape(id_of(job, "batch"))),
        ("Created", escape(created(job) or "unknown")),
        ("Created by", escape(id_of(job, "created_by"))),
        ("Source", escape(str(job.get("source") or ""))),
    ]
    return [(name, value) for name, value in properties if value]


def _output(job: Entry, *, url: str) -> str:
    output = id_of(job, "output_file")
    return file_html(output, url=url) if output else "no document"
