"""JobsDashboard: a report with controls, in a notebook or as a page."""

from html import escape
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import pandas as pd

from docgen_nb.client_protocol import DocGenClient
from docgen_nb.errors import DocGenError
from docgen_nb.forms.display import Displayed
from docgen_nb.frames import load_failures, load_jobs, templates_frame
from docgen_nb.ledger import Ledger
from docgen_nb.reports.history import History, load_history
from docgen_nb.reports.report import Asked, ask, render_history, write_page
from docgen_nb.wording import short_name

PERIODS = ("this week", "last week", "yesterday", "this month", "last month")
_ALL = "all"
_FILTERS = {"template_id": "Template", "output_type": "Output type", "created_by_id": "User"}
_HEIGHT = 900  # pixels
# The report is as light or dark as the notebook around it, whatever the system prefers.
_THEME = (
    "<style>.docgen-report{color-scheme:light}"
    '[data-jp-theme-light="false"] .docgen-report{color-scheme:dark}</style>'
)
_MOST_JOBS = 500_000  # of a history that is kept in memory as a whole
_MOST_PAGES = 20
_HISTORY = "SELECT DISTINCT {} FROM job_records WHERE {} IS NOT NULL"
_COUNT = "SELECT count(*) FROM (SELECT 1 FROM job_records LIMIT 500001)"
_BEGIN, _END = pd.Timestamp("1970-01-01", tz="UTC"), pd.Timestamp("2200-01-01", tz="UTC")


class JobsDashboard(Displayed):
    """A report of a history with controls: period, comparison, template, output type and user.

    Each change shows the report of the jobs chosen. "Save report" writes it to the file named
    beside it. A history of up to 500,000 jobs is kept in memory, and read again when its file has
    changed; of a longer one, the jobs of each report are read.

    Parameters
    ----------
    ledger_or_box : Ledger, DataFrame or Client
        A history, as for `report`. From a client, the button "Read jobs" reads the jobs, their ends
        and their messages.
    now : Timestamp or str, optional
        What "last" counts from, with a time zone; by default the present.
    time_zone : str
        The time zone of days and hours, such as ``"Europe/Berlin"``.

    Attributes
    ----------
    widget : widget
        The controls and the report, as an ipywidgets box.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder, Ledger(f"{folder}/history.sqlite") as ledger:
    ...     JobsDashboard(ledger).period.value
    'last week'
    """

    def __init__(
        self,
        ledger_or_box: Ledger | pd.DataFrame | DocGenClient,
        *,
        now: pd.Timestamp | str | None = None,
        time_zone: str = "UTC",
    ) -> None:
        self._now, self._zone = now, time_zone
        is_client = not isinstance(ledger_or_box, Ledger | pd.DataFrame)
        self._client = ledger_or_box if is_client else None
        self._histories = None if is_client else _Histories(ledger_or_box)
        self._pages: dict[Any, str] = {}
        self.period = widgets.Combobox(
            value="last week", options=PERIODS, ensure_option=False, description="Period"
        )
        self.compare = widgets.Text(value="week before", description="Compare")
        self.filters = {
            column: widgets.Dropdown(options=[(_ALL, "")], description=label)
            for column, label in _FILTERS.items()
        }
        self.path = widgets.Text(value="report.html", description="File")
        self.save = widgets.Button(description="Save report", icon="save")
        self.read = widgets.Button(description="Read jobs", icon="refresh")
        self.status = widgets.HTML()
        self.page = widgets.HTML()
        for control in (self.period, self.compare, *self.filters.values()):
            control.continuous_update = False
            control.observe(self._changed, "value")
        self.save.on_click(self._save)
        self.read.on_click(self._read)
        controls = [self.period, self.compare, *self.filters.values(), self.path, self.save]
        controls = [self.read, *controls] if is_client else controls
        box = widgets.HBox(controls, layout=widgets.Layout(flex_flow="row wrap"))
        self.widget = widgets.VBox([box, self.status, self.page])
        self._offer_choices()
        self._draw()

    def __repr__(self) -> str:
        return f"<JobsDashboard: {self.period.value}>"

    def _offer_choices(self) -> None:
        """Offer the values of the history in each filter."""
        if self._histories is None:
            return
        for column, control in self.filters.items():
            values, names = self._histories.values(column), self._histories.names
            labels = [
                short_name(names.get(value, value)) if column == "template_id" else value
                for value in values
            ]
            control.options = [(_ALL, ""), *sorted(zip(labels, values, strict=True))]

    def _changed(self, _change: Any) -> None:
        self._draw()

    def _read(self, _button: Any) -> None:
        """Read the history of the client, and show its report."""
        if self._client is None:
            return
        self._say("Reading jobs, their ends and messages...")
        try:
            self._histories = _Histories(*_read_history(self._client))
        except DocGenError as error:
            self._refuse(error)
            return
        self._pages.clear()
        self._offer_choices()
        self._draw()

    def _draw(self) -> None:
        """Show the report of the jobs chosen, or why there is none."""
        if self._histories is None:
            self._say('Press "Read jobs" to see a report.')
            return
        content = self._render()
        if content is not None:
            self.status.value = ""
            self.page.value = (
                f'{_THEME}<iframe class="docgen-report" title="Report" sandbox="" '
                f'srcdoc="{escape(content)}" style="width:100%;height:{_HEIGHT}px;border:0">'
                "</iframe>"
            )

    def _render(self) -> str | None:
        """Return the report of the jobs chosen, kept from before if nothing has changed."""
        if self._histories is None:
            return None
        only = {name: one.value for name, one in self.filters.items() if one.value}
        try:
            asked = ask(self.period.value, self.compare.value, now=self._now, time_zone=self._zone)
            history = self._histories.of(asked)
            key = (asked.span, asked.other, *only.items(), self._histories.stamp)
            if key not in self._pages:
                content, _ = render_history(history, asked, name=self.path.value, only=only)
                self._pages = dict([*self._pages.items()][1 - _MOST_PAGES :]) | {key: content}
        except (ValueError, DocGenError) as error:
            self._refuse(error)
            return None
        return self._pages[key]

    def _say(self, text: str) -> None:
        self.status.value = f'<p role="status">{escape(text)}</p>'

    def _refuse(self, error: Exception) -> None:
        self.status.value = f'<p role="alert">{escape(str(error))}</p>'

    def _save(self, _button: Any) -> None:
        """Write the report of the jobs chosen to the file."""
        content = self._render()
        if content is None:
            return
        try:
            path = write_page(self.path.value, content)
        except DocGenError as error:
            self._refuse(error)
        else:
            self._say(f"Saved as {path.absolute()}.")


