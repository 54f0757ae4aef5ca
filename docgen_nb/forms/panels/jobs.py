"""JobsPanel: the jobs that a user may see, filtered, page by page, and one of them in detail."""

import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import partial
from html import escape
from itertools import islice
from typing import Any, Protocol

import ipywidgets as widgets

from docgen_nb import wire
from docgen_nb.forms.display import shown_as
from docgen_nb.forms.error_display import guarded
from docgen_nb.forms.panels.jobs_html import (
    as_text,
    detail_html,
    matches,
    page_html,
    status_in_words,
)
from docgen_nb.forms.widgets.inputs import close_tree
from docgen_nb.forms.widgets.shortcuts import suppress_shortcuts

PAGE = 20
MOST = 1000
ALL = "all"
Job = dict[str, Any]


class Box(Protocol):
    """What the panel asks of a client."""

    def list_jobs(self) -> Iterable[Mapping[str, Any]]:
        """All jobs, page by page."""
        ...

    def get_job(self, job_id: str, /) -> Mapping[str, Any]:
        """One job."""
        ...


class JobsPanel:
    """A table of jobs to look through, and one job opened with what was seen of it.

    Parameters
    ----------
    box : Client
        As from `connect`, or any object with ``list_jobs`` and ``get_job``.
    most : int
        How many jobs are read, the first that the service lists.
    blocking : bool
        Do the work in the callback instead of in the background.
    clock : callable
        The time now, with a time zone.

    Attributes
    ----------
    widget : widget
        To be put into a box.
    value : list of dicts
        The jobs that pass the filters, as they were seen last.
    done : threading.Event
        Set while nothing is being read.

    Notes
    -----
    Box tells the status that a job has, not those that it had: the panel knows those only that it
    has seen itself since it was opened, one for each reading in which it was another.

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
        box: Box,
        *,
        most: int = MOST,
        blocking: bool = False,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._box = box
        self._most = most
        self._blocking = blocking or sys.platform == "emscripten"  # no threads there
        self._clock = clock
        self._jobs: dict[str, Job] = {}
        self._seen: dict[str, list[tuple[datetime, str]]] = {}
        self._page = 0
        self._open: str | None = None
        self._lock = threading.Lock()
        self._is_working = False
        self._waiting: Callable[[], None] | None = None
        self._is_drawing = False
        self.done = threading.Event()
        self.done.set()
        self._build()
        self.refresh()

    @property
    def value(self) -> list[Job]:
        """The jobs that pass the filters, as they were seen last."""
        status = self._status.value
        return [
            dict(job)
            for job in list(self._jobs.values())
            if status in (ALL, job.get("status")) and matches(job, self._text.value)
        ]

    @property
    def status(self) -> str:
        """The line below the buttons."""
        return self._words

    def refresh(self) -> None:
        """Read the jobs anew, and the one that is open."""
        self._run(self._read)

    def open(self, job_id: str) -> None:
        """Show one job with the statuses seen since the panel was opened."""
        self._open = job_id
        self._run(self._read_one)

    def close(self) -> None:
        """Close the widgets of the panel."""
        close_tree(self.widget)

    def __repr__(self) -> str:
        return as_text(self.value)

    def _repr_html_(self) -> str:
        return f"<div>{self._line.value}{self._table.value}{self._detail.value}</div>"

    def _repr_mimebundle_(self, **options: Any) -> Any:
        return shown_as(self, **options)

    # What is there

    def _build(self) -> None:
        self._status = widgets.Dropdown(description="Status", options=[ALL, *wire.STATUSES])
        self._text = widgets.Text(
            description="Search", placeholder="words of an id, a status or a message"
        )
        self._refresh = widgets.Button(description="Refresh", tooltip="Read the jobs anew")
        self._back = widgets.Button(description="Earlier page")
        self._on = widgets.Button(description="Later page")
        self._choice = widgets.Dropdown(description="Open job", options=[("none", None)])
        self._line, self._table, self._detail = widgets.HTML(), widgets.HTML(), widgets.HTML()
        self._text.layout.width = "32em"
        filters = widgets.HBox([self._status, self._text, self._refresh])
        pages = widgets.HBox([self._back, self._on, self._choice])
        for row in (filters, pages):
            row.layout.flex_flow = "row wrap"
        self.widget = widgets.VBox([filters, self._line, self._table, pages, self._detail])
        self.widget.add_class("docgen-jobs")
        suppress_shortcuts(self.widget)
        self._observe()
        self._say("")

    def _observe(self) -> None:
        for control in (self._status, self._text):
            control.observe(self._guard(lambda _: self._filter()), "value")
        self._choice.observe(self._guard(self._on_choice), "value")
        self._refresh.on_click(self._guard(lambda _: self.refresh()))
        self._back.on_click(self._guard(lambda _: self._turn(-1)))
        self._on.on_click(self._guard(lambda _: self._turn(1)))

    def _guard(self, act: Callable[..., object]) -> Callable[..., None]:
        return guarded(act, show=lambda text, _trace: self._say(text))

    def _say(self, words: str) -> None:
        self._words = words
        self._line.value = f'<span role="status">{escape(words)}</span>'

    # What a person does

    def _filter(self) -> None:
        self._page = 0
        self._draw()

    def _turn(self, step: int) -> None:
        self._page += step
        self._draw()

    def _on_choice(self, change: Mapping[str, Any]) -> None:
        if self._is_drawing:
            return
        if change["new"] is None:
            self._open, self._detail.value = None, ""
        else:
            self.open(change["new"])

    # In the background: traits are set and nothing else

    def _run(self, act: Callable[[], None]) -> None:
        """Do one piece of work at a time; of those that come meanwhile only the last is done."""
        with self._lock:
            if self._is_working:
                self._waiting = act
                return
            self._is_working = True
            self.done.clear()
        self._refresh.disabled = True
        self._start(partial(self._work, act))

    def _start(self, act: Callable[[], None]) -> None:
        if self._blocking:
            act()
        else:
            threading.Thread(target=act, name="docgen-nb jobs", daemon=True).start()

    def _work(self, act: Callable[[], None]) -> None:
        try:
            self._guard(act)()
        finally:
            with self._lock:
                following, self._waiting = self._waiting, None
                self._is_working = following is not None
            if following is None:
                self._refresh.disabled = False
                self.done.set()
            else:
                self._start(partial(self._work, following))

    def _read(self) -> None:
        self._say("Reading the jobs.")
        jobs = [dict(job) for job in islice(self._box.list_jobs(), self._most)]
        for job in jobs:
            self._note(job)
        self._jobs = {str(job["id"]): job for job in jobs}
        self._draw()
        if self._open is not None:
            self._read_one()

    def _read_one(self) -> None:
        if (job_id := self._open) is None:
            return
        job = dict(self._box.get_job(job_id))
        self._note(job)
        # Only the full list has `created_at` and the like.
        job = {**self._jobs.get(job_id, {}), **job}
        if job_id in self._jobs:
            self._jobs[job_id] = job
        self._draw()
        self._detail.value = detail_html(job, self._seen[job_id], url=self._url)

    def _note(self, job: Mapping[str, Any]) -> None:
        """Keep when a job was first seen with a status."""
        seen = self._seen.setdefault(str(job["id"]), [])
        status = str(job.get("status", ""))
        if not seen or seen[-1][1] != status:
            seen.append((self._clock(), status))

    # What is shown

    @property
    def _url(self) -> str:
        return str(getattr(self._box, "url", ""))

    def _draw(self) -> None:
        jobs = self.value
        last = max(0, (len(jobs) - 1) // PAGE)
        self._page = min(max(0, self._page), last)
        shown = jobs[self._page * PAGE : (self._page + 1) * PAGE]
        self._table.value = page_html(shown, url=self._url)
        self._back.disabled, self._on.disabled = self._page == 0, self._page == last
        self._offer(shown)
        self._say(self._told(len(jobs), last))

    def _offer(self, jobs: list[Job]) -> None:
        """Let a person choose among the jobs of the page, and keep the one that is open."""
        ids = [str(job["id"]) for job in jobs]
        names = {str(job["id"]): _named(job) for job in jobs}
        if self._open is not None and self._open not in names:
            ids, names = (
                [self._open, *ids],
                {self._open: f"{self._open}, not on this page", **names},
            )
        self._is_drawing = True
        try:
            self._choice.options = [("none", None), *((names[one], one) for one in ids)]
            self._choice.value = self._open
        finally:
            self._is_drawing = False

    def _told(self, count: int, last: int) -> str:
        read = len(self._jobs)
        words = f"{count} of {read} {'job' if read == 1 else 'jobs'}"
        words += f", page {self._page + 1} of {last + 1}."
        if read == self._most:
            words += f" Only the first {read} that the service lists were read."
        return words


def _named(job: Mapping[str, Any]) -> str:
    return f"{job['id']}, {status_in_words(job)}"
