"""The batch of a form: sent, followed, downloaded and retried."""

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from dataclasses import replace
from functools import partial
from typing import Any

from docgen_nb import wire
from docgen_nb.client_protocol import Entry
from docgen_nb.errors import DocGenError
from docgen_nb.forms.background import Worker
from docgen_nb.forms.batch_form.progress import pace
from docgen_nb.forms.batch_form.view import FormView
from docgen_nb.forms.display import counted
from docgen_nb.forms.error_display import Wrap
from docgen_nb.forms.panels.login_prompt import LoginPrompt
from docgen_nb.request import BatchRequest
from docgen_nb.submission import Batch, Document, submit

Row = dict[str, Any]


class BatchRunner:
    """Sends a request as one batch at a time, and shows its progress and its jobs.

    Parameters
    ----------
    login : LoginPrompt
        Holds the client.
    view : FormView
        Shows the progress. The background sets its traits and does nothing else.
    use_rows : callable
        Called with the data of the documents to retry.

    Attributes
    ----------
    batch : Batch or None
        The batch that was sent or followed last.
    worker : Worker
        Runs one batch at a time.
    closed : threading.Event
        Set it to stop following.
    """

    def __init__(
        self,
        login: LoginPrompt,
        view: FormView,
        *,
        wrap: Wrap,
        use_rows: Callable[[list[Row]], None],
        blocking: bool,
        poll_seconds: float,
    ) -> None:
        self._login, self._view = login, view
        self._wrap, self._use_rows = wrap, use_rows
        self._poll_seconds = poll_seconds
        self._rows: list[Row] = []  # as sent
        self._names: list[str] = []
        self.batch: Batch | None = None
        self.closed = threading.Event()
        self.worker = Worker("batch", blocking=blocking, show_busy=self._show_busy)

    @property
    def jobs(self) -> Sequence[Entry]:
        """The jobs of the batch as they were read last, in the order of the documents."""
        return self.batch.jobs if self.batch else []

    def send(self, request: BatchRequest) -> None:
        """Send a request and follow its batch, unless another batch is being sent or followed."""
        if self.worker.is_busy:
            return
        self._view.status.show("Sending…")
        sent = replace(request, common=deepcopy(request.common), rows=deepcopy(request.rows))
        self._run(
            lambda: self._follow(submit(self._login.client, sent)),
            rows=sent.rows,
            names=sent.file_names(),
        )

    def follow(self, batch_id: str) -> None:
        """Follow a batch, unless another batch is being sent or followed."""
        self._run(lambda: self._follow(Batch(self._login.client, batch_id)), rows=[], names=[])

    def retry(self, numbers: Iterable[int] | None) -> None:
        """Put documents into the form again: these, or those that failed or have errors."""
        rows = [self._rows[number] for number in self._retryable(numbers)]
        if rows:
            self._use_rows(deepcopy(rows))
            self._view.status.show(f"Edit {counted(len(rows), 'document')}, then generate.")

    def _retryable(self, numbers: Iterable[int] | None) -> list[int]:
        if not self._rows or self.batch is None:
            return []
        return [row.row for row in self.batch.failed_rows()] if numbers is None else list(numbers)

    def on_action(self, action: str, number: int) -> None:
        """Download or retry one document."""
        if action == "retry":
            self.retry([number])
        elif file := self.jobs[number].get("output_file"):
            document = Document(self._login.client, file["id"])
            self._view.jobs.save_in_browser(document.name, document.content)

    def _run(self, work: Callable[[], None], *, rows: list[Row], names: list[str]) -> None:
        if not self.worker.is_busy:
            self._rows, self._names = rows, names
            self.worker.run(self._wrap(work))

    def _show_busy(self, is_busy: bool) -> None:
        if is_busy:
            self.batch = None
            self._view.begin()
        else:
            self._view.end(can_retry=bool(self._retryable(None)))

    # In the background

    def _follow(self, batch: Batch) -> None:
        self.batch = batch
        show = partial(self._show_progress, time.monotonic())
        try:
            batch.wait(poll_seconds=self._poll_seconds, progress=show, stop=self.closed)
        except DocGenError as error:
            error.add_note(f"Batch {batch.id} continues; follow({batch.id!r}) shows it again.")
            raise

    def _show_progress(self, began: float, batch: Batch) -> None:
        finished = sum(n for status, n in batch.counts.items() if status not in wire.OPEN)
        self._view.show_jobs(batch.jobs, finished=finished, count=batch.count, names=self._names)
        rate = pace(finished, count=batch.count, seconds=time.monotonic() - began)
        self._view.status.show(f"{batch.status} {rate}".strip())
