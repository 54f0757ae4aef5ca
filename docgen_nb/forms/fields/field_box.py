"""The inputs for the data that a template needs: one for each value, tables for lists."""

import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Any

import ipywidgets as widgets

from docgen_nb import exact_json, wire
from docgen_nb.forms.data_paths import ABSENT, label_of, text_of, title_of, value_at
from docgen_nb.forms.display import close_tree, counted
from docgen_nb.forms.fields.field_list import FieldList
from docgen_nb.forms.fields.image import ImageField
from docgen_nb.forms.fields.inputs import OnChange, SharedStyles, TextInput, YesNo
from docgen_nb.forms.fields.typed_text import TypedText
from docgen_nb.forms.table_editor import TableEditor
from docgen_nb.schema import Field

Group = tuple[str, str, list[Field]]  # path, title, and fields in it


class FieldBox:
    """An input for each field of a template, in groups.

    `on_change` is called with the path and the value, `on_leave` with the path of an input that a
    person has left. Values that no input can represent (an object in a text field, a list in text)
    are shown and kept unchanged.
    """

    def __init__(
        self,
        on_change: OnChange,
        *,
        on_leave: Callable[[str], object],
        styles: SharedStyles,
        plain: bool,
    ) -> None:
        self._change, self._on_leave = on_change, on_leave
        self._styles, self._plain = styles, plain
        self._forget()
        self._folded: list[str] = []
        self._lock = threading.RLock()  # tags may arrive while data is set
        self.widget = widgets.VBox().add_class("docgen-fields")

    def _forget(self) -> None:
        self._inputs: dict[str, Any] = {}
        self._lists: list[FieldList] = []
        self._boxes: dict[str, Any] = {}  # by path, what no list holds
        self._plain_titles: list[tuple[Any, list[str]]] = []  # with the paths below
        self._hidden: set[str] = set()
        self._places: dict[str, str] = {}  # classes by which the page finds inputs
        self._group_of: dict[str, str] = {}

    @property
    def paths(self) -> list[str]:
        """The paths that have an input."""
        return list(self._inputs)

    @property
    def unreadable(self) -> dict[str, str]:
        """Error messages for typed text, by path."""
        messages = ((path, _message(one)) for path, one in self._inputs.items())
        return {path: message for path, message in messages if message}

    def kind_of(self, path: str) -> str:
        """Return the kind of the field of an input."""
        one = self._inputs[path]
        typed = getattr(one, "typed", one)
        return str(typed.field.kind if hasattr(typed, "field") else "value")

    def asks(self, path: str) -> bool:
        """Return whether the message of an input is a question."""
        typed = getattr(self._inputs[path], "typed", self._inputs[path])
        return bool(hasattr(typed, "understood") and typed.understood.choices)

    def draw(
        self,
        fields: Sequence[Field],
        user_input: Mapping[str, Any],
        *,
        common: Mapping[str, Any] | None = None,
    ) -> None:
        """Replace all inputs by inputs for other fields or other data.

        `common` has the values of empty fields that are the same in all documents.
        """
        with self._lock:
            former = self.widget.children
            self._forget()
            groups = _named_once(list(_groups(fields)))
            flat = [field for _, _, inner in groups for field in inner]
            self._places = {field.path: f"docgen-field-{n}" for n, field in enumerate(flat)}
            self.widget.children = list(self._parts(groups, user_input, common or {}))
            self._fold()
            close_tree(*former)

    def _parts(
        self,
        groups: Iterable[Group],
        user_input: Mapping[str, Any],
        common: Mapping[str, Any],
    ) -> Iterator[Any]:
        """Yield the boxes of tables and pictures, and lists of the fields between them."""
        pending: list[tuple[str, str, list[tuple[Field, Any]]]] = []
        for path, title, fields in groups:
            pending.append((path, title, []))
            for field in fields:
                value = value_at(user_input, field.path)
                if field.kind == "image" and value is ABSENT:
                    value = value_at(common, field.path)
                self._group_of[field.path] = path
                own = self._box_of(field, value)
                if own is None:
                    pending[-1][2].append((field, value))
                    continue
                yield from self._list_of(pending, common)
                pending = [(path, "", [])]
                self._inputs[field.path] = own
                box = widgets.VBox(own.widgets).add_class(self._places[field.path])
                self._boxes[field.path] = box
                yield box.add_class("docgen-own-field")
        yield from self._list_of(pending, common)

    def _list_of(
        self,
        groups: Sequence[tuple[str, str, list[tuple[Field, Any]]]],
        common: Mapping[str, Any],
    ) -> Iterator[Any]:
        shown = [(path, title, fields) for path, title, fields in groups if title or fields]
        if not shown:
            return
        if self._plain:
            for _, title, fields in shown:
                yield from self._plain_inputs(title, fields)
            return
        paths = [field.path for _, _, inner in shown for field, _ in inner]
        same = {path: text_of(value_at(common, path)) for path in paths}
        fields_list = FieldList(
            shown,
            on_change=self._change,
            on_leave=self._on_leave,
            on_fold=self._toggle,
            same={path: text for path, text in same.items() if text},
            places=self._places,
        )
        self._lists.append(fields_list)
        self._inputs.update(fields_list.inputs)
        yield fields_list.widget

    def _plain_inputs(self, title: str, fields: Iterable[tuple[Field, Any]]) -> Iterator[Any]:
        fields = list(fields)
        if title:
            heading = widgets.HTML(f"<strong>{escape(title)}</strong>")
            self._plain_titles.append((heading, [field.path for field, _ in fields]))
            yield heading
        for field, value in fields:
            is_choice = field.kind == "boolean" and (value is ABSENT or isinstance(value, bool))
            kind = YesNo if is_choice else TextInput
            one = kind(field, value, styles=self._styles, on_change=self._on_change)
            one.control.add_class(self._places[field.path])
            self._inputs[field.path] = one
            yield from one.widgets

    def _box_of(self, field: Field, value: Any) -> Any:
        """Return the table or the picture of a field; None for what a list of fields holds."""
        if field.kind in ("records", "list") and _is_list_of_rows(value, field.kind):
            return _Table(field, value, on_change=self._on_change, plain=self._plain)
        if field.kind == "image" and (value is ABSENT or value is None or isinstance(value, str)):
            return _Picture(field, value, on_change=self._on_change, plain=self._plain)
        return None

    def _on_change(self, path: str, value: Any) -> None:
        """Take a change of an input that does not say when a person leaves it."""
        self._on_leave(path)
        self._change(path, value)

    def _toggle(self, group: str) -> None:
        was_folded = group in self._folded
        self._folded = [one for one in self._folded if one != group]
        self._folded += [] if was_folded else [group]
        self._fold()

    def _fold(self) -> None:
        for one in self._lists:
            one.fold(self._folded)
        for path, box in self._boxes.items():
            is_folded = self._group_of[path] in self._folded
            box.layout.display = "none" if is_folded or path in self._hidden else None

    def show_only(self, paths: Collection[str]) -> None:
        """Show the inputs of these paths and hide the others; none is drawn anew."""
        with self._lock:
            self._hidden = self._inputs.keys() - set(paths)
            for one in self._lists:
                one.hide(self._hidden)
            for path, one in self._inputs.items():
                if isinstance(one, TextInput | YesNo):
                    one.hide(path in self._hidden)
            for heading, inner in self._plain_titles:
                heading.layout.display = "none" if self._hidden.issuperset(inner) else None
            self._fold()

    def unfold(self, path: str) -> None:
        """Unfold the group of an input."""
        if self._group_of.get(path) in self._folded:
            self._toggle(self._group_of[path])

    def show_messages(
        self, messages: Mapping[str, str], *, in_tables: Mapping[str, Mapping[str, str]]
    ) -> None:
        """Show messages at their inputs, by path, and none at the other inputs.

        `in_tables` has messages for the empty cells of columns, by the path of the table and the
        name of the column.
        """
        with self._lock:
            badges = self._badges(messages, in_tables)
            for one in self._lists:
                one.show(messages, badges)
            for path, one in self._inputs.items():
                if isinstance(one, _Table):
                    one.show_messages(messages.get(path, ""), in_tables.get(path, {}))
                elif hasattr(one, "show_message"):
                    one.show_message(messages.get(path, ""))

    def _badges(
        self, messages: Mapping[str, str], in_tables: Mapping[str, Mapping[str, str]]
    ) -> dict[str, str]:
        """Return for each group how many problems it has, and how many rows."""
        counts = Counter(self._group_of[path] for path in messages if path in self._group_of)
        for path, columns in in_tables.items():
            counts[self._group_of[path]] += len(columns)
        texts = {path: [counted(count, "problem")] for path, count in counts.items()}
        for path, one in self._inputs.items():
            if isinstance(one, _Table):
                rows = [counted(one.count, "row")]
                texts[path] = rows + texts.get(path, [])
        return {path: ", ".join(parts) for path, parts in texts.items()}

    def class_of(self, path: str) -> str:
        """Return the class by which the page finds the input of a path; "" without an input."""
        return self._places[path] if path in self._inputs else ""

    def show_remaining_bytes(self, user_input: Mapping[str, Any]) -> None:
        """Show at each picture how many bytes of the data it may take."""
        pictures = [one.field for one in self._inputs.values() if isinstance(one, _Picture)]
        if pictures:
            left = wire.MAX_USER_INPUT_BYTES - _json_size(user_input)
            for picture in pictures:
                remaining = left + len(picture.value or "")
                if picture.remaining_bytes != remaining:
                    picture.remaining_bytes = remaining


