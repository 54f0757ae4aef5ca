"""JobsPanel: all jobs of a service in one table, with the details of each."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from docgen_nb import wire
from docgen_nb.client_protocol import DocGenClient, Entry
from docgen_nb.forms.background import Worker
from docgen_nb.forms.batch_news import BatchNews, editor_of, listen
from docgen_nb.forms.display import Displayed, counted
from docgen_nb.forms.error_display import Callback, wrap_callback
from docgen_nb.forms.job_records import JobRecords
from docgen_nb.forms.job_texts import id_of
from docgen_nb.forms.panels.job_columns import (
    COLUMNS,
    SEARCHED,
    Numbers,
    Texts,
    columns_of,
    document_of,
)
from docgen_nb.forms.panels.job_details import JobDetails
from docgen_nb.forms.panels.job_export import export_jobs, zone_of
from docgen_nb.forms.panels.job_names import JobNames
from docgen_nb.forms.panels.jobs_html import MAX_ROWS, as_text, table_html
from docgen_nb.forms.panels.plain_jobs import PlainJobs
from docgen_nb.forms.widgets.file_parts import send_file
from docgen_nb.forms.widgets.rows_table import Message, RowsTable, Tool
from docgen_nb.submission import Document

TOOLS = (
    Tool("refresh", "Refresh", sign="again"),
    Tool("csv", "Export CSV", sign="load", keys=True),
    Tool("xlsx", "Export XLSX", sign="load", keys=True),
)
PROBLEMS = ("failed", "completed_with_error")
FEW = 1000  # jobs that are drawn again for every news of a form
SECONDS = 5.0  # between two drawings of more
Job = Entry


class JobsPanel(Displayed):
    """All jobs of a service: sort, filter, search, open, download and export them.

    The panel reads every page of the list and, with few calls, the names of templates, documents
    and people. The browser sorts and filters. While a form of the same client sends or follows a
    batch, its jobs change here too; a document with problems can be opened in that form again.

    Parameters
    ----------
    box : Client
        As from `connect`, or another `docgen_nb.client_protocol.DocGenClient`.
    blocking : bool
        Do the work in the callback instead of in the background.
    plain : bool
        Show a table of text, for pages that block JavaScript modules.
    clock : callable
        Returns the current time, with a time zone.

    Attributes
    ----------
    widget : widget
        The widget, to be put into boxes.
    value : list of dicts
        The jobs that match the filters, newest first.
    done : threading.Event
        Set while no jobs are being read.

    Notes
    -----
    Box reports the current status of a job, not its earlier ones and not its end. The panel shows
    the statuses that it has seen since it was opened, and takes the end from the creation of the
    output file.

    Examples
    --------
    >>> from docgen_nb import connect, samples
    >>> with connect("local") as box:
    ...     history = samples.history(box.service, jobs=50, days=2)
    ...     panel = JobsPanel(box, blocking=True)
    >>> panel.status
    '50 jobs'
    """

    def __init__(
        self,
        box: DocGenClient,
        *,
        blocking: bool = False,
        plain: bool = False,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._box, self._clock = box, clock
        self._records, self._names = JobRecords(), JobNames(box)
        self._details = JobDetails(box, self._names)
        self._shown: list[str] | None = None  # ids that the filters leave; None is all
        self._drawn_at = 0.0
        self.status = ""
        self._follows, self._read_at = False, clock()
        make: Callable[..., RowsTable | PlainJobs] = PlainJobs if plain else _table
        self._view = make(self._wrap(self._receive))
        self.widget = self._view.widget
        self._view.show_tools(TOOLS)
        self._worker = Worker("jobs", blocking=blocking, show_busy=self._show_busy)
        self._requests = Worker("job details", blocking=blocking)
        self.done = self._worker.done
        listen(box, self._on_news)
        self.refresh()

    @property
    def value(self) -> list[Job]:
        """The jobs that match the filters, newest first."""
        jobs = self._records.jobs
        shown = jobs if self._shown is None else [key for key in self._shown if key in jobs]
        return [jobs[key] for key in shown]

    def refresh(self) -> None:
        """Read all jobs again."""
        self._worker.run_next(self._wrap(self._read))

    def open(self, job_id: str) -> None:
        """Show the details of one job."""
        self._view.open(job_id)

    def __repr__(self) -> str:
        return as_text(self.value)

    def _repr_html_(self) -> str:
        """Return the first jobs as HTML, for front ends without widgets."""
        texts, _ = self._columns(self.value[:MAX_ROWS])
        return table_html(texts)

    def _wrap(self, callback: Callback) -> Callable[..., None]:
        return wrap_callback(callback, show=self._show_error)

    # Reading, in the background

    def _read(self) -> None:
        self._view.show_head(fault=None)
        when, jobs = self._clock(), dict[str, Job]()
        for job in self._box.list_jobs(limit=wire.MAX_LIMIT):
            jobs[str(job["id"])] = dict(job)
            if len(jobs) % wire.MAX_LIMIT == 0:
                self._show_status(f"Reading jobs: {len(jobs):,} so far…")
        self._records.replace(jobs, when=when)
        self._read_at = when
        self._draw()
        self._read_names()

    def _read_names(self) -> None:
        """Read the names behind the ids; the jobs are shown before that."""
        self._show_status("Reading the names of documents…")
        files = [id_of(job, "output_file") for job in self._records.jobs.values()]
        try:
            self._names.read_lists()
            self._names.read_files(files)
        finally:
            self._draw()

    def _on_news(self, news: BatchNews) -> None:
        """Take over the jobs that a form has read."""
        self._read_at = self._clock()
        self._records.add_news(news, when=self._read_at)
        self._follows = True
        if news.is_finished:
            self._worker.run_next(self._wrap(self._read_names))
        elif len(self._records.jobs) <= FEW or time.monotonic() - self._drawn_at > SECONDS:
            self._draw()

    # Display

    def _draw(self) -> None:
        jobs = list(self._records.jobs.values())
        self._view.show(*self._columns(jobs))
        read_at = self._read_at.timestamp() * 1000
        self._view.show_head(note=None, read_at=read_at, follows=self._follows or None)
        self.status = counted(len(jobs), "job")
        self._drawn_at = time.monotonic()

    def _columns(self, jobs: Sequence[Job]) -> tuple[Texts, Numbers]:
        now = self._clock().timestamp() * 1000
        return columns_of(jobs, self._records, self._names, now=now)

    def _show_status(self, text: str) -> None:
        self.status = text
        self._view.show_head(note=text)

    def _show_busy(self, is_busy: bool) -> None:
        self._view.show_tools([replace(tool, disabled=is_busy) for tool in TOOLS])

    def _show_error(self, text: str, trace: str) -> None:
        self.status = text
        self._view.show_head(note=None, fault=[text, trace])

    # Requests of the page

    def _receive(self, message: Message) -> None:
        match message:
            case {"do": "shown", "keys": list() | None as keys}:
                self._shown = keys
            case {"do": "tool", "name": "refresh"}:
                self.refresh()
            case {"do": "tool", "name": "csv" | "xlsx", "keys": list()}:
                self._requests.run_next(self._wrap(lambda: self._export(message)))
            case {"do": "open", "key": str()}:
                self._requests.run_next(self._wrap(lambda: self._show_details(message)))
            case {"do": "act", "name": "Download", "key": str()}:
                self._requests.run_next(self._wrap(lambda: self._download(message)))
            case {"do": "act", "name": "Edit", "key": str()}:
                self._requests.run_next(self._wrap(lambda: self._edit(message["key"])))

    def _show_details(self, message: Message) -> None:
        job_id = message["key"]
        job = {**self._records.jobs.get(job_id, {}), **self._box.get_job(job_id)}
        self._records.record(job, when=self._clock())
        self._names.read_files([id_of(job, "output_file")])
        batch = id_of(job, "batch")
        size = sum(id_of(one, "batch") == batch for one in self._records.jobs.values())
        document = document_of(job, self._records, self._names)
        seen = self._records.seen[job_id]
        details = self._details.of(
            job, seen, document=document, batch_size=size, can_edit=self._can_edit(job)
        )
        self._view.show_details(details, to=message)
        if page := self._details.first_page(job):
            picture, count = page
            details["page"] = f"Page 1 of {count}"
            self._view.show_details(details, to=message, picture=picture)

    def _can_edit(self, job: Job) -> bool:
        """Return whether a form beside the panel knows the data of a job with problems."""
        editor = editor_of(self._box)
        is_wrong = job.get("status") in PROBLEMS
        return is_wrong and editor is not None and editor.can_edit(id_of(job, "batch"))

    def _edit(self, job_id: str) -> None:
        editor = editor_of(self._box)
        if editor is not None:
            editor.edit_job(id_of(self._records.jobs[job_id], "batch"), job_id)

    def _download(self, message: Message) -> None:
        file_id = id_of(self._records.jobs[message["key"]], "output_file")
        document = Document(self._box, file_id)
        send_file(self._view.send, document.name, document.content, to=message)

    def _export(self, message: Message) -> None:
        kind, zone = message["name"], zone_of(message.get("zone"))
        self._view.show_head(note=f"Writing jobs.{kind}…")
        jobs = [self._records.jobs[key] for key in message["keys"] if key in self._records.jobs]
        now = self._clock().timestamp() * 1000
        try:
            content = export_jobs(kind, jobs, self._records, self._names, zone=zone, now=now)
        finally:
            self._view.show_head(note=None)
        send_file(self._view.send, f"jobs.{kind}", content, to=message)


def _table(on_message: Callable[[Message], None]) -> RowsTable:
    return RowsTable(
        COLUMNS,
        on_message=on_message,
        label="Jobs",
        placeholder="Document, person, id",
        empty="The service lists no jobs.",
        sort={"by": "created", "down": True},
        filters=("template", "created"),
        searched=SEARCHED,
    )
