"""The table of jobs without a JavaScript module: the newest jobs as text, and one job's details."""

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

import ipywidgets as widgets

from docgen_nb.forms.error_display import trace_html
from docgen_nb.forms.panels.job_details import details_html
from docgen_nb.forms.panels.jobs_html import table_html
from docgen_nb.forms.widgets.rows_table import Message, Tool
from docgen_nb.forms.widgets.status_line import StatusLine


class PlainJobs:
    """Does for pages that block JavaScript modules what `RowsTable` does elsewhere."""

    def __init__(self, on_message: Callable[[Message], None]) -> None:
        self._on_message = on_message
        self._status, self._fault = StatusLine(), widgets.HTML()
        self._table, self._details = widgets.HTML(), widgets.HTML()
        self._refresh = widgets.Button(description="Refresh", tooltip="Read the jobs again")
        self._refresh.on_click(lambda _: on_message({"do": "tool", "name": "refresh"}))
        parts = [self._refresh, self._status.widget, self._fault, self._table, self._details]
        self.widget = widgets.VBox(parts)

    def show(self, texts: Mapping[str, Sequence[str]], _numbers: Any) -> None:
        """Show jobs, given as columns."""
        self._table.value = table_html(texts)

    def show_tools(self, tools: Sequence[Tool]) -> None:
        """Enable or disable the button."""
        self._refresh.disabled = any(tool.disabled for tool in tools)

    def show_head(self, *, note: str | None = "", fault: Any = "", **_: Any) -> None:
        """Show what is being done, or an error; None removes it."""
        if note != "":
            self._status.show(note or "")
        if fault != "":
            text, trace = fault or ("", "")
            self._fault.value = f"{escape(text)}{trace_html(trace)}" if text else ""

    def show_details(self, details: Any, *, to: Message, picture: bytes | None = None) -> None:
        """Show the details of a job."""
        self._details.value = details_html(details, picture)

    def open(self, key: str) -> None:
        """Open a job."""
        self._on_message({"do": "open", "key": key})

    def send(self, message: Message, _parts: Sequence[bytes]) -> None:
        """Do nothing: without a module the browser cannot be handed a file."""