def _groups(fields: Iterable[Field], path: str = "") -> Iterator[Group]:
    """Yield groups: an object's own values first, then the objects and tables in it."""
    fields = list(fields)
    own = [one for one in fields if one.kind not in ("object", "records", "list")]
    if own:
        yield path, title_of(path) if path else "", own
    for field in fields:
        if field.kind == "object":
            yield from _groups(field.fields, field.path)
        elif field.kind in ("records", "list"):
            yield field.path, title_of(field.path), [field]


def _named_once(groups: list[Group]) -> list[Group]:
    """Return groups with the outermost names in titles that would be the same."""
    counts = Counter(title for _, title, _ in groups)
    return [
        (path, title if counts[title] == 1 or not title else _whole_title(path), fields)
        for path, title, fields in groups
    ]


def _whole_title(path: str) -> str:
    """Return all names of a path in words.

    >>> _whole_title("order.vendor")
    'Order vendor'
    """
    first, _, rest = path.partition(".")
    return f"{label_of(first)} {title_of(f'.{rest}').lower()}" if rest else label_of(first)


def _message(one: Any) -> str:
    return one.understood.message if isinstance(one, TypedText) else str(one.message)


def _is_list_of_rows(value: Any, kind: str) -> bool:
    if value is ABSENT:
        return True
    if not isinstance(value, list):
        return False
    return kind == "list" or all(isinstance(row, Mapping) for row in value)


