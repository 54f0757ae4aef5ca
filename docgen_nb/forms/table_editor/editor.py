"""TableEditor: a list of records, or of plain values, as a table to type and paste into."""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from docgen_nb.forms.display import Displayed, counted, first_lines
from docgen_nb.forms.error_display import wrap_callback
from docgen_nb.forms.table_editor import commands
from docgen_nb.forms.table_editor.grid import Grid
from docgen_nb.forms.table_editor.paste import (
    PendingPaste,
    check_assignment,
    insert_lines,
    paste,
)
from docgen_nb.forms.table_editor.plain_table import (
    MAX_LINES,
    PlainTable,
    as_html,
    as_text,
    write,
)
from docgen_nb.forms.table_editor.rows import InvalidEdit, OutOfSync, Rows
from docgen_nb.schema import Field

OUT_OF_SYNC = "The page was out of sync with Python. The table shows the current rows again."


class TableEditor(Displayed):
    """A table for the rows of one list in a ``user_input``.

    Rows can be typed, pasted from a spreadsheet, added, deleted and moved; the last 50 steps can
    be undone. Values that text cannot represent (lists, objects, pictures) are summarized in
    their cells and kept unchanged, as are keys without a column.

    Parameters
    ----------
    columns : sequence of Field
        One column for each, under its ``name``.
    label : str
        What the rows are, for people and for screen readers.
    rows : iterable
        The first rows: a dict for each, or plain values with `of_values`.
    of_values : bool
        Whether the list contains plain values: the table has one column, and a row is its value.
    plain : bool
        Use a text area with tabs between the cells, for pages that block JavaScript modules.

    Attributes
    ----------
    widget : widget
        The widget, to be shown or put into a box.

    Raises
    ------
    ValueError
        If there are no columns, two of one name, or more than one with `of_values`.

    Notes
    -----
    A cell shows its value as text, and its value is that of the text. The text that a cell showed
    first restores the exact value that it was made from, so that typing something and taking it
    back changes nothing. Emptying a cell removes the key.

    Examples
    --------
    >>> name = Field("name", "items.name", "text", True)
    >>> price = Field("price", "items.price", "number", True)
    >>> table = TableEditor([name, price], label="Items", rows=[{"name": "Ink", "price": 5.5}])
    >>> table
    <TableEditor: Items, 1 row>
    name	price
    Ink	5.5
    >>> table.value
    [{'name': 'Ink', 'price': 5.5}]
    """

    def __init__(
        self,
        columns: Sequence[Field],
        *,
        label: str,
        rows: Iterable[Any] = (),
        of_values: bool = False,
        plain: bool = False,
    ) -> None:
        _check_columns(columns, of_values=of_values)
        self._label = label
        self._rows = Rows(columns, of_values=of_values)
        self._rows.replace(rows)
        self._messages: dict[tuple[int | None, str], str] = {}
        self._pending_paste: PendingPaste | None = None
        self._callbacks: list[Callable[[], object]] = []
        self._lock = threading.RLock()  # callbacks may run in other threads than cells
        on_command = wrap_callback(
            self._on_command, show=lambda text, _trace: self._view.show_notice(text)
        )
        view = PlainTable if plain else Grid
        self._view: PlainTable | Grid = view(self._rows, label=label, on_command=on_command)
        self.widget = self._view.widget
        self._show_messages()

    @classmethod
    def of(
        cls, field: Field, *, label: str = "", rows: Iterable[Any] = (), plain: bool = False
    ) -> "TableEditor":
        """Return a table for a field of kind ``records`` or ``list``; ValueError for others."""
        if field.kind == "records":
            return cls(field.fields, label=label or field.path, rows=rows, plain=plain)
        if field.kind == "list":
            element = field.fields[0] if field.fields else replace(field, kind="text")
            column = replace(element, name=field.name)
            return cls([column], label=label or field.path, rows=rows, of_values=True, plain=plain)
        raise ValueError(
            f"A table needs a field of kind 'records' or 'list'; {field.path!r} is {field.kind!r}."
        )

    @property
    def value(self) -> list[Any]:
        """The rows, each a new dict (or a plain value). Setting it redraws the table."""
        with self._lock:
            rows = list(self._rows.values)
        return [dict(row) if isinstance(row, Mapping) else row for row in rows]

    @value.setter
    def value(self, rows: Iterable[Any]) -> None:
        with self._lock:
            if self._rows.replace(rows):
                self._view.draw()
                self._show_messages()

    @property
    def messages(self) -> dict[tuple[int, str], str]:
        """Error messages for typed text, by position of the row and name of the column."""
        with self._lock:
            positions = {key: position for position, key in enumerate(self._rows.keys)}
            unreadable = dict(self._rows.unreadable)
        return {
            (positions[key], name): text
            for (key, name), text in unreadable.items()
            if key in positions
        }

    def on_change(self, callback: Callable[[], object]) -> None:
        """Call `callback`, without arguments, after each change that a person makes.

        The call may come from another thread. Errors that it raises are shown below the table.
        """
        self._callbacks.append(callback)

    def show_messages(self, messages: Mapping[tuple[int | None, str], str]) -> None:
        """Show these messages and no others, by position of the row and name of the column.

        A name without a column stands for the whole row, the row None for the whole table. Error
        messages for typed text come first.
        """
        with self._lock:
            self._messages = dict(messages)
            self._show_messages()

    def close(self) -> None:
        """Close the widgets of the table."""
        self._callbacks.clear()
        super().close()

    def __repr__(self) -> str:
        head = f"<TableEditor: {self._label}, {counted(len(self._rows.keys), 'row')}>"
        return "\n".join([head, *first_lines(as_text(self._rows).splitlines(), MAX_LINES)])

    def _repr_html_(self) -> str:
        return as_html(self._rows, label=self._label)

    # Commands

    def _on_command(self, content: Any) -> None:
        with self._lock:
            try:
                is_changed = self._apply(content)
            except InvalidEdit as error:
                self._view.show_notice(str(error))
                return
            except OutOfSync:
                self._view.show_notice(OUT_OF_SYNC)
                self._view.draw()
                return
            self._show_messages()
        if is_changed:
            for callback in list(self._callbacks):
                callback()

    def _apply(self, content: Any) -> bool:
        """Apply a command; return whether it changed the rows."""
        match commands.read_command(content, columns=len(self._rows.columns)):
            case commands.Type(key, column, text):
                self._rows.type(key, column, text)
            case commands.Add(key, after):
                self._rows.add(key, after=after)
            case commands.Delete(keys):
                self._rows.delete(keys)
            case commands.Move(keys, after):
                self._rows.move(keys, after=after)
            case commands.Write(text) if isinstance(self._view, PlainTable):
                write(self._rows, text)
            case command:
                return self._apply_and_draw(command)
        self._view.show_notice("")
        return True

    def _apply_and_draw(self, command: commands.Command) -> bool:
        """Apply a command whose result the browser does not know."""
        match command:
            case commands.Undo():
                self._rows.undo()
            case commands.Paste(key, column, text):
                return self._paste(key, column, text)
            case commands.Insert(to, has_header):
                self._insert_pending(to, skip_header=has_header)
            case commands.Dismiss():
                self._set_pending_paste(None)
                return False
            case _:
                raise OutOfSync("Only the plain table is written as text.")
        self._view.draw()
        return True

    def _paste(self, key: str | None, column: int, text: str) -> bool:
        result = paste(self._rows, text, key=key, column=column)
        if isinstance(result, PendingPaste):
            self._set_pending_paste(result)
            return False
        self._view.show_notice(result)
        self._view.draw()
        return True

    def _insert_pending(self, to: list[int], *, skip_header: bool) -> None:
        """Insert the pending paste, with the columns that a person has assigned."""
        if self._pending_paste is None:
            raise OutOfSync("There is no pasted text to insert.")
        pending, count = self._pending_paste, len(self._rows.columns)
        check_assignment(to, width=pending.width, columns=count)
        after = pending.after if pending.after in self._rows.keys else None
        if after is None and self._rows.keys:
            after = self._rows.keys[-1]  # its row was deleted in the meantime
        lines = pending.lines[skip_header:]
        notice = insert_lines(self._rows, lines, to=to, after=after)
        self._set_pending_paste(None)
        self._view.show_notice(notice)

    # Display

    def _set_pending_paste(self, pending: PendingPaste | None) -> None:
        self._pending_paste = pending
        if isinstance(self._view, Grid):
            self._view.pending_paste = pending and pending.for_browser(self._rows.columns)
        if pending:
            self._view.show_notice(pending.message)

    def _show_messages(self) -> None:
        keys = self._rows.keys
        numbers = {field.name: number for number, field in enumerate(self._rows.columns)}
        at_cells: dict[tuple[str, int], str] = {}
        for (position, name), text in self._messages.items():
            if text and position is not None and 0 <= position < len(keys):
                at_cells[keys[position], numbers.get(name, -1)] = text
        present = set(keys)
        for (key, name), text in self._rows.unreadable.items():
            if key in present:
                at_cells[key, numbers[name]] = text
        of_table = [text for (position, _), text in self._messages.items() if position is None]
        self._view.show_messages(at_cells, table_message=" ".join(of_table))


def _check_columns(columns: Sequence[Field], *, of_values: bool) -> None:
    names = [field.name for field in columns]
    if not names or len(set(names)) != len(names):
        raise ValueError("A table needs at least one column, and each name only once.")
    if of_values and len(names) > 1:
        raise ValueError(f"A table of plain values has one column, not {len(names)}.")
