"""The table as text, for pages that block JavaScript modules: a line a row, tabs between cells."""

from collections import Counter
from collections.abc import Callable, Mapping
from html import escape
from typing import Any

import ipywidgets as widgets

from docgen_nb.forms.data_paths import ABSENT, text_of
from docgen_nb.forms.display import counted, first_lines
from docgen_nb.forms.table_editor.cells import is_editable, summary_of
from docgen_nb.forms.table_editor.paste import match_columns, read_cells, written_cells
from docgen_nb.forms.table_editor.rows import InvalidEdit, Rows
from docgen_nb.forms.widgets.layout import text_area

NUMBER = "row"  # a column with the number that a row had, for rows with hidden content
MAX_LINES = 20
NEW_ROW = "Leave the number of a new row empty."


class PlainTable:
    """A text area with the rows as a spreadsheet copies them, and the messages below it."""

    def __init__(self, rows: Rows, *, label: str, on_command: Callable[[Any], None]) -> None:
        self._rows = rows
        self._on_command = on_command
        self._lines: list[str] = []
        self.notice = self._table_message = ""
        self._area = text_area(label=label, rows=8, continuous_update=False)
        self._area.observe(self._on_text, "value")
        self._messages = widgets.HTML()
        self.widget = widgets.VBox([self._area, self._messages])
        self.draw()

    def draw(self) -> None:
        """Show the rows as text."""
        self._area.unobserve(self._on_text, "value")
        self._area.value = as_text(self._rows)
        self._area.observe(self._on_text, "value")

    def _on_text(self, change: Mapping[str, Any]) -> None:
        self._on_command({"action": "write", "text": change["new"]})

    def show_messages(self, messages: Mapping[tuple[str, int], str], *, table_message: str) -> None:
        """List the messages with their rows and columns."""
        self._table_message = table_message
        positions = {key: number for number, key in enumerate(self._rows.keys, 1)}
        names = [field.name for field in self._rows.columns]
        ordered = sorted((positions[key], at, text) for (key, at), text in messages.items())
        self._lines = [
            f"Row {number}{f', {names[at]}' if at >= 0 else ''}: {text}"
            for number, at, text in ordered
        ]
        self._draw_messages()

    def show_notice(self, notice: str) -> None:
        """Show the result of an edit."""
        self.notice = notice
        self._draw_messages()

    def _draw_messages(self) -> None:
        above = filter(None, [self.notice, self._table_message])
        lines = [*above, *first_lines(self._lines, MAX_LINES)]
        items = "".join(f"<li>{escape(line)}</li>" for line in lines)
        self._messages.value = f'<ul role="status">{items}</ul>' if items else ""


def as_text(rows: Rows) -> str:
    """Return the rows as text: a line of names, then a line for each row."""
    names = [field.name for field in rows.columns]
    lines = [_texts(rows, position) for position in range(len(rows.keys))]
    if _has_hidden_content(rows):
        names = [NUMBER, *names]
        lines = [[str(number), *line] for number, line in enumerate(lines, 1)]
    return written_cells([names, *lines]) + "\n"


def as_html(rows: Rows, *, label: str) -> str:
    """Return the first rows as an HTML table, for front ends without widgets."""
    head = "".join(f'<th scope="col">{escape(field.name)}</th>' for field in rows.columns)
    shown = range(len(rows.keys))[:MAX_LINES]
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(text)}</td>' for text in _texts(rows, position))}</tr>"
        for position in shown
    )
    more = len(rows.keys) - len(shown)
    rest = f"<p>and {counted(more, 'more row')}</p>" if more else ""
    caption = f"<caption>{escape(label)}</caption>"
    return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{rest}"


def _texts(rows: Rows, position: int) -> list[str]:
    values = [(field, rows.cell(position, field)) for field in rows.columns]
    return [
        text_of(value) if rows.is_editable(position, field) else summary_of(value)
        for field, value in values
    ]


def _has_hidden_content(rows: Rows) -> bool:
    """Return whether a row has content that its line lacks: nested data, or other keys."""
    if rows.of_values:
        return not all(is_editable(rows.columns[0], value) for value in rows.values)
    names = {field.name for field in rows.columns}
    return any(
        not isinstance(row, Mapping)
        or not names.issuperset(row)
        or any(not rows.is_editable(at, f) and rows.cell(at, f) is not ABSENT for f in rows.columns)
        for at, row in enumerate(rows.values)
    )


def write(rows: Rows, text: str) -> None:
    """Set the rows from text; InvalidEdit, and no change, if the text names other columns."""
    lines = read_cells(text)
    header = [name.strip() for name in lines[0]] if lines else []
    has_numbers = header[:1] == [NUMBER] and NUMBER not in {f.name for f in rows.columns}
    to = match_columns(header[has_numbers:], rows.columns)
    if not to or -1 in to:
        names = ", ".join(field.name for field in rows.columns)
        raise InvalidEdit(f"Put column names in the first line, separated by tabs: {names}.")
    numbered = _numbered(rows, lines[1:], has_numbers=has_numbers)
    rows.begin_step("typing")
    rows.arrange([position for position, _ in numbered])
    for position, (_, cells) in enumerate(numbered):
        texts = [*cells, *[""] * len(to)]
        named = {rows.columns[at]: text for at, text in zip(to, texts, strict=False)}
        rows.put(position, {f: text for f, text in named.items() if rows.is_editable(position, f)})


def _numbered(
    rows: Rows, lines: list[list[str]], *, has_numbers: bool
) -> list[tuple[int | None, list[str]]]:
    """Return the cells of each line with the position that its row had, None for a new row."""
    count = len(rows.keys)
    if not has_numbers:
        return [(n if n < count else None, line) for n, line in enumerate(lines)]
    numbered = [(_position(line[0], count=count), line) for line in lines]
    uses = Counter(position for position, _ in numbered if position is not None)
    for position, times in uses.items():
        if times > 1:
            raise InvalidEdit(f"Row {position + 1} appears {times} times. {NEW_ROW}")
    return [(position, line[1:]) for position, line in numbered]


def _position(text: str, *, count: int) -> int | None:
    if not text.strip():
        return None
    if not text.strip().isdecimal() or not 1 <= int(text) <= count:
        raise InvalidEdit(f"There is no row {text!r:.40}. {NEW_ROW}")
    return int(text) - 1
