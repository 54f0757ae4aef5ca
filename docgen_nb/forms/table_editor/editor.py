"""TableEditor: a list of records, or of values, as a table to type and paste into."""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from docgen_nb.forms.display import shown_as
from docgen_nb.forms.error_display import guarded
from docgen_nb.forms.table_editor.cells import Read
from docgen_nb.forms.table_editor.commands import carry_out, checked_column, checked_text
from docgen_nb.forms.table_editor.grid import Grid
from docgen_nb.forms.table_editor.paste import Offer, checked_places, paste, place
from docgen_nb.forms.table_editor.plain_table import MOST_LINES, PlainTable, as_html, as_text, write
from docgen_nb.forms.table_editor.rows import Lost, Misplaced, Rows
from docgen_nb.forms.widgets.inputs import close_tree
from docgen_nb.request import value_of
from docgen_nb.schema import Field

OUT_OF_STEP = "The page and Python had lost step; the table shows the rows as Python has them."


class TableEditor:
    """A table for the rows of one list in a ``user_input``.

    Rows are typed or pasted from a spreadsheet, added, deleted and moved; the last 50 steps can be
    taken back. What a text cannot stand for (lists, objects, pictures) is summed up in its cell
    and kept as it is, as is every key that has no column.

    Parameters
    ----------
    columns : sequence of Field
        A column for each, in this order, under its ``name``.
    label : str
        What the rows are, for people and for screen readers.
    rows : iterable
        Where it begins: a dict per row, or plain values with `of_values`.
    of_values : bool
        The list holds plain values: there is one column, and a row is its value.
    read : callable
        Makes a value of what was typed for a field, and says what is wrong with it; a text that
        is no number stays a text.
    plain : bool
        A text area with tabs between the cells, for where JavaScript modules are blocked.

    Attributes
    ----------
    widget : widget
        To be shown or put into a box.

    Raises
    ------
    ValueError
        If there are no columns, two of one name, or more than one with `of_values`.

    Notes
    -----
    A cell shows its value as text. Its value is that of the text which it shows, but a text that
    was there before any typing gives back the very value that it stood for, so that to type and
    to take it back changes nothing. An emptied cell is a key less.

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
        read: Read = value_of,
        plain: bool = False,
    ) -> None:
        _check_columns(columns, of_values=of_values)
        self._label = label
        self._rows = Rows(columns, of_values=of_values, read=read)
        self._rows.replace(rows)
        self._said: dict[tuple[int | None, str], str] = {}
        self._offer: Offer | None = None
        self._hearers: list[Callable[[], object]] = []
        self._lock = threading.RLock()  # callbacks may come on another thread than the cells'
        kind = PlainTable if plain else Grid
        self._view = kind(self._rows, label=label, hear=guarded(self._hear, show=self._show_fault))
        self.widget = self._view.widget
        self._show_messages()

    @classmethod
    def of(
        cls, field: Field, *, label: str = "", rows: Iterable[Any] = (), plain: bool = False
    ) -> "TableEditor":
        """Return the table for a field of kind ``records`` or ``list``; ValueError for another."""
        if field.kind == "records":
            return cls(field.fields, label=label or field.path, rows=rows, plain=plain)
        if field.kind == "list":
            element = field.fields[0] if field.fields else replace(field, kind="text")
            column = replace(element, name=field.name)
            return cls([column], label=label or field.path, rows=rows, of_values=True, plain=plain)
        raise ValueError(
            f"{field.path!r} is of kind {field.kind!r}; a table takes records or list."
        )

    @property
    def value(self) -> list[Any]:
        """The rows, each a dict of its own (or a plain value). Setting it redraws the table."""
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
        """What was typed and cannot be what its column holds, by row and name of the column."""
        with self._lock:
            positions = self._positions()
            found = dict(self._rows.unreadable)
        return {
            (positions[key], name): text for (key, name), text in found.items() if key in positions
        }

    def on_change(self, act: Callable[[], object]) -> None:
        """Call `act`, without arguments, after each change that a person makes.

        The call may come on another thread; what it raises is shown below the table.
        """
        self._hearers.append(act)

    def say(self, messages: Mapping[tuple[int | None, str], str]) -> None:
        """Show messages at their cells, by row and name of the column, and no others.

        A name that no column has stands for the whole row, the row None for the whole table.
        What the table itself cannot read comes first.
        """
        with self._lock:
            self._said = dict(messages)
            self._show_messages()

    def close(self) -> None:
        """Close the widgets of the table."""
        self._hearers.clear()
        close_tree(self.widget)

    def __repr__(self) -> str:
        count = len(self._rows.keys)
        head = f"<TableEditor: {self._label}, {count} {'row' if count == 1 else 'rows'}>"
        lines = as_text(self._rows).splitlines()
        more = [f"and {len(lines) - MOST_LINES} more lines"] if len(lines) > MOST_LINES else []
        return "\n".join([head, *lines[:MOST_LINES], *more])

    def _repr_html_(self) -> str:
        return as_html(self._rows, label=self._label)

    def _repr_mimebundle_(self, **options: Any) -> Any:
        return shown_as(self, **options)

    # What a person does

    def _hear(self, order: Any) -> None:
        with self._lock:
            try:
                is_changed = self._act(order)
            except Misplaced as fault:
                self._view.say(str(fault))
                return
            except Lost:
                self._view.say(OUT_OF_STEP)
                self._view.draw()
                return
            self._show_messages()
        if is_changed:
            for act in list(self._hearers):
                act()

    def _act(self, order: Any) -> bool:
        """Carry out what the browser asks for; whether that changed the rows."""
        match order:
            case {"do": "undo"}:
                self._rows.undo()
            case {"do": "paste", "row": key, "column": column, "text": text}:
                return self._paste(key, checked_column(self._rows, column), checked_text(text))
            case {"do": "place", "to": to, "has_header": has_header}:
                self._place(to, skip=has_header is True)
            case {"do": "dismiss"}:
                self._show_offer(None)
                return False
            case {"do": "write", "text": text} if isinstance(self._view, PlainTable):
                write(self._rows, checked_text(text))
                self._view.say("")
                return True
            case _:
                carry_out(self._rows, order)
                self._view.say("")
                return True
        self._view.draw()
        return True

    def _paste(self, key: Any, column: int, text: str) -> bool:
        found = paste(self._rows, text, key=key, column=column)
        if isinstance(found, Offer):
            self._show_offer(found)
            return False
        self._view.say(found)
        self._view.draw()
        return True

    def _place(self, to: Any, *, skip: bool) -> None:
        """Put the text that is kept where a person wants its columns."""
        if self._offer is None:
            raise Lost("There is no pasted text any more.")
        offer, count = self._offer, len(self._rows.columns)
        places = checked_places(to, width=offer.width, columns=count)
        after = offer.after if offer.after in self._rows.keys else None
        if after is None and self._rows.keys:
            after = self._rows.keys[-1]  # its row was deleted meanwhile
        self._view.say(place(self._rows, offer.lines[skip:], to=places, after=after))
        self._show_offer(None)

    # What is shown

    def _show_offer(self, offer: Offer | None) -> None:
        self._offer = offer
        if isinstance(self._view, Grid):
            self._view.offer = offer.as_wire(self._rows.columns) if offer else None
            self._view.say(offer.message if offer else self._view.notice)

    def _show_fault(self, text: str, _trace: str) -> None:
        self._view.say(text)

    def _positions(self) -> dict[str, int]:
        return {key: position for position, key in enumerate(self._rows.keys)}

    def _show_messages(self) -> None:
        keys = self._rows.keys
        numbers = {field.name: at for at, field in enumerate(self._rows.columns)}
        found: dict[tuple[str, int], str] = {}
        for (position, name), text in self._said.items():
            if position is not None and 0 <= position < len(keys):
                found[keys[position], numbers.get(name, -1)] = text
        found = {place: text for place, text in found.items() if text}
        alive = set(keys)
        for (key, name), text in self._rows.unreadable.items():
            if key in alive:
                found[key, numbers[name]] = text
        about_all = [text for (position, _), text in self._said.items() if position is None]
        self._view.show_messages(found, about_all=" ".join(about_all))


def _check_columns(columns: Sequence[Field], *, of_values: bool) -> None:
    names = [field.name for field in columns]
    if not names or len(set(names)) != len(names):
        raise ValueError("A table needs one column at least, and names that differ.")
    if of_values and len(names) > 1:
        raise ValueError(f"Plain values have one column, not {len(names)}.")
