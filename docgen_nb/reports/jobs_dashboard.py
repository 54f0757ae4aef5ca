"""JobsDashboard: a report with controls, in a notebook or as a page."""

from html import escape
from typing import Any

import ipywidgets as widgets
import pandas as pd

from docgen_nb.client_protocol import DocGenClient
from docgen_nb.errors import DocGenError
from docgen_nb.frames import load_failures, load_jobs, templates_frame
from docgen_nb.ledger import Ledger
from docgen_nb.ledger.template_names import template_names
from docgen_nb.reports.report import render, write_page
from docgen_nb.wording import short_name

PERIODS = ("this week", "last week", "yesterday", "this month", "last month")
_ALL = "all"
_FILTERS = {"template_id": "Template", "output_type": "Output type", "created_by_id": "User"}
_HEIGHT = 900  # pixels
_HISTORY = "SELECT DISTINCT {} FROM jobs WHERE {} IS NOT NULL"


class JobsDashboard(widgets.VBox):  # type: ignore[misc]
    """A report of a history with controls: period, comparison, template, output type and user.

    Each change shows the report of the jobs chosen. "Save report" writes it to the file named
    beside it.

    Parameters
    ----------
    ledger_or_box : Ledger, DataFrame or Client
        A history, as for `report`. From a client, the jobs, their ends and messages are read once.
    now : Timestamp or str, optional
        What "last" counts from, with a time zone; by default the present.
    time_zone : str
        The time zone of days and hours, such as ``"Europe/Berlin"``.

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
        self._source, self._failures, self._names = _history(ledger_or_box)
        self.period = widgets.Combobox(
            value="last week", options=PERIODS, ensure_option=False, description="Period"
        )
        self.compare = widgets.Text(value="week before", description="Compare")
        self.filters = {
            column: widgets.Dropdown(options=self._choices(column), description=label)
            for column, label in _FILTERS.items()
        }
        self.path = widgets.Text(value="report.html", description="File")
        self.save = widgets.Button(description="Save report", icon="save")
        self.status = widgets.HTML()
        self.page = widgets.HTML()
        for control in (self.period, self.compare, *self.filters.values()):
            control.continuous_update = False
            control.observe(self._changed, "value")
        self.save.on_click(self._save)
        controls = [self.period, self.compare, *self.filters.values(), self.path, self.save]
        box = widgets.HBox(controls, layout=widgets.Layout(flex_flow="row wrap"))
        super().__init__([box, self.status, self.page])
        self._draw()

    def _choices(self, column: str) -> list[tuple[str, str]]:
        values = _values(self._source, column)
        labels = [
            short_name(self._names.get(value, value)) if column == "template_id" else value
            for value in values
        ]
        return [(_ALL, ""), *sorted(zip(labels, values, strict=True))]

    def _changed(self, _change: Any) -> None:
        self._draw()

    def _draw(self) -> None:
        """Show the report of the jobs chosen, or why there is none."""
        content = self._render()
        if content is not None:
            self.status.value = ""
            self.page.value = (
                f'<iframe title="Report" sandbox="" srcdoc="{escape(content)}" '
                f'style="width:100%;height:{_HEIGHT}px;border:0"></iframe>'
            )

    def _render(self) -> str | None:
        chosen = {name: one.value for name, one in self.filters.items() if one.value}
        try:
            content, _ = render(
                self._source,
                name=self.path.value,
                period=self.period.value,
                compare=self.compare.value,
                failures=self._failures,
                names=self._names,
                account=None,
                time_zone=self._zone,
                now=self._now,
                only=chosen,
            )
        except (ValueError, DocGenError) as error:
            self._refuse(error)
            return None
        return content

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
            self.status.value = f'<p role="status">Saved as {escape(str(path))}.</p>'


def _history(source: Any) -> tuple[Any, pd.DataFrame | None, dict[str, str]]:
    """Return a ledger or a table of jobs, the messages of a table, and the names of templates."""
    if isinstance(source, Ledger):
        return source, None, template_names(source.file)
    if isinstance(source, pd.DataFrame):
        return source, None, {}
    jobs = load_jobs(source, output_times=True)
    templates = templates_frame(source.list_templates())
    names = dict(zip(templates["template_id"], templates["file_name"], strict=True))
    return jobs, load_failures(source), names


def _values(source: Any, column: str) -> list[str]:
    """Return the values of a column of a history."""
    if isinstance(source, Ledger):
        rows = source.file.all(_HISTORY.format(column, column))
        return [str(value) for (value,) in rows]
    return [] if column not in source else source[column].dropna().astype("str").unique().tolist()
