"""What a job of Box has: whether an entry is one, its messages, its row in a table."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from docgen_nb.client_protocol import Entry


def is_job(entry: Any) -> bool:
    """Whether an entry has what is needed of a job: an id, a status, and messages, if any."""
    if not isinstance(entry, Mapping) or not isinstance(entry.get("id"), str | int):
        return False
    failures = entry.get("failures") or {}
    return (
        entry["id"] not in ("", True, False)
        and isinstance(entry.get("status"), str)
        and isinstance(failures, Mapping)
        and all(isinstance(failures.get(kind) or [], list) for kind in ("errors", "warnings"))
    )


def messages(job: Entry, kind: str) -> list[str]:
    """Return the messages of a job: ``errors`` or ``warnings``."""
    return [str(text) for text in (job.get("failures") or {}).get(kind) or ()]


def row_html(at: int, job: Entry) -> str:
    """Return a row of an HTML table."""
    texts: Sequence[str] = [*messages(job, "errors"), *messages(job, "warnings")]
    cells: Iterable[str] = (str(at), str(job["id"]), str(job["status"]), " ".join(texts))
    return f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"
