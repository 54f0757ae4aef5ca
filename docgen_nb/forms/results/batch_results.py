"""The view of one batch: its progress, its documents in a table, and what can be done with them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from math import isnan, nan
from typing import Any

import ipywidgets as widgets

from docgen_nb import wire
from docgen_nb.client_protocol import Entry
from docgen_nb.forms.display import counted
from docgen_nb.forms.job_records import JobRecords
from docgen_nb.forms.job_texts import (
    id_of,
    is_open,
    message_lines,
    messages_of,
    milliseconds,
    status_of,
    summary_of,
    took,
)
from docgen_nb.forms.widgets.rows_table import Column, Message, RowsTable, Tool

COLUMNS = (
    Column("status", "Status", "122px", kind="status", sort="rank"),
    Column("document", "Document", "minmax(150px, 3fr)", kind="open"),
    Column("messages", "Messages", "minmax(120px, 2fr)"),
    Column("took", "Took", "104px", kind="number", sort="seconds", hidden="narrow"),
    Column("actions", "Actions", "176px", kind="actions"),
)
PROBLEMS = ("failed", "completed_with_error")
RANKS = {"failed": 0.0, "completed_with_error": 1.0}  # all others in the order of the data
BAR = {"completed": "ok", "completed_with_error": "warn", "failed": "fail", "submitted": "run"}
GOES_ON = "You can close this notebook: the batch goes on. Open it again from Recent batches."
NO_DATA = (
    "The data of this batch is not on this computer: its documents can be downloaded, but not "
    "edited or sent again from here."
)
MAX_PLAIN_ROWS = 20


@dataclass
class BatchState:
    """One batch as it is shown.

    ``names`` are the names of its documents without ending, in the order of the jobs; ``sent_at``
    is None if it is not known. ``has_data`` says whether documents can be edited and sent again.
    ``created`` has, by id, when documents were created, in milliseconds; for those that were
    finished before anybody looked.
    """

    batch_id: str
    jobs: Sequence[Entry] = ()
    count: int = 0
    names: Sequence[str] = ()
    sent_at: datetime | None = None
    pace: str = ""
    is_running: bool = True
    has_data: bool = False
    is_on_box: bool = False
    records: JobRecords = field(default_factory=JobRecords)
    created: Mapping[str, float] = field(default_factory=dict)

    def number_of(self, key: object) -> int | None:
        """Return the position of a job, or None."""
        keys = [str(job["id"]) for job in self.jobs]
        return keys.index(str(key)) if str(key) in keys else None

    def title(self, number: int) -> str:
        """Return the name of a document with its ending."""
        job = self.jobs[number]
        if number >= len(self.names):
            return f"Job {job['id']}"
        return f"{self.names[number]}.{job.get('output_type') or ''}".rstrip(".")


class BatchResults:
    """Shows a `BatchState`, and passes on what a person asks for.

    `on_message` is called with messages as of `RowsTable`. `plain` makes it a bar and a table of
    text, for pages that block JavaScript modules.
    """

    def __init__(self, on_message: Callable[[Message], object], *, plain: bool) -> None:
        self.table: RowsTable | None = None
        if plain:
            self._plain = _PlainResults(on_message)
            self.widget = self._plain.widget
            return
        self.table = RowsTable(
            COLUMNS,
            on_message=on_message,
            label="Documents of this batch",
            title="Results",
            noun="document",
            empty="No documents yet.",
            sort={"by": "rank", "down": False},
            searched=("document", "messages"),
        )
        self.widget = self.table.widget

    def show(self, state: BatchState, *, now: datetime) -> None:
        """Show a batch."""
        if self.table is None:
            self._plain.show(state)
            return
        self.table.show(*_columns(state, now=now))
        self.table.show_tools(_tools(state))
        hint = GOES_ON if state.is_running else "" if state.has_data else NO_DATA
        self.table.show_head(progress=_progress(state), facts=_facts(state), hint=hint or None)

    def show_note(self, text: str | None) -> None:
        """Show what is being done, or nothing for None."""
        if self.table is None:
            self._plain.show_note(text or "")
        else:
            self.table.show_head(note=text)

    def show_fault(self, text: str, details: str = "") -> None:
        """Show what went wrong, with details that fold away; '' removes it."""
        if self.table is None:
            self._plain.show_saved(text)
        else:
            self.table.show_head(fault=[text, details] if text else None, folder=None)

    def show_folder(self, text: str, *, path: str, home: str) -> None:
        """Show where documents were saved, as a link where the page can open that folder."""
        if self.table is None:
            self._plain.show_saved(f"{text} {path}")
        else:
            self.table.show_head(folder={"text": text, "path": path, "home": home}, fault=None)


def _columns(
    state: BatchState, *, now: datetime
) -> tuple[dict[str, list[str]], dict[str, list[float]]]:
    jobs = state.jobs
    lengths = [_took(job, state, now=now) for job in jobs]
    texts = {
        "key": [str(job["id"]) for job in jobs],
        "status": [str(job.get("status", "")) for job in jobs],
        "document": [state.title(number) for number in range(len(jobs))],
        "messages": [summary_of(job) for job in jobs],
        "took": [text for text, _ in lengths],
        "actions": [" ".join(_actions(job, state)) for job in jobs],
    }
    numbers = {
        "rank": [RANKS.get(status, 2.0) for status in texts["status"]],
        "seconds": [seconds for _, seconds in lengths],
    }
    return texts, numbers


def _took(job: Entry, state: BatchState, *, now: datetime) -> tuple[str, float]:
    """Return how long a job took: between two readings, else from the service's own times."""
    bounds = state.records.bounds(str(job["id"]))
    sent = nan if state.sent_at is None else state.sent_at.timestamp() * 1000
    until = state.created.get(id_of(job, "output_file"), nan)
    if bounds is None and not is_open(job):
        listed = milliseconds(job.get("created_at"))  # in whole seconds, as `until`
        sent = sent // 1000 * 1000 if isnan(listed) else listed
    return took(job, since=sent, until=until, bounds=bounds, now=now.timestamp() * 1000)


