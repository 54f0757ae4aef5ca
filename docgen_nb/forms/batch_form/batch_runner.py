"""A form's batch: sent, followed, shown, its documents downloaded, the failed ones tried again."""

from collections.abc import Callable, Iterable
from copy import deepcopy
from typing import Any, Protocol

from docgen_nb import wire
from docgen_nb.forms.batch_form.progress import is_finished
from docgen_nb.forms.batch_form.sending import Guard, Hooks, Sending
from docgen_nb.forms.client_protocol import Box
from docgen_nb.forms.widgets.jobs_table import JobsTable
from docgen_nb.request import BatchRequest

TO_RETRY = ("failed", "completed_with_error")


class View(Protocol):
    """Where the work is shown; it is called from a worker, so it sets traits and nothing else."""

    def say(self, text: str, /) -> None:
        """Put a sentence beside the button."""
        ...

    def begin(self) -> None:
        """Show that work has begun."""
        ...

    def show_jobs(
        self, jobs: list[dict[str, Any]], /, *, finished: int, count: int, names: list[str]
    ) -> None:
        """Show the jobs as they are now."""
        ...

    def end(self, *, can_retry: bool) -> None:
        """Show that work has ended."""
        ...


class Delivery:
    """One batch at a time, and what was sent in it."""

    def __init__(
        self,
        box: Box,
        guard: Guard,
        use_rows: Callable[[list[dict[str, Any]]], None],
        *,
        blocking: bool,
        poll_seconds: float,
        plain: bool = False,
    ) -> None:
        self._box, self._guard, self._use_rows = box, guard, use_rows
        self._sent: list[dict[str, Any]] = []
        self._names: list[str] = []
        self._view: View
        hooks = Hooks(guard, lambda text: self._view.say(text), self._show, self._begin, self._end)
        self._sending = Sending(box, hooks, blocking=blocking, poll_seconds=poll_seconds)
        web_url = wire.WEB_URL if box.url == wire.API_URL else None
        self.table = JobsTable(self._act, web_url=web_url, plain=plain)
        self.start, self.closed = self._sending.start, self._sending.closed
        self.done, self.poll_seconds = self._sending.done, poll_seconds

    def show_in(self, view: View) -> None:
        """Show the work there from now on."""
        self._view = view

    @property
    def batch_id(self) -> str | None:
        """The batch that was sent last."""
        return self._sending.batch_id

    @property
    def jobs(self) -> list[dict[str, Any]]:
        """Its jobs as they were seen last, in the order of the documents."""
        return self._sending.jobs

    @property
    def is_working(self) -> bool:
        """Whether something is being sent or followed."""
        return self._sending.is_working

    def send(self, request: BatchRequest) -> None:
        """Send a request and follow its batch, unless another is being sent or followed."""
        if not self.is_working:
            self._sent, self._names = deepcopy(request.rows), request.file_names()
            self._sending.send(request.body())

    def follow(self, batch_id: str) -> None:
        """Follow a batch, unless another is being sent or followed."""
        if not self.is_working:
            self._sent, self._names = [], []
            self._sending.follow(batch_id)

    def retry(self, numbers: Iterable[int] | None) -> None:
        """Put documents into the form again: those that failed, or those that are numbered."""
        chosen = self._failed() if numbers is None else list(numbers)
        if not chosen or not self._sent:
            return
        self._use_rows([deepcopy(self._sent[at]) for at in chosen])
        noun = "document is" if len(chosen) == 1 else "documents are"
        self._view.say(f"{len(chosen)} {noun} in the form again: edit, then generate.")

    def _failed(self) -> list[int]:
        jobs = self.jobs[: len(self._sent)]
        return [at for at, job in enumerate(jobs) if job["status"] in TO_RETRY]

    def _begin(self) -> None:
        self._view.begin()

    def _show(self, jobs: list[dict[str, Any]], count: int) -> None:
        finished = sum(map(is_finished, jobs))
        self._view.show_jobs(jobs, finished=finished, count=count, names=self._names)

    def _end(self) -> None:
        self._view.end(can_retry=bool(self._sent and self._failed()))

    def _act(self, what: str, at: int) -> None:
        self._guard(self._download if what == "download" else self._retry_one)(at)

    def _retry_one(self, at: int) -> None:
        self.retry([at])

    def _download(self, at: int) -> None:
        file = self.jobs[at].get("output_file")
        if file is not None:
            name = self._box.get_file(file["id"], fields=["name"])["name"]
            self.table.give(name, self._box.download_file(file["id"]))
