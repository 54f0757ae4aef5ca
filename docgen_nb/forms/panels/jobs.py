"""JobsPanel: the jobs of a service, filtered and page by page, with details of one job."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import ipywidgets as widgets

from docgen_nb import wire
from docgen_nb.client_protocol import DocGenClient
from docgen_nb.forms.background import Worker
from docgen_nb.forms.display import counted
from docgen_nb.forms.panels.jobs_html import (
    as_text,
    details_html,
    matches,
    status_of,
    table_html,
)
from docgen_nb.forms.panels.panel import Panel
from docgen_nb.forms.widgets.layout import wrapping_row
from docgen_nb.forms.widgets.shortcuts import suppress_shortcuts

PAGE_SIZE = 20
MAX_JOBS = 1000
ALL = "All"
Job = dict[str, Any]


class JobsPanel(Panel):
    """A table of jobs with filters, and the details of one job.

    Parameters
    ----------
    box : Client
        As from `connect`, or any object with ``list_jobs`` and ``get_job``.
    max_jobs : int
        How many jobs to read, from the start of the service's list.
    blocking : bool
        Do the work in the callback instead of in the background.
    clock : callable
        Returns the current time, with a time zone.

    Attributes
    ----------
    widget : widget
        The ipywidgets box, to be put into other boxes.
    value : list of dicts
        The jobs that match the filters, as they were read last.
    done : threading.Event
        Set while no jobs are being read.

    Notes
    -----
    Box reports the current status of a job and not its earlier ones. The panel lists only the
    statuses that it has seen itself since it was opened.

    Examples
    --------
    >>> class Box:
    ...     def list_jobs(self):
    ...         return [{"id": "7", "status": "completed", "template_file": {"id": "11"}}]
    >>> JobsPanel(Box(), blocking=True)
    <JobsPanel: 1 job, 1 completed>
    7  completed  template 11
    """

    def __init__(
        self,
        box: DocGenClient,
        *,
        max_jobs: int = MAX_JOBS,
        blocking: bool = False,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__()
        self._box, self._url = box, str(getattr(box, "url", ""))
        self._max_jobs = max_jobs
        self._clock = clock
        self._jobs: dict[str, Job] = {}
        self._seen: dict[str, list[tuple[datetime, str]]] = {}
        self._page = 0
        self._open_id: str | None = None
        self._is_drawing = False
        self._build()
        self._worker = Worker(
            "jobs",
            blocking=blocking,
            show_busy=lambda is_busy: setattr(self._refresh, "disabled", is_busy),
        )
        self.done = self._worker.done
        self.refresh()

    @property
    def value(self) -> list[Job]:
        """The jobs that match the filters, as they were read last."""
        status = self._status_filter.value
        return [
            dict(job)
            for job in list(self._jobs.values())
            if status in (ALL, job.get("status")) and matches(job, self._search.value)
        ]

    def refresh(self) -> None:
        """Read the jobs, and the open job, again."""
        self._worker.run_next(self._wrap(self._read))

    def open(self, job_id: str) -> None:
        """Show one job with the statuses seen since the panel was opened."""
        self._open_id = job_id
        self._worker.run_next(self._wrap(self._read_open_job))

    def __repr__(self) -> str:
        return as_text(self.value)

    # Widgets

    def _build(self) -> None:
        self._status_filter = widgets.Dropdown(description="Status", options=[ALL, *wire.STATUSES])
        self._search = widgets.Text(
            description="Search",
            placeholder="Words of an ID, a status or a message",
            layout={"width": "32em"},
        )
        self._refresh = widgets.Button(description="Refresh", tooltip="Read the jobs again")
        self._previous = widgets.Button(description="Previous page")
        self._next = widgets.Button(description="Next page")
        self._choice = widgets.Dropdown(description="Open job", options=[("None", None)])
        self._table, self._details = widgets.HTML(), widgets.HTML()
        filters = wrapping_row(self._status_filter, self._search, self._refresh)
        pages = wrapping_row(self._previous, self._next, self._choice)
        status_line = self._status_line.widget
        self.widget = widgets.VBox([filters, status_line, self._table, pages, self._details])
        self.widget.add_class("docgen-jobs")
        suppress_shortcuts(self.widget)
        self._observe()

    def _observe(self) -> None:
        for control in (self._status_filter, self._search):
            control.observe(self._wrap(lambda _: self._show_page(0)), "value")
        self._choice.observe(self._wrap(self._on_choice), "value")
        self._refresh.on_click(self._wrap(lambda _: self.refresh()))
        self._previous.on_click(self._wrap(lambda _: self._show_page(self._page - 1)))
        self._next.on_click(self._wrap(lambda _: self._show_page(self._page + 1)))

    def _show_page(self, number: int) -> None:
        self._page = number
        self._draw()

    def _on_choice(self, change: Mapping[str, Any]) -> None:
        if self._is_drawing:
            return
        if change["new"] is None:
            self._open_id, self._details.value = None, ""
        else:
            self.open(change["new"])

    # In the background

    def _read(self) -> None:
        self._show_status("Reading jobs…")
        jobs = [dict(job) for job in islice(self._box.list_jobs(), self._max_jobs)]
        for job in jobs:
            self._record_status(job)
        self._jobs = {str(job["id"]): job for job in jobs}
        self._draw()
        self._read_open_job()

    def _read_open_job(self) -> None:
        if (job_id := self._open_id) is None:
            return
        job = dict(self._box.get_job(job_id))
        self._record_status(job)
        # Only the list of all jobs has `created_at`.
        job = {**self._jobs.get(job_id, {}), **job}
        if job_id in self._jobs:
            self._jobs[job_id] = job
        self._draw()
        self._details.value = details_html(job, self._seen[job_id], url=self._url)

    def _record_status(self, job: Mapping[str, Any]) -> None:
        """Record when a job was first seen with a status."""
        seen = self._seen.setdefault(str(job["id"]), [])
        status = str(job.get("status", ""))
        if not seen or seen[-1][1] != status:
            seen.append((self._clock(), status))

    # Display

    def _draw(self) -> None:
        jobs = self.value
        last = max(0, (len(jobs) - 1) // PAGE_SIZE)
        self._page = min(max(0, self._page), last)
        shown = jobs[self._page * PAGE_SIZE : (self._page + 1) * PAGE_SIZE]
        self._table.value = table_html(shown, url=self._url)
        self._previous.disabled, self._next.disabled = self._page == 0, self._page == last
        self._list_choices(shown)
        self._show_status(self._summary(len(jobs), last))

    def _list_choices(self, jobs: list[Job]) -> None:
        """Offer the jobs of the page, and the open job if it is on another page."""
        choices = {str(job["id"]): f"{job['id']}, {status_of(job)}" for job in jobs}
        if self._open_id is not None and self._open_id not in choices:
            choices = {self._open_id: f"{self._open_id}, not on this page", **choices}
        self._is_drawing = True
        try:
            self._choice.options = [("None", None), *((text, id) for id, text in choices.items())]
            self._choice.value = self._open_id
        finally:
            self._is_drawing = False

    def _summary(self, count: int, last: int) -> str:
        read = len(self._jobs)
        text = f"{count:,} of {counted(read, 'job')}, page {self._page + 1} of {last + 1}."
        if read == self._max_jobs:
            text += f" Showing {read:,} of the jobs that the service lists."
        return text
