"""A table of the jobs of a batch: status, messages, download, and edit and retry."""

from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import traitlets
from anywidget import AnyWidget

from docgen_nb import wire
from docgen_nb.client_protocol import Entry

OnAction = Callable[[str, int], None]  # called with "download" or "retry" and the row's number

MAX_ROWS = 500  # those with messages first; JobsPanel and load_jobs show all
MAX_PLAIN_ROWS = 20


class _JobsTableWidget(AnyWidget):
    _esm = Path(__file__).with_name("jobs_table.js")
    _css = Path(__file__).with_name("jobs_table.css")
    rows: Any = traitlets.List().tag(sync=True)
    more = traitlets.Int().tag(sync=True)
    can_retry = traitlets.Bool().tag(sync=True)


class JobsTable:
    """A table of jobs; `on_action` is called when a person clicks a button in a row.

    `plain` makes it a table of text, for pages that block JavaScript modules.
    """

    def __init__(
        self, on_action: OnAction, *, web_url: str | None = None, plain: bool = False
    ) -> None:
        self._on_action, self._web_url = on_action, web_url
        self._jobs: list[Entry] = []
        self._plain = plain
        self.widget = widgets.HTML() if plain else _JobsTableWidget()
        if not plain:
            self.widget.on_msg(self._on_message)

    def show(self, jobs: Sequence[Entry], *, names: Sequence[str]) -> None:
        """Show jobs, those with messages first, with the names of their documents."""
        self._jobs = list(jobs)
        if self._plain:
            self.widget.value = table_html(jobs, names)
            return
        order = sorted(range(len(jobs)), key=lambda number: not messages_of(jobs[number]))
        rows = [self._row(number, names) for number in order[:MAX_ROWS]]
        self.widget.can_retry = False
        self.widget.more = max(0, len(jobs) - MAX_ROWS)
        self.widget.rows = rows

    def _row(self, number: int, names: Sequence[str]) -> dict[str, Any]:
        job = self._jobs[number]
        file = job.get("output_file") or {}
        link = f"{self._web_url}/file/{file['id']}" if file and self._web_url else ""
        return {
            "number": number,
            "name": names[number] if number < len(names) else "",
            "job": str(job["id"]),
            "status": wire.in_status_words(job["status"]),
            "file": str(file.get("id", "")),
            "link": link,
            "messages": messages_of(job),
            "retry": job["status"] in ("failed", "completed_with_error"),
        }

    def _on_message(self, _: Any, content: Any, __: Any) -> None:
        match content:
            case {"action": "download" | "retry" as action, "number": int(number)} if (
                0 <= number < len(self._jobs)
            ):
                self._on_action(action, number)

    def save_in_browser(self, name: str, content: bytes) -> None:
        """Let the browser save a file."""
        if not self._plain:
            self.widget.send({"name": name}, [content])

    def allow_retry(self) -> None:
        """Show "Edit and retry" in the rows that failed."""
        if not self._plain:
            self.widget.can_retry = True


def table_html(jobs: Sequence[Entry], names: Sequence[str]) -> str:
    """Return the first jobs as an HTML table, for pages without JavaScript modules."""
    head = "".join(f'<th scope="col">{name}</th>' for name in ("Document", "Job", "Status"))
    rows = [
        f"<tr><td>{escape(name)}</td><td>{escape(str(job['id']))}</td>"
        f"<td>{escape(wire.in_status_words(job['status']))}"
        f"{''.join(f'<br>{escape(text)}' for text in messages_of(job))}</td></tr>"
        for name, job in zip(names, jobs, strict=False)
    ]
    return f"<table><tr>{head}</tr>{''.join(rows[:MAX_PLAIN_ROWS])}</table>" if rows else ""


def messages_of(job: Entry) -> list[str]:
    """Return the messages of a job, errors first."""
    failures = job.get("failures") or {}
    errors = [f"Error: {text}" for text in failures.get("errors") or ()]
    return errors + [f"Warning: {text}" for text in failures.get("warnings") or ()]