def _json_size(row: Mapping[str, Any]) -> int:
    """Return the size of data as JSON; 0 for data that JSON cannot hold, which is a problem."""
    try:
        return len(exact_json.encode(row))
    except (TypeError, ValueError, RecursionError):
        return 0


class _Table:
    """A table for a list; without rows there is no key, unless the data had an empty list."""

    def __init__(self, field: Field, value: Any, *, on_change: OnChange, plain: bool) -> None:
        self._path, self._on_change, self._first = field.path, on_change, value
        rows = [] if value is ABSENT else value
        self._editor = TableEditor.of(field, label=title_of(field.path), rows=rows, plain=plain)
        self._editor.on_change(self._on_rows)
        self.widgets = [self._editor.widget]
        self.count = len(rows)

    @property
    def message(self) -> str:
        """The error messages for text typed into cells."""
        messages = self._editor.messages.items()
        return " ".join(f"Row {row + 1}, {name}: {text}" for (row, name), text in messages)

    def _on_rows(self) -> None:
        rows = self._editor.value
        self.count = len(rows)
        self._on_change(self._path, rows if rows or self._first == [] else ABSENT)

    def show_messages(self, message: str, columns: Mapping[str, str]) -> None:
        """Show a message about the table, and messages of columns in their empty cells.

        The editor itself shows error messages for typed text.
        """
        messages: dict[tuple[int | None, str], str] = {}
        if message and message != self.message:
            messages[None, ""] = message
        if columns:
            for number, row in enumerate(self._editor.value):
                absent = columns.keys() - row.keys() if isinstance(row, Mapping) else ()
                messages.update({(number, column): columns[column] for column in absent})
        self._editor.show_messages(messages)


class _Picture:
    """A picture; rejected files show their message at the field and do not change the data."""

    message = ""

    def __init__(self, field: Field, value: Any, *, on_change: OnChange, plain: bool) -> None:
        self._path, self._on_change = field.path, on_change
        first = value if isinstance(value, str) else None
        self.field = ImageField(field, value=first, label=label_of(field.path), plain=plain)
        self.field.on_change(self._on_picture)
        self.widgets = [self.field.widget]
        self.show_message = self.field.show_message

    def _on_picture(self) -> None:
        value = self.field.value
        self._on_change(self._path, ABSENT if value is None else value)
