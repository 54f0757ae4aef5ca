"""Recent batches: those sent from this computer, those of a ledger and those of the service."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import isnan, nan
from pathlib import Path
from typing import Any, Protocol

import ipywidgets as widgets
import traitlets

from docgen_nb import wire
from docgen_nb.client_protocol import DocGenClient
from docgen_nb.forms.background import Worker
from docgen_nb.forms.error_display import Wrap
from docgen_nb.forms.job_texts import id_of, milliseconds
from docgen_nb.forms.panels.login_prompt import LoginPrompt
from docgen_nb.forms.results.sent_batches import SentBatches
from docgen_nb.forms.widgets.browser_widget import BrowserWidget, module_of

MOST = 8  # batches
LEDGER_DAYS = 30


class History(Protocol):
    """What is asked of a ledger."""

    def sync(self, box: DocGenClient) -> Any:
        """Read new jobs from the service."""
        ...

    def jobs(self, *, since: datetime) -> Any:
        """Return the jobs since a time as a table."""
        ...


@dataclass
class RecentBatch:
    """One batch: when it was created (milliseconds), its template, and its jobs by status."""

    id: str
    created: float = nan
    template_id: str = ""
    template: str = ""
    counts: Counter[str] = field(default_factory=Counter)


class _List(BrowserWidget):
    _esm = module_of("elements.js", Path(__file__).with_name("recent_batches.js"))
    items: Any = traitlets.List().tag(sync=True)
    note = traitlets.Unicode().tag(sync=True)


class RecentBatches:
    """A list of the newest batches; each can be taken up.

    Parameters
    ----------
    sent : SentBatches
        What was sent from this computer.
    ledger : Ledger or None
        Read instead of the service's whole list of jobs, after a sync.
    template_name : callable
        Returns the name of a template by its id.
    on_open : callable
        Called with the id of the batch to take up.
    """

    def __init__(
        self,
        login: LoginPrompt,
        sent: SentBatches,
        *,
        ledger: History | None,
        template_name: Callable[[str], str],
        on_open: Callable[[str], object],
        wrap: Wrap,
        blocking: bool,
        plain: bool,
    ) -> None:
        self._login, self._sent, self._ledger = login, sent, ledger
        self._template_name, self._on_open, self._wrap = template_name, on_open, wrap
        self._listed: dict[str, RecentBatch] = {}  # of the service or the ledger
        self._source = ""
        self._here: str | None = None
        self._worker = Worker("recent batches", blocking=blocking)
        self.done = self._worker.done
        self._view = _PlainList(wrap(self._receive)) if plain else _List()
        self.widget = self._view.widget if isinstance(self._view, _PlainList) else self._view
        if isinstance(self._view, _List):
            self._view.on_msg(lambda _, content, __: wrap(self._receive)(content))

    def read_once(self) -> None:
        """Read the service or the ledger, unless that was done before."""
        if not self._source:
            self.refresh()

    def refresh(self) -> None:
        """Read the service or the ledger in the background."""
        self._worker.run_next(self._wrap(self._read))

    def show(self, *, here: str | None, counts: Mapping[str, int]) -> None:
        """Show the list; `here` is the batch that the form shows, with its jobs by status."""
        self._here = here
        if here is not None and counts:
            self._listed.setdefault(here, RecentBatch(here)).counts = Counter(counts)
        self._draw()

    def _receive(self, message: Any) -> None:
        match message:
            case {"do": "open", "id": str(batch_id)} if batch_id:
                self._on_open(batch_id)
            case {"do": "refresh"}:
                self.refresh()

    def _read(self) -> None:
        self._view.note = "Reading the batches…"
        client = self._login.client
        try:
            if self._ledger is None:
                batches = _of_service(client)
                self._source = "Read from the service."
            else:
                self._ledger.sync(client)
                since = datetime.now(UTC) - timedelta(days=LEDGER_DAYS)
                batches = _of_table(self._ledger.jobs(since=since))
                self._source = "Read from the ledger."
        finally:
            self._view.note = self._source
        self._listed = batches
        self._draw()

    def _draw(self) -> None:
        batches = dict(self._listed)
        for sent in self._sent.newest_first():
            known = batches.get(sent.id) or RecentBatch(sent.id)
            known.created, known.template = sent.sent_at.timestamp() * 1000, sent.template
            batches[sent.id] = known
        newest = sorted(batches.values(), key=_age, reverse=True)[:MOST]
        self._view.items = [self._item(batch) for batch in newest]

    def _item(self, batch: RecentBatch) -> dict[str, Any]:
        name = batch.template or self._template_name(batch.template_id)
        return {
            "id": batch.id,
            "template": name.removesuffix(".docx") or "Batch",
            "counts": [[status, batch.counts[status]] for status in wire.ordered(batch.counts)],
            "created": None if isnan(batch.created) else batch.created,
            "here": batch.id == self._here,
        }


def _age(batch: RecentBatch) -> float:
    return 0.0 if isnan(batch.created) else batch.created


def _of_service(box: DocGenClient) -> dict[str, RecentBatch]:
    """Return the batches of the service's list of jobs, which begins with the oldest."""
    return _grouped(
        (
            id_of(job, "batch"),
            id_of(job, "template_file"),
            str(job.get("status", "")),
            milliseconds(job.get("created_at")),
        )
        for job in box.list_jobs(limit=wire.MAX_LIMIT)
    )