def _actions(job: Entry, state: BatchState) -> list[str]:
    names = []
    if id_of(job, "output_file"):
        can_open = state.is_on_box or job.get("output_type") == "pdf"
        names += ["Open", "Download"] if can_open else ["Download"]
    if state.has_data and not state.is_running and job.get("status") in PROBLEMS:
        names += ["Retry", "Edit"] if job["status"] == "failed" else ["Edit"]
    return names


def _tools(state: BatchState) -> list[Tool]:
    documents = sum(bool(id_of(job, "output_file")) for job in state.jobs)
    failed = sum(job.get("status") == "failed" for job in state.jobs)
    problems = sum(job.get("status") in PROBLEMS for job in state.jobs)
    tools = []
    if documents:
        tools.append(Tool("download", f"Download all ({documents:,})", sign="load", style=""))
    if state.is_running:
        return [*tools, Tool("stop", "Stop following")]
    if state.has_data:
        if failed:
            tools.append(Tool("retry", f"Retry failed ({failed:,})", sign="again", style=""))
        if problems:
            tools.append(Tool("edit", f"Edit those with problems ({problems:,})"))
        tools.append(Tool("resend", "Resend all…"))
    return tools


def _progress(state: BatchState) -> dict[str, Any]:
    statuses = [str(job.get("status", "")) for job in state.jobs]
    finished = sum(status not in wire.OPEN for status in statuses)
    return {
        "text": f"{finished:,} of {counted(state.count, 'document')} finished",
        "pace": state.pace,
        "finished": finished,
        "count": state.count,
        "parts": [[kind, statuses.count(status)] for status, kind in BAR.items()],
    }


def _facts(state: BatchState) -> list[dict[str, Any]]:
    facts: list[dict[str, Any]] = [{"name": "Batch", "id": state.batch_id}]
    if state.sent_at is not None:
        facts.append({"name": "Sent", "time": state.sent_at.timestamp() * 1000})
    return facts


def details_of(state: BatchState, number: int) -> dict[str, Any]:
    """Return the details of a document as `RowsTable.show_details` takes them."""
    job = state.jobs[number]
    seen = state.records.seen.get(str(job["id"]), ())
    return {
        "about": state.title(number),
        "statuses": [
            {"time": when.timestamp() * 1000, "status": status, "how": "seen"}
            for when, status in seen
        ],
        "ids": [{"name": "Job", "id": str(job["id"])}],
        "messages": [{"severity": kind, "text": text} for kind, text in messages_of(job)],
        "facts": [],
        "actions": [],
        "note": "",
        "page": "",
    }


class _PlainResults:
    """A bar, the id of the batch, and a table of text."""

    def __init__(self, on_message: Callable[[Message], object]) -> None:
        self._bar = widgets.IntProgress(description="Documents")
        self._note, self._table, self._id = widgets.HTML(), widgets.HTML(), widgets.HTML()
        self._saved = widgets.HTML()  # where documents were saved, or why not
        self._buttons = widgets.HBox()
        self._on_message = on_message
        self._tools: list[Tool] = []
        parts = [self._id, self._bar, self._buttons, self._note, self._saved, self._table]
        self.widget = widgets.VBox(parts)

    def show(self, state: BatchState) -> None:
        progress = _progress(state)
        self._bar.max, self._bar.value = max(1, state.count), progress["finished"]
        self._id.value = f"Batch <code>{escape(state.batch_id)}</code>"
        names = [state.title(number) for number in range(len(state.jobs))]
        self._table.value = table_html(state.jobs, names)
        # A browser cannot be handed a file without a module; "Download all" saves to a folder.
        tools = _tools(state)
        if tools != self._tools:
            former, self._tools = self._buttons.children, tools
            self._buttons.children = [self._button(tool) for tool in tools]
            for button in former:
                button.close()

    def _button(self, tool: Tool) -> Any:
        button = widgets.Button(description=tool.label, layout={"width": "auto"})
        button.on_click(lambda _: self._on_message({"do": "tool", "name": tool.name}))
        return button

    def show_saved(self, text: str) -> None:
        self._saved.value = f'<span role="status">{escape(text)}</span>' if text else ""

    def show_note(self, text: str) -> None:
        self._note.value = f'<span role="status">{escape(text)}</span>' if text else ""


def table_html(jobs: Sequence[Entry], names: Sequence[str]) -> str:
    """Return the first jobs as an HTML table, escaped."""
    head = "".join(f'<th scope="col">{name}</th>' for name in ("Document", "Job", "Status"))
    rows = [
        f"<tr><td>{escape(name)}</td><td>{escape(str(job['id']))}</td>"
        f"<td>{escape(status_of(job))}"
        f"{''.join(f'<br>{escape(text)}' for text in message_lines(job))}</td></tr>"
        for name, job in zip(names, jobs, strict=False)
    ]
    return f"<table><tr>{head}</tr>{''.join(rows[:MAX_PLAIN_ROWS])}</table>" if rows else ""
