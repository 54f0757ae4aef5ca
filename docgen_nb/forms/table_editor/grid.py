"""The table in the browser: one widget model, however many rows there are."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import traitlets
from anywidget import AnyWidget

from docgen_nb.forms.table_editor.cells import ABSENT, TYPED, hint, summary_of, wire_cell
from docgen_nb.forms.table_editor.rows import Rows
from docgen_nb.schema import Field

HERE = Path(__file__).parent
Messages = Mapping[tuple[str, int], str]  # by key of the row and number of the column, -1: the row


def _rows_on_wire(_: Any, grid: "Grid") -> dict[str, Any]:
    return {"revision": grid.next_revision(), "rows": grid.rows_on_wire()}


def _messages_on_wire(_: Any, grid: "Grid") -> list[list[Any]]:
    return [[key, column, text] for (key, column), text in grid.messages.items()]


class Grid(AnyWidget):
    """Sends the rows as a whole when they are new, else only what has changed.

    ``rows_sent`` and ``messages_sent`` hold no values: what is sent under these names is made when
    it is asked for, so that a page that is loaded again gets the table as it is by then.
    """

    _esm = HERE / "table_editor.js"
    _css = HERE / "table_editor.css"
    label = traitlets.Unicode().tag(sync=True)
    columns: Any = traitlets.List().tag(sync=True)
    rows_sent = traitlets.Any().tag(sync=True, to_json=_rows_on_wire)
    messages_sent = traitlets.Any().tag(sync=True, to_json=_messages_on_wire)
    about_all = traitlets.Unicode().tag(sync=True)
    undo = traitlets.Unicode().tag(sync=True)
    notice = traitlets.Unicode().tag(sync=True)
    offer: Any = traitlets.Dict(allow_none=True, default_value=None).tag(sync=True)

    def __init__(self, rows: Rows, *, label: str, hear: Callable[[Any], None]) -> None:
        self._rows = rows
        self._revision = 0
        self.messages: Messages = {}
        columns = [
            {"name": field.name, "hint": hint(field), "nested": _summary_in_new_row(field)}
            for field in rows.columns
        ]
        super().__init__(label=label, columns=columns)
        self.on_msg(lambda _widget, content, _buffers: hear(content))

    def next_revision(self) -> int:
        """Return a new number: the browser takes equal rows for no change."""
        self._revision += 1
        return self._revision

    def rows_on_wire(self) -> list[list[Any]]:
        """Return each row as its key and its cells."""
        rows = self._rows
        return [
            [key, [wire_cell(field, rows.cell(position, field)) for field in rows.columns]]
            for position, key in enumerate(rows.keys)
        ]

    @property
    def widget(self) -> "Grid":
        """The widget to show: this one."""
        return self

    def draw(self) -> None:
        """Send all rows."""
        self.send_state("rows_sent")

    def say(self, notice: str) -> None:
        """Show what was done, or why it was not."""
        self.notice = notice

    def show_messages(self, messages: Messages, *, about_all: str) -> None:
        """Send what differs from the messages sent before, and what can be undone now."""
        self.about_all, self.undo = about_all, self._rows.can_undo
        before, self.messages = self.messages, messages
        new = [[*place, text] for place, text in messages.items() if before.get(place) != text]
        gone = [list(place) for place in before if place not in messages]
        if new or gone:
            self.send({"type": "messages", "new": new, "gone": gone})


def _summary_in_new_row(field: Field) -> str:
    return "" if field.kind in TYPED else summary_of(ABSENT)
