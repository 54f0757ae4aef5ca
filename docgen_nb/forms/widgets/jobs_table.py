"""The jobs of a batch as a table: status, messages, a download, and "edit and retry"."""

from collections.abc import Callable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import traitlets
from anywidget import AnyWidget

from docgen_nb import wire

Job = Mapping[str, Any]
Act = Callable[[str, int], None]  # what a person wants of a row: "download" or "retry", its number

MOST_ROWS = 500  # finished ones with messages first; the panel of jobs and load_jobs show all


class _Table(AnyWidget):
    _esm = Path(__file__).with_name("jobs_table.js")
    _css = Path(__file__).with_name("jobs_table.css")
    rows: Any = traitlets.List().tag(sync=True)
    more = traitlets.Int().tag(sync=True)
    can_retry = traitlets.Bool().tag(sync=True)


class JobsTable:
    """A table of jobs; `act` hears what a person wants of one.

    With `plain` it is a table of words, for where JavaScript modules are blocked.
    """

    def __init__(self, act: Act, *, web_url: str | None = None, plain: bool = False) -> None:
        self._act, self._web_url = act, web_url
        self.jobs: list[Job] = []
        self.names: list[str] = []
        self._plain = plain
        self.widget = widgets.HTML() if plain else _Table()
        if not plain:
            self.widget.on_msg(self._hear)

    def show(self, jobs: Sequence[Job], *, names: Sequence[str], can_retry: bool) -> None:
        """Show jobs in the order of their documents, those with messages first."""
        self.jobs, self.names = list(jobs), list(names)
        if self._plain:
            self.widget.value = self.as_html()
            return
        order = sorted(range(len(jobs)), key=lambda at: not messages_of(jobs[at]))
        self.widget.can_retry = can_retry
        self.widget.more = max(0, len(jobs) - MOST_ROWS)
        self.widget.rows = [self._row(at) for at in order[:MOST_ROWS]]

    def _row(self, at: int) -> dict[str, Any]:
        job = self.jobs[at]
        file = job.get("output_file") or {}
        link = f"{self._web_url}/file/{file['id']}" if file and self._web_url else ""
        return {
            "number": at,
            "name": self.names[at] if at < len(self.names) else "",
            "job": str(job["id"]),
            "status": wire.in_status_words(job["status"]),
            "file": str(file.get("id", "")),
            "link": link,
            "messages": messages_of(job),
            "retry": job["status"] in ("failed", "completed_with_error"),
        }

    def _hear(self, _: Any, content: Any, __: Any) -> None:
        match content:
            case {"do": "download" | "retry" as what, "number": int(number)} if (
                0 <= number < len(self.jobs)
            ):
                self._act(what, number)

    def give(self, name: str, content: bytes) -> None:
        """Let the browser save a file."""
        if not self._plain:
            self.widget.send({"name": name}, [content])

    def let_retry(self) -> None:
        """Offer "edit and retry" at the rows that failed."""
        if not self._plain:
            self.widget.can_retry = True

    def as_html(self) -> str:
        """Return the table as it is shown where no widget is."""
        head = "".join(f'<th scope="col">{one}</th>' for one in ("Document", "Job", "Status"))
        rows = [
            f"<tr><td>{escape(name)}</td><td>{escape(str(job['id']))}</td>"
            f"<td>{escape(wire.in_status_words(job['status']))}"
            f"{''.join(f'<br>{escape(text)}' for text in messages_of(job))}</td></tr>"
            for name, job in zip(self.names, self.jobs, strict=False)
        ]
        return f"<table><tr>{head}</tr>{''.join(rows[:20])}</table>" if rows else ""


def messages_of(job: Job) -> list[str]:
    """Return the messages of a job, errors first."""
    failures = job.get("failures") or {}
    errors = [f"Error: {text}" for text in failures.get("errors") or ()]
    return errors + [f"Warning: {text}" for text in failures.get("warnings") or ()]