class _Histories:
    """The history of a ledger or table, kept in memory while its file stays the same."""

    def __init__(
        self, source: Any, failures: Any = None, names: dict[str, str] | None = None
    ) -> None:
        self._source, self._failures, self._given = source, failures, names or {}
        self.stamp: Any = None
        self._whole: History | None = None

    @property
    def names(self) -> dict[str, str]:
        """The names of templates by their ids."""
        return dict(self._whole.names) if self._whole else self._given

    def values(self, column: str) -> list[str]:
        """Return the values of a column."""
        whole = self._kept()
        if whole is None:
            rows = self._source.file.all(_HISTORY.format(column, column))
            return [str(value) for (value,) in rows]
        if column not in whole.jobs:
            return []
        return list(map(str, whole.jobs[column].dropna().unique()))

    def of(self, asked: Asked) -> History:
        """Return the jobs that a report needs."""
        whole = self._kept()
        if whole is None:
            return self._load(asked.since, asked.span.end, asked.zone)
        return whole.between(asked.since, asked.span.end).at_zone(asked.zone)

    def _kept(self) -> History | None:
        """Return all jobs if they are not too many, read again if the file has changed."""
        stamp = _stamp(self._source)
        if self._whole is not None and stamp == self.stamp:
            return self._whole
        self.stamp, self._whole = stamp, None
        if _count(self._source) <= _MOST_JOBS:
            self._whole = self._load(_BEGIN, _END, "UTC")
        return self._whole

    def _load(self, since: pd.Timestamp, until: pd.Timestamp, zone: str) -> History:
        span: dict[str, Any] = {"since": since, "until": until, "zone": zone}
        names = self._given
        return load_history(self._source, self._failures, account=None, names=names, **span)


def _stamp(source: Any) -> Any:
    """Return what changes when the file of a ledger does."""
    if not isinstance(source, Ledger):
        return None
    files = [Path(f"{source.file.path}{end}") for end in ("", "-wal")]
    states = [file.stat() for file in files if file.exists()]
    return tuple((state.st_mtime_ns, state.st_size) for state in states)


def _count(source: Any) -> int:
    """Return the number of jobs; of a ledger, not more than need to be counted."""
    if not isinstance(source, Ledger):
        return len(source)
    (number,) = source.file.first(_COUNT) or (0,)
    return int(number)


def _read_history(client: Any) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, str]]:
    """Return the jobs of a client with their ends, their messages, and the names of templates."""
    jobs = load_jobs(client, output_times=True)
    templates = templates_frame(client.list_templates())
    names = dict(zip(templates["template_id"], templates["file_name"], strict=True))
    return jobs, load_failures(client), names
