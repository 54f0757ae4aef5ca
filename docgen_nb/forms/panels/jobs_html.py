"""Jobs as text and as HTML: a page of them as a table, and one with all that is known."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from typing import Any

from docgen_nb import wire

Job = Mapping[str, Any]

COLUMNS = ("Job", "Status", "Messages", "Created", "Template", "Batch", "Output", "By")
FILE_PAGE = "https://app.box.com/file/{id}"  # where Box's own pages show a file
MOST_LINES = 20
CELL = "text-align: left; padding: 0 1.2em 0 0; border-bottom: 1px solid #8888"


def matches(job: Job, text: str) -> bool:
    """Return whether every word is in an id, a name or a message of a job.

    >>> matches({"id": "17", "failures": {"errors": ["The tag 'a' is absent."]}}, "17 absent")
    True
    """
    held = " ".join(_texts(job)).casefold()
    return all(word in held for word in text.casefold().split())


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, Mapping):
        return (text for inner in value.values() for text in _texts(inner))
    if isinstance(value, list):
        return (text for inner in value for text in _texts(inner))
    return () if value is None else (str(value),)


def status_in_words(job: Job) -> str:
    """Return the status as people read it."""
    status = str(job.get("status", ""))
    return wire.in_status_words(status)


def messages(job: Job) -> list[str]:
    """Return the errors, then the warnings, each with its kind in words."""
    failures = job.get("failures") or {}
    errors = [f"Error: {text}" for text in failures.get("errors") or ()]
    return errors + [f"Warning: {text}" for text in failures.get("warnings") or ()]


def reference(job: Job, name: str) -> str:
    """Return the id of what a job refers to, or ''."""
    return str((job.get(name) or {}).get("id", ""))


def created(job: Job) -> str:
    """Return when a job was created, or ''; Box gives a date or the seconds since 1970.

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
        return text  # as Box wrote it, whatever it is
    return at.isoformat(sep=" ", timespec="seconds")


def as_text(jobs: Sequence[Job]) -> str:
    """Return jobs as lines, after a line with their counts."""
    counts = Counter(status_in_words(job) for job in jobs)
    parts = [f"{len(jobs)} {'job' if len(jobs) == 1 else 'jobs'}"]
    parts += [f"{number} {status}" for status, number in counts.items()]
    lines = [
        f"{job['id']}  {status_in_words(job)}  template {reference(job, 'template_file')}"
        for job in jobs[:MOST_LINES]
    ]
    more = [f"and {len(jobs) - MOST_LINES} more"] if len(jobs) > MOST_LINES else []
    return "\n".join([f"<JobsPanel: {', '.join(parts)}>", *lines, *more])


def page_html(jobs: Sequence[Job], *, url: str) -> str:
    """Return a table of jobs; all text is escaped."""
    if not jobs:
        return "<p>No job passes the filters.</p>"
    head = "".join(f'<th scope="col" style="{CELL}">{name}</th>' for name in COLUMNS)
    rows = "".join(f"<tr>{_row(job, url=url)}</tr>" for job in jobs)
    return (
        f'<table style="border-collapse: collapse"><caption style="text-align: left">Jobs</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _row(job: Job, *, url: str) -> str:
    output = reference(job, "output_file")
    cells = [
        escape(status_in_words(job)),
        str(len(messages(job)) or ""),
        escape(created(job)),
        file_html(reference(job, "template_file"), url=url),
        escape(reference(job, "batch")),
        file_html(output, url=url) if output else "",
        escape(reference(job, "created_by")),
    ]
    inner = "".join(f'<td style="{CELL}">{cell}</td>' for cell in cells)
    return f'<th scope="row" style="{CELL}">{escape(str(job["id"]))}</th>{inner}'


def file_html(file_id: str, *, url: str) -> str:
    """Return a file as a link to its page where there is one: Box has pages, a service has none.

    >>> file_html("12", url="http://127.0.0.1:8000")
    'file 12'
    """
    text = f"file {escape(file_id)}"
    if url != wire.API_URL or not file_id.isdecimal():
        return text
    address = FILE_PAGE.format(id=file_id)
    return f'<a href="{address}" target="_blank" rel="noopener noreferrer">{text}</a>'


def detail_html(job: Job, seen: Sequence[tuple[datetime, str]], *, url: str) -> str:
    """Return one job: its facts, its messages, and the statuses that were seen."""
    facts = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in _facts(job, url=url))
    told = "".join(f"<li>{escape(text)}</li>" for text in messages(job)) or "<li>none</li>"
    statuses = "".join(
        f"<li>{escape(wire.in_status_words(status))}, first seen "
        f"{when.isoformat(sep=' ', timespec='seconds')}</li>"
        for when, status in seen
    )
    return (
        f'<section aria-label="Job {escape(str(job["id"]))}"><h3>Job {escape(str(job["id"]))}</h3>'
        f"<dl>{facts}</dl><h4>Messages</h4><ul>{told}</ul>"
        f"<h4>Statuses seen since this panel was opened</h4><ol>{statuses}</ol></section>"
    )


def _facts(job: Job, *, url: str) -> list[tuple[str, str]]:
    found = [
        ("Status", escape(status_in_words(job))),
        ("Output", _output(job, url=url)),
        ("Output type", escape(str(job.get("output_type") or ""))),
        ("Template", file_html(reference(job, "template_file"), url=url)),
        ("Template version", escape(reference(job, "template_file_version"))),
        ("Batch", escape(reference(job, "batch"))),
        ("Created", escape(created(job) or "not told by Box")),
        ("Created by", escape(reference(job, "created_by"))),
        ("Source", escape(str(job.get("source") or ""))),
    ]
    return [(name, value) for name, value in found if value]


def _output(job: Job, *, url: str) -> str:
    output = reference(job, "output_file")
    return file_html(output, url=url) if output else "no document"
