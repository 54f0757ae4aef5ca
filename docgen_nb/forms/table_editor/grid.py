"""The table in the browser: one widget model for any number of rows."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import traitlets

from docgen_nb.forms.data_paths import ABSENT, label_of
from docgen_nb.forms.table_editor.cells import (
    TYPED,
    cell_for_browser,
    hint,
    numbers_meant,
    summary_of,
)
from docgen_nb.forms.table_editor.rows import Rows
from docgen_nb.forms.widgets.browser_widget import BrowserWidget, module_of, style_of
from docgen_nb.schema import Field

FOLDER = Path(__file__).parent
Messages = Mapping[tuple[str, int], str]  # by key of the row and number of the column, -1: the row


def _rows_to_json(_: Any, grid: "Grid") -> dict[str, Any]:
    return {"revision": grid.next_revision(), "rows": grid.rows_for_browser()}


def _messages_to_json(_: Any, grid: "Grid") -> list[list[Any]]:
    return [grid.message_for_browser(*place) for place in grid.messages]


class Grid(BrowserWidget):
    """The widget of a table: sends all rows when they are replaced, and else only changes.

    ``rows_sent`` and ``messages_sent`` hold no values. Their content is computed when the state
    is requested, so that a page that is loaded later gets the current table.
    """

    _esm = module_of(FOLDER / "table_editor.js")
    _css = style_of(FOLDER / "table_editor.css")
    label = traitlets.Unicode().tag(sync=True)
    columns: Any = traitlets.List().tag(sync=True)
    rows_sent = traitlets.Any().tag(sync=True, to_json=_rows_to_json)
    messages_sent = traitlets.Any().tag(sync=True, to_json=_messages_to_json)
    table_message = traitlets.Unicode().tag(sync=True)
    undo_name = traitlets.Unicode().tag(sync=True)
    notice = traitlets.Unicode().tag(sync=True)
    pending_paste: Any = traitlets.Dict(allow_none=True, default_value=None).tag(sync=True)

    def __init__(self, rows: Rows, *, label: str, on_command: Callable[[Any], None]) -> None:
        self._rows = rows
        self._revision = 0
        self.messages: Messages = {}
        columns = [
            {
                "name": label_of(field.name),
                "path": field.path,
                "hint": hint(field),
                "nested": _summary_in_new_row(field),
            }
            for field in rows.columns
        ]
        super().__init__(label=label, columns=columns)
        self.on_msg(lambda _widget, content, _buffers: on_command(content))

    def next_revision(self) -> int:
        """Return a new number, without which the browser would ignore rows equal to the last."""
        self._revision += 1
        return self._revision

    def rows_for_browser(self) -> list[list[Any]]:
        """Return each row as its key and its cells."""
        rows = self._rows
        return [
            [key, [cell_for_browser(field, rows.cell(position, field)) for field in rows.columns]]
            for position, key in enumerate(rows.keys)
        ]

    def message_for_browser(self, key: str, column: int) -> list[Any]:
        """Return the place and the text of a message, and texts that its cell may mean."""
        return [key, column, self.messages[key, column], self._offers(key, column)]

    def _offers(self, key: str, column: int) -> list[str]:
        if column < 0 or key not in self._rows.keys:
            return []
        field = self._rows.columns[column]
        return numbers_meant(field, self._rows.cell(self._rows.position(key), field))

    @property
    def widget(self) -> "Grid":
        """The widget to show: this one."""
        return self

    def draw(self) -> None:
        """Send all rows."""
        self.send_state("rows_sent")

    def show_notice(self, notice: str) -> None:
        """Show the result of an edit."""
        self.notice = notice

    def show_messages(self, messages: Messages, *, table_message: str) -> None:
        """Send the messages that have changed, and what can be undone now."""
        self.table_message, self.undo_name = table_message, self._rows.undo_name
        before, self.messages = self.messages, messages
        new = [
            self.message_for_browser(*place)
            for place, text in messages.items()
            if before.get(place) != text or self._offers(*place)
        ]
        removed = [list(place) for place in before if place not in messages]
        if new or removed:
            self.send({"type": "messages", "new": new, "removed": removed})


def _summary_in_new_row(field: Field) -> str:
    return "" if field.kind in TYPED else summary_of(ABSENT)
