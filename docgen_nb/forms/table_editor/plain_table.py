"""The table as text, for where JavaScript modules are blocked: tabs between cells, a line a row."""

from collections.abc import Callable, Mapping
from html import escape
from typing import Any

import ipywidgets as widgets

from docgen_nb.forms.table_editor.cells import ABSENT, is_editable, summary_of, text_of
from docgen_nb.forms.table_editor.paste import matched, read_cells, written_cells
from docgen_nb.forms.table_editor.rows import Misplaced, Rows

NUMBER = "row"  # the column that says which row a line was, so that it keeps what is not shown
MOST_LINES = 20


class PlainTable:
    """A text area with the rows as a spreadsheet copies them, and the messages below it."""

    def __init__(self, rows: Rows, *, label: str, hear: Callable[[Any], None]) -> None:
        self._rows = rows
        self._hear = hear
        self._lines: list[str] = []
        self.notice = self._about_all = ""
        self._area = widgets.Textarea(
            description=label, rows=8, layout={"width": "auto"}, continuous_update=False
        )
        self._area.style.description_width = "initial"
        self._area.observe(self._on_text, "value")
        self._messages = widgets.HTML()
        self.widget = widgets.VBox([self._area, self._messages])
        self.draw()

    def draw(self) -> None:
        """Write the rows as text."""
        self._area.unobserve(self._on_text, "value")
        self._area.value = as_text(self._rows)
        self._area.observe(self._on_text, "value")

    def _on_text(self, change: Mapping[str, Any]) -> None:
        self._hear({"do": "write", "text": change["new"]})

    def show_messages(self, messages: Mapping[tuple[str, int], str], *, about_all: str) -> None:
        """List the messages: row, column, and what is wrong."""
        self._about_all = about_all
        positions = {key: number for number, key in enumerate(self._rows.keys, 1)}
        names = [field.name for field in self._rows.columns]
        found = sorted((positions[key], at, text) for (key, at), text in messages.items())
        self._lines = [f"Row {n}{_column(names, at)}: {text}" for n, at, text in found]
        self._show()

    def say(self, notice: str) -> None:
        """Show what was done, or why it was not."""
        self.notice = notice
        self._show()

    def _show(self) -> None:
        heads = filter(None, [self.notice, self._about_all])
        lines = [*heads, *self._lines[:MOST_LINES]]
        if len(self._lines) > MOST_LINES:
            lines.append(f"and {len(self._lines) - MOST_LINES} more")
        items = "".join(f"<li>{escape(line)}</li>" for line in lines)
        self._messages.value = f'<ul role="status">{items}</ul>' if items else ""


def _column(names: list[str], at: int) -> str:
    return f", {names[at]}" if at >= 0 else ""


def as_text(rows: Rows) -> str:
    """Return the rows as text: a line of names, then a line a row."""
    names = [field.name for field in rows.columns]
    lines = [
        [_text(rows, number, at) for at in range(len(names))] for number in range(len(rows.keys))
    ]
    if _hides_something(rows):
        names = [NUMBER, *names]
        lines = [[str(number), *line] for number, line in enumerate(lines, 1)]
    return written_cells([names, *lines]) + "\n"


def as_html(rows: Rows, *, label: str) -> str:
    """Return the first rows as a table of HTML, for where no widget is shown."""
    head = "".join(f'<th scope="col">{escape(field.name)}</th>' for field in rows.columns)
    shown = range(len(rows.keys))[:MOST_LINES]
    body = "".join(f"<tr>{_html_cells(rows, number)}</tr>" for number in shown)
    more = len(rows.keys) - len(shown)
    rest = f"<p>and {more} more {'row' if more == 1 else 'rows'}</p>" if more else ""
    caption = f"<caption>{escape(label)}</caption>"
    return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{rest}"


def _html_cells(rows: Rows, number: int) -> str:
    columns = range(len(rows.columns))
    return "".join(f"<td>{escape(_text(rows, number, at))}</td>" for at in columns)


def _text(rows: Rows, number: int, at: int) -> str:
    value = rows.cell(number, rows.columns[at])
    return text_of(value) if rows.is_editable(number, rows.columns[at]) else summary_of(value)


def _hides_something(rows: Rows) -> bool:
    """Whether a row holds what its line does not: nested data, or a key without a column."""
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
    """Take the rows from a text; Misplaced, and nothing changed, if it names other columns."""
    lines = read_cells(text)
    first = [name.strip() for name in lines[0]] if lines else []
    has_numbers = first[:1] == [NUMBER] and NUMBER not in {f.name for f in rows.columns}
    to = matched(first[has_numbers:], rows.columns)
    if not to or -1 in to:
        names = ", ".join(field.name for field in rows.columns)
        raise Misplaced(
            f"The first line must name columns of the table, separated by tabs: {names}."
        )
    taken = _taken(rows, lines[1:], has_numbers=has_numbers)
    rows.begin("typing")
    rows.keep([number for number, _ in taken])
    for position, (_, cells) in enumerate(taken):
        texts = [*cells, *[""] * len(to)]
        named = {rows.columns[at]: text for at, text in zip(to, texts, strict=False)}
        rows.put(position, {f: text for f, text in named.items() if rows.is_editable(position, f)})


def _taken(
    rows: Rows, lines: list[list[str]], *, has_numbers: bool
) -> list[tuple[int | None, list[str]]]:
    """Return which row each line was, or None for a new one, and its cells."""
    if not has_numbers:
        count = len(rows.keys)
        return [(n if n < count else None, line) for n, line in enumerate(lines)]
    taken, seen = [], set()
    for line in lines:
        number = _number(line[0], count=len(rows.keys))
        if number in seen:
            raise Misplaced(f"Two lines are row {line[0]}; leave the number of a new row empty.")
        seen.add(number if number is not None else object())
        taken.append((number, line[1:]))
    return taken


def _number(text: str, *, count: int) -> int | None:
    if not text.strip():
        return None
    if not text.strip().isdecimal() or not 1 <= int(text) <= count:
        raise Misplaced(f"There is no row {text!r:.40}; leave the number of a new row empty.")
    return int(text) - 1
