"""The batch of a form: sent, followed, taken up, downloaded and retried."""

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from docgen_nb import wire
from docgen_nb.client_protocol import Entry
from docgen_nb.errors import DocGenError, NotDownloaded, NotFound
from docgen_nb.forms.background import Worker
from docgen_nb.forms.batch_news import BatchNews, announce, offer_editing
from docgen_nb.forms.display import counted
from docgen_nb.forms.error_display import Wrap, explaining
from docgen_nb.forms.job_texts import id_of
from docgen_nb.forms.panels.job_details import web_address
from docgen_nb.forms.panels.job_names import JobNames
from docgen_nb.forms.panels.login_prompt import LoginPrompt
from docgen_nb.forms.results.archive import zip_of
from docgen_nb.forms.results.batch_results import BatchResults, BatchState, details_of
from docgen_nb.forms.results.progress import pace
from docgen_nb.forms.results.sent_batches import SentBatches
from docgen_nb.forms.widgets.file_parts import MAX_BYTES, send_file
from docgen_nb.forms.widgets.rows_table import Message
from docgen_nb.request import BatchRequest
from docgen_nb.submission import Batch, Document, submit

Row = dict[str, Any]


class BatchRunner:
    """Sends a request as one batch at a time, follows it, and serves its results.

    Parameters
    ----------
    login : LoginPrompt
        Holds the client.
    show_status : callable
        Called with a sentence about the batch.
    show_busy : callable
        Called with True when sending or following begins, and with False when it has ended.
    edit : callable
        Called with a request to put into the form again, such as some of the documents.
    send_again : callable
        Called with a request to send, such as some of the documents; asks first where it must.
    template_name : callable
        Returns the name of a template by its id.

    Attributes
    ----------
    batch : Batch or None
        The batch that was sent or followed last.
    results : BatchResults
        Shows it.
    nothing_sent : bool
        Whether the last request certainly did not become a batch.
    sent : SentBatches
        What was sent from this computer.
    worker : Worker
        Runs one batch at a time.
    """

    def __init__(
        self,
        login: LoginPrompt,
        *,
        wrap: Wrap,
        show_status: Callable[[str], object],
        show_busy: Callable[[bool], object],
        edit: Callable[[BatchRequest], object],
        send_again: Callable[[BatchRequest], object],
        template_name: Callable[[str], str],
        blocking: bool,
        poll_seconds: float,
        plain: bool,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._login, self._wrap = login, wrap
        self._box = login.client  # of the panels that follow, also after another login
        self._show_status, self._show_busy_form = show_status, show_busy
        self._edit, self._send_again = edit, send_again
        self._template_name = template_name
        self._poll_seconds, self._clock = poll_seconds, clock
        self._request: BatchRequest | None = None  # of the batch, if it is known
        self._state = BatchState("")
        self._stop = threading.Event()
        self._is_closed = False
        self.nothing_sent = False
        self.sent = SentBatches(login.client.url)
        self.batch: Batch | None = None
        self.results = BatchResults(wrap(self._receive), plain=plain)
        self.worker = Worker("batch", blocking=blocking, show_busy=self._show_busy)
        self._downloads = Worker("downloads", blocking=blocking)
        self.downloaded = self._downloads.done
        offer_editing(self._box, self)

    @property
    def progress(self) -> str:
        """How far the batch is, in a few words; '' without one."""
        if self.batch is None:
            return ""
        finished = sum(n for status, n in self.batch.counts.items() if status not in wire.OPEN)
        return f"{finished:,} of {self.batch.count:,} finished"

    @property
    def jobs(self) -> Sequence[Entry]:
        """The jobs of the batch as they were read last, in the order of the documents."""
        return self.batch.jobs if self.batch else []

    def send(self, request: BatchRequest) -> None:
        """Send a request and follow its batch, unless another batch is being sent or followed."""
        if self.worker.is_busy:
            return
        self._show_status("Sending…")
        kept = replace(request, common=deepcopy(request.common), rows=deepcopy(request.rows))
        self._start(lambda: self._send(kept))

    def follow(self, batch_id: str) -> None:
        """Follow a batch, unless another batch is being sent or followed."""
        self._start(lambda: self._take_up(batch_id))

    def take_up(self, batch_id: str) -> None:
        """Follow a batch instead of the one that is followed; that one goes on."""
        self._stop.set()
        self.worker.run_next(self._wrap(lambda: self._take_up(batch_id)))

    def stop(self) -> None:
        """Stop following; the batch goes on."""
        self._stop.set()

    def close(self) -> None:
        """Stop following for good."""
        self._is_closed = True
        self._stop.set()

    def retry(self, numbers: Iterable[int] | None) -> None:
        """Put documents into the form again: these, or those that failed or have errors."""
        rows = self._rows_of(self._with_problems() if numbers is None else numbers)
        self._edit_rows(self._request, rows)

    def can_edit(self, batch_id: str) -> bool:
        """Return whether a batch was sent from this computer, and its data is still there."""
        return not self._is_closed and self.sent.request(batch_id) is not None

    def edit_job(self, batch_id: str, job_id: str) -> None:
        """Put the document of a job with problems into the form, also of another batch."""
        request = self.sent.request(batch_id)
        batch = Batch(self._login.client, batch_id, request=request).refresh()
        found = [one.user_input for one in batch.failed_rows() if one.job_id == job_id]
        self._edit_rows(request, [row for row in found if row is not None])

    def _edit_rows(self, request: BatchRequest | None, rows: list[Row]) -> None:
        if rows and request is not None:
            self._edit(replace(request, rows=rows))
            self._show_status(f"Edit {counted(len(rows), 'document')}, then generate.")

    def _with_problems(self) -> list[int]:
        return [] if self.batch is None else [row.row for row in self.batch.failed_rows()]

    def _rows_of(self, numbers: Iterable[int]) -> list[Row]:
        rows = [] if self._request is None else self._request.rows
        return [deepcopy(rows[number]) for number in numbers if number < len(rows)]

    def _start(self, work: Callable[[], None]) -> None:
        if not self._is_closed:
            self.worker.run(self._wrap(work))

    def _show_busy(self, is_busy: bool) -> None:
        if is_busy:
            self.batch, self._request = None, None
            self._state = BatchState("")
            self.results.show_fault("")
        else:
            self._state = replace(self._state, is_running=False, pace="")
            if self.batch is not None:
                self.results.show(self._state, now=self._clock())
        self._show_busy_form(is_busy)

    # In the background

    def _send(self, request: BatchRequest) -> None:
        self._stop = threading.Event()
        template = self._template_name(request.template_id)
        gone = f"{template} was deleted, or this account may not see it. Nothing was sent. "
        text = f"{gone}Choose another template; what you typed is still here."
        self.nothing_sent = False
        try:
            with explaining(NotFound, text):
                batch = submit(self._login.client, request)
        except DocGenError as error:
            self.nothing_sent = not getattr(error, "may_have_arrived", False)
            raise
        sent_at = self._clock()
        try:
            self.sent.add(batch.id, request, template=template, at=sent_at)
        except OSError as error:
            reason = error.strerror or str(error)
            self.results.show_fault(f"This batch can't be remembered on this computer: {reason}.")
        self._follow(batch, request, sent_at)

    def _take_up(self, batch_id: str) -> None:
        if self._is_closed:
            return
        self._stop, self.nothing_sent = threading.Event(), False
        self.results.show_fault("")
        sent, request = self.sent.get(batch_id), self.sent.request(batch_id)
        batch = Batch(self._login.client, batch_id, request=request)
        try:
            self._follow(batch, request, None if sent is None else sent.sent_at)
        except NotFound:
            self.batch = None
            text = f"This service has no batch {batch_id}. Check the id and the login."
            self._show_status(text)
            self.results.show_fault(text)

    def _follow(self, batch: Batch, request: BatchRequest | None, sent_at: datetime | None) -> None:
        self.batch, self._request = batch, request
        self._state = BatchState(
            batch.id,
            names=request.file_names() if request else (),
            sent_at=sent_at,
            has_data=request is not None,
            is_on_box=self._login.client.url == wire.API_URL,
        )
        began = time.monotonic()
        try:
            batch.wait(
                poll_seconds=self._poll_seconds,
                progress=lambda batch: self._show_progress(batch, began),
                stop=self._stop,
            )
        except DocGenError as error:
            error.add_note(f"Batch {batch.id} continues; follow({batch.id!r}) shows it again.")
            raise

    def _show_progress(self, batch: Batch, began: float) -> None:
        finished = sum(n for status, n in batch.counts.items() if status not in wire.OPEN)
        seconds, now = time.monotonic() - began, self._clock()
        for job in batch.jobs:
            self._state.records.record(job, when=now)
        if batch.is_finished and not self._state.created:
            self._read_documents(batch)
        rate = pace(finished, count=batch.count, seconds=seconds)
        self._state = replace(self._state, jobs=batch.jobs, count=batch.count, pace=rate)
        self.results.show(self._state, now=now)
        self._show_status(f"{batch.status} {rate}".strip())
        announce(
            self._box,
            BatchNews(
                batch.id, batch.jobs, self._state.names, self._state.sent_at, batch.is_finished
            ),
        )

    def _read_documents(self, batch: Batch) -> None:
        """Read what is not known of the documents: their names, and when they were created."""
        state = self._state
        unseen = [job for job in batch.jobs if state.records.bounds(str(job["id"])) is None]
        if state.names and not unseen:
            return
        names = JobNames(self._login.client)
        names.read_files(
            id_of(job, "output_file") for job in (unseen if state.names else batch.jobs)
        )
        created = {file_id: file.created for file_id, file in names.files.items()}
        found = [
            Path(names.file(job).name).stem or f"Job {job['id']}, no document" for job in batch.jobs
        ]
        self._state = replace(state, created=created, names=state.names or found)

    # Requests of the page

    def _receive(self, message: Message) -> None:
        match message:
            case {"do": "tool", "name": str(name)}:
                self._on_tool(name, message)
            case {"do": "act", "name": str(name), "key": key}:
                if (number := self._state.number_of(key)) is not None:
                    self._on_action(name, number, message)
            case {"do": "open", "key": key} if self.results.table is not None:
                if (number := self._state.number_of(key)) is not None:
                    details = details_of(self._state, number)
                    self.results.table.show_details(details, to=message)

    def _on_tool(self, name: str, message: Message) -> None:
        if name == "download":
            self._downloads.run(self._wrap(lambda: self._download_all(message)))
        elif name == "stop":
            self.stop()
        elif name == "edit":
            self.retry(None)
        elif name in ("retry", "resend"):
            jobs = enumerate(self.jobs)
            self._resend(at for at, job in jobs if name == "resend" or job["status"] == "failed")

    def _on_action(self, name: str, number: int, message: Message) -> None:
        if name == "Edit":
            self.retry([number])
        elif name == "Retry":
            self._resend([number])
        else:
            self._downloads.run_next(self._wrap(lambda: self._download(name, number, message)))

    def _resend(self, numbers: Iterable[int]) -> None:
        rows = self._rows_of(numbers)
        if rows and self._request is not None:
            self._send_again(replace(self._request, rows=rows))

    def _download(self, name: str, number: int, message: Message) -> None:
        """Let the browser save a document, or open it in the tab that it has prepared."""
        if self.results.table is None:
            return
        file_id = str(self.jobs[number]["output_file"]["id"])
        client, send = self._login.client, self.results.table.send
        address = web_address(client.url, "file", file_id)
        if name == "Open" and address:
            send(
                {"type": "go", "key": message["key"], "view": message.get("view"), "to": address},
                [],
            )
            return
        try:
            document = Document(client, file_id)
            content = document.content
        except DocGenError:
            send({"type": "no file", "key": message["key"], "view": message.get("view")}, [])
            raise
        send_file(send, document.name, content, to=message, shows=name == "Open")

    def _download_all(self, message: Message) -> None:
        jobs = [job for job in self.jobs if job.get("output_file")]
        assert self.batch is not None
        client, batch_id = self._login.client, self.batch.id
        self.results.show_note(f"Looking up {counted(len(jobs), 'document')}…")
        try:
            names = JobNames(client)
            names.read_files(str(job["output_file"]["id"]) for job in jobs)
            size = sum(names.file(job).size or 0 for job in jobs)
            if size > MAX_BYTES or self.results.table is None:
                self._save_to_folder(Path(f"documents-{batch_id[:8]}").absolute())
                return
            count = f"of {counted(len(jobs), 'document')}…"
            note = self.results.show_note
            content, failures = zip_of(
                client, jobs, progress=lambda number: note(f"Downloading {number:,} {count}")
            )
        finally:
            self.results.show_note(None)
        if failures:
            text = f"{counted(len(failures), 'document')} couldn't be downloaded."
            self.results.show_fault(text, "\n".join(failures))
        send_file(self.results.table.send, f"documents-{batch_id[:8]}.zip", content, to=message)

    def _save_to_folder(self, folder: Path) -> None:
        assert self.batch is not None
        self.results.show_note(f"Saving the documents to {folder}…")
        try:
            paths = self.batch.download(folder)
        except NotDownloaded as error:
            self.results.show_fault(str(error))
        else:
            text = f"Saved {counted(len(paths), 'document')} to the folder"
            self.results.show_folder(text, path=str(folder), home=str(Path.home()))