def _of_table(jobs: Any) -> dict[str, RecentBatch]:
    created = (1000 * time.timestamp() for time in jobs["created_at"])
    columns = (jobs["batch_id"], jobs["template_id"], jobs["status"], created)
    return _grouped(zip(*columns, strict=True))


def _grouped(jobs: Iterable[tuple[str, str, str, float]]) -> dict[str, RecentBatch]:
    batches: dict[str, RecentBatch] = {}
    for batch_id, template_id, status, created in jobs:
        batch = batches.setdefault(batch_id, RecentBatch(batch_id, created, template_id))
        batch.counts[status] += 1
        batch.created = min(batch.created, created)
    return batches


class _PlainList:
    """The list without a JavaScript module: a choice, a field for an id, and a button."""

    def __init__(self, on_message: Callable[[Any], None]) -> None:
        self._choice = widgets.Dropdown(description="Recent batch", options=[("", "")])
        self._id = widgets.Text(description="Or its id")
        self._note = widgets.HTML()
        take_up = widgets.Button(description="Open the batch")
        take_up.on_click(
            lambda _: on_message({"do": "open", "id": self._id.value.strip() or self._choice.value})
        )
        again = widgets.Button(description="Read again", tooltip="Read the recent batches again")
        again.on_click(lambda _: on_message({"do": "refresh"}))
        parts = [self._choice, self._id, widgets.HBox([take_up, again]), self._note]
        self.widget = widgets.VBox(parts)

    @property
    def note(self) -> str:
        return str(self._note.value)

    @note.setter
    def note(self, text: str) -> None:
        self._note.value = text

    @property
    def items(self) -> list[dict[str, Any]]:
        return []

    @items.setter
    def items(self, items: list[dict[str, Any]]) -> None:
        chosen = self._choice.value
        self._choice.options = [("", ""), *((_line(one), one["id"]) for one in items)]
        self._choice.value = chosen if chosen in [one["id"] for one in items] else ""


def _line(item: Mapping[str, Any]) -> str:
    counts = ", ".join(f"{n} {wire.in_status_words(status)}" for status, n in item["counts"])
    created = item["created"]
    at = (
        "" if created is None else datetime.fromtimestamp(created / 1000, UTC).strftime("%F %R UTC")
    )
    return f"{item['template']}, {at}: {counts} ({item['id'][:8]})"
