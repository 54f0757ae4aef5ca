"""What a form sends and has sent: the question before sending twice, results, recent batches."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import partial
from html import escape
from os import PathLike
from typing import Any

import ipywidgets as widgets

from docgen_nb.client_protocol import Entry
from docgen_nb.forms.batch_form.view import FormView
from docgen_nb.forms.display import Displayed, close_tree, counted
from docgen_nb.forms.error_display import Wrap
from docgen_nb.forms.mapping.replaced_notice import show_undo, text_of
from docgen_nb.forms.panels.login_prompt import LoginPrompt
from docgen_nb.forms.panels.page import Page
from docgen_nb.forms.results import saved_form
from docgen_nb.forms.results.batch_runner import BatchRunner
from docgen_nb.forms.results.recent_batches import History, RecentBatches
from docgen_nb.forms.results.sent_batches import SentBatch
from docgen_nb.forms.widgets.file_parts import Send
from docgen_nb.request import BatchRequest


class FormBatches:
    """Sends the requests of a form, and fills its boxes for results and recent batches.

    Attributes
    ----------
    runner : BatchRunner
        The batch that is shown.
    recent : RecentBatches
        The batches that can be taken up.
    """

    def __init__(
        self,
        login: LoginPrompt,
        view: FormView,
        *,
        edit: Callable[[BatchRequest], object],
        on_progress: Callable[[], object],
        template_name: Callable[[str], str],
        ledger: History | None,
        wrap: Wrap,
        blocking: bool,
        poll_seconds: float,
        plain: bool,
    ) -> None:
        self._view, self._wrap, self._on_progress = view, wrap, on_progress
        common: dict[str, Any] = {
            "wrap": wrap,
            "template_name": template_name,
            "blocking": blocking,
            "plain": plain,
        }
        self.runner = BatchRunner(
            login,
            show_status=self._show_status,
            show_busy=self._show_busy,
            edit=edit,
            send_again=lambda request: self.send(request),
            poll_seconds=poll_seconds,
            **common,
        )
        self.recent = RecentBatches(
            login, self.runner.sent, ledger=ledger, on_open=self.runner.take_up, **common
        )
        self._question = widgets.VBox().add_class("docgen-question")
        view.results.children = [self._question, self.runner.results.widget]
        view.recent.children = [self.recent.widget]

    @property
    def send_to_browser(self) -> Send | None:
        """What sends a file to the browser; None without JavaScript modules."""
        table = self.runner.results.table
        return None if table is None else table.send

    def send(self, request: BatchRequest, *, again: bool = False) -> None:
        """Send a request; ask first if the same one was sent within the last hour."""
        if self.runner.worker.is_busy:
            return
        self._ask(None)
        same = None if again else self.runner.sent.same(request, now=datetime.now(UTC))
        if same is None:
            self.runner.send(request)
        else:
            self._ask(same, request)

    def _ask(self, same: SentBatch | None, request: BatchRequest | None = None) -> None:
        """Ask whether to send a request again; None removes the question."""
        former, self._question.children = self._question.children, ()
        close_tree(*former)
        if same is None or request is None:
            return
        documents = f"{counted(same.count, 'document')} with the same data"
        at = same.sent_at.astimezone()
        text = f"You sent {documents} at {at:%H:%M} ({at:%Z}). Send them again?"
        label = widgets.HTML(f'<p role="alert">{escape(text)}</p>')
        buttons = (
            ("Generate again", lambda _: self.send(request, again=True)),
            ("Show that batch", lambda _: self._show(same.id)),
            ("Cancel", lambda _: self._ask(None)),
        )
        row = []
        for description, on_click in buttons:
            button = widgets.Button(description=description, layout={"width": "auto"})
            button.on_click(self._wrap(on_click))
            row.append(button)
        self._question.children = [label, widgets.HBox(row)]
        self._view.show_results(True)
        self._view.status.show(text)

    def _show(self, batch_id: str) -> None:
        self._ask(None)
        self.runner.take_up(batch_id)

    def _show_status(self, text: str) -> None:
        self._on_progress()
        self._view.status.show(text, self.outcome[1])

    @property
    def outcome(self) -> tuple[str, str]:
        """The progress of the batch in words, "" without one, and its sign."""
        batch = self.runner.batch
        if batch is None or not batch.is_finished:
            return self.runner.progress, "run"
        counts = batch.counts
        sign = "warn" if counts.get("completed_with_error") else "ok"
        return self.runner.progress, "error" if counts.get("failed") else sign

    def _show_busy(self, is_busy: bool) -> None:
        if is_busy:
            self._ask(None)
        self._view.show_busy(is_busy)
        if not is_busy and self.runner.nothing_sent:
            self._view.show_results(False)  # where a person can mend it
        batch = self.runner.batch
        counts = batch.counts if batch else {}
        self.recent.show(here=batch.id if batch else None, counts=counts)

    def close(self) -> None:
        """Stop following."""
        self.runner.close()


class HasBatches(Displayed):
    """What a form can do with its batches and with its own state, for programs."""

    request: BatchRequest
    value: Any
    _batches: FormBatches
    _view: FormView
    _wrap: Wrap
    _page: Page | None = None
    _use_rows: Callable[[list[dict[str, Any]]], None]

    def page(self, others: Mapping[str, Displayed]) -> Page:
        """Return tabs with the form and other views, by their titles: a page without code."""
        self._page = Page({"Make documents": self, **others})
        return self._page

    def _edit(self, request: BatchRequest) -> None:
        """Show documents that were sent, and offer to bring back what was in the form."""
        former = self.request.as_dict()
        self._take(request.as_dict())
        data = (former["common"], former["rows"])
        text = text_of(data, request.rows, source="a batch that was sent")
        undo = partial(self._take, former)
        show_undo(self._view.notice, text, undo=undo, wrap=self._wrap)
        if self._page is not None:
            self._page.show(self)
        if paths := self._view.fields.paths:
            self._view.jump(paths[0])

    def _take(self, value: dict[str, Any]) -> None:
        """Show a request from its first document on."""
        self._view.show_results(False)
        self.value = value
        self._use_rows(self.request.rows)

    @property
    def batch_id(self) -> str | None:
        """The id of the batch that was sent or followed last."""
        batch = self._batches.runner.batch
        return batch.id if batch else None

    @property
    def jobs(self) -> list[Entry]:
        """The jobs of that batch as they were read last, in the order of the documents."""
        return list(self._batches.runner.jobs)

    def follow(self, batch_id: str) -> None:
        """Show the progress of any batch, unless another batch is being sent or followed.

        Its documents can be edited and sent again if the batch was sent from this computer within
        the last 30 days.
        """
        self._batches.runner.follow(batch_id)

    def retry(self, *, numbers: Iterable[int] | None = None) -> None:
        """Put documents of the last batch into the form again, to edit and generate.

        By default those that failed or have errors; `numbers` are positions in ``form.jobs``.
        """
        self._batches.runner.retry(numbers)

    def save(self, path: str | PathLike[str]) -> None:
        """Save the request as a file for `open`, with its pictures and without a token.

        NotWritten if the file cannot be written; ValueError for data that JSON cannot hold.
        """
        saved_form.save(self.request, path)

    def open(self, path: str | PathLike[str]) -> None:
        """Show the request of a file that `save` wrote. UnreadableData if it is another file."""
        self.value = saved_form.read(path)
