"""Data for all documents from a table, whose columns a person matches to the fields."""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from typing import Any, NamedTuple

import ipywidgets as widgets

from docgen_nb.errors import UnreadableData
from docgen_nb.forms.data_paths import with_value
from docgen_nb.forms.display import counted
from docgen_nb.forms.error_display import Wrap
from docgen_nb.forms.mapping.common_fields import CommonFields
from docgen_nb.forms.mapping.first_document import DataView, FirstDocument
from docgen_nb.forms.mapping.mapping import TableMapping, try_rows
from docgen_nb.forms.mapping.mapping_state import (
    FileNames,
    columns_state,
    documents_state,
    summary_of,
)
from docgen_nb.forms.mapping.plain_view import PlainDocuments, PlainSource
from docgen_nb.forms.mapping.replaced_notice import Data, replacing
from docgen_nb.forms.mapping.table_source import (
    MAX_MEGABYTES,
    SourceTable,
    read_file,
    read_paste,
    too_large,
)
from docgen_nb.forms.mapping.view import MappingView
from docgen_nb.request.batch_request import merged

Tags = Sequence[Mapping[str, Any]]
# Called with the rows, the common data, and where they come from.
UseData = Callable[[list[dict[str, Any]], dict[str, Any], str], object]


class TableState(NamedTuple):
    """What a person does next about a table whose data is not in the form: a text and its sign.

    `name` is that of the table, "" without one.
    """

    text: str
    sign: str
    name: str = ""


class TableImport:
    """A table from a file or pasted, the fields that its columns fill, and what comes of it.

    The form is not changed before a person uses the data. A table that cannot be read leaves the
    one before as it is.

    Parameters
    ----------
    tags : callable
        Returns the tags of the chosen template.
    data : callable
        Returns the data that is in the form now.
    use_data : callable
        Called with the data of all documents.
    add_to_name : callable
        Called with the path of a field that tells the documents apart, for their names.
    on_show : callable
        Called without arguments when the state may have changed.
    on_cancel : callable
        Called when a person gives up the table.
    file_names : callable
        Returns the names of documents with some data.
    make_preview : callable
        Returns a new preview of the chosen template.

    Attributes
    ----------
    buttons : widget
        Cancel and Use data, for the bottom of the form.
    """

    def __init__(
        self,
        *,
        tags: Callable[[], Tags],
        data: Callable[[], Data],
        use_data: UseData,
        add_to_name: Callable[[str], object],
        on_show: Callable[[], object],
        on_cancel: Callable[[], object],
        file_names: FileNames,
        make_preview: Callable[[], DataView],
        wrap: Wrap,
        plain: bool,
    ) -> None:
        self._first = FirstDocument(make_preview, wrap=wrap)
        self._tags, self._data, self._file_names = tags, data, file_names
        self._use_data, self._on_cancel = use_data, on_cancel
        self._add_to_name, self._on_show = add_to_name, on_show
        self._matched = tags()  # to which the columns were matched
        self._source: SourceTable | None = None
        self._parts: list[bytes] = []  # of a file that is being uploaded
        self.mapping: TableMapping | None = None
        self._error = ""
        self._views: list[Any] = self._make_views(wrap, plain=plain)
        self._same = CommonFields(on_change=self._on_common, wrap=wrap, plain=plain)
        self.use = widgets.Button(description="Use data", button_style="primary")
        cancel = widgets.Button(description="Cancel").add_class("docgen-quiet")
        self.use.on_click(wrap(lambda _: self._on_use()))
        cancel.on_click(wrap(lambda _: self._on_give_up()))
        self.buttons = widgets.HBox([cancel, self.use])
        self.widget = self._arrange()
        self._show()

    def _make_views(self, wrap: Wrap, *, plain: bool) -> list[Any]:
        receive = wrap(self._on_message)
        if plain:
            return [
                PlainSource(on_message=receive, wrap=wrap),
                PlainDocuments(on_message=receive, wrap=wrap),
            ]
        return [MappingView(part, on_message=receive) for part in ("columns", "documents")]

    def _arrange(self) -> Any:
        columns, documents = (getattr(view, "widget", view) for view in self._views)
        left = widgets.VBox([documents, self._first.widget]).add_class("docgen-map-left")
        self._below = widgets.VBox([left, self._same.widget]).add_class("docgen-map-below")
        return widgets.VBox([columns, self._below]).add_class("docgen-map-root")

    @property
    def state(self) -> TableState | None:
        """What to do next; None if what comes of the table is in the form."""
        if self.mapping is None or self._source is None:
            return TableState("Choose a file, or paste cells.", "wait")
        rows, error = try_rows(self.mapping)
        if (self.mapping.common, rows) == self._data():
            return None
        wrong = [self.mapping.labels[path] for path in self._same.unreadable]
        text, sign = _obstacle(self.mapping, error, wrong) or self._outcome(len(rows))
        if sign in ("ok", "warn"):
            text = f"{text} {replacing(self._data())}".strip()
        return TableState(text, sign, self._source.name)

    def _outcome(self, count: int) -> tuple[str, str]:
        """Return what comes of the table and a sign."""
        documents = counted(count, "document")
        if self._documents["problems"] or self._documents["names"]:
            return f"{documents}, with the problems listed above.", "warn"
        return f"{documents} without problems.", "ok"

    def update(self) -> None:
        """Match the columns again, if another template was chosen since; show the file names."""
        tags = self._tags()
        if self._source is not None and tags and tags is not self._matched:
            self._begin(self._source)
            self._show()
        else:
            self._show_documents()

    def close(self) -> None:
        """Stop rendering the preview."""
        self._first.close()

    # What a person does

    def _on_message(self, content: Mapping[str, Any], data: bytes) -> None:
        """Do what a message of the browser says; unknown columns and actions are ignored."""
        self._error = ""
        try:
            match content:
                case {
                    "action": "file",
                    "name": str(name),
                    "first": bool(first),
                    "last": bool(last),
                }:
                    self._add_part(name, data, is_first=first, is_last=last)
                case {"action": "too large", "name": str(name), "size": int(size)}:
                    self._error = too_large(name, size)
                case {"action": "paste", "text": str(text)}:
                    self._begin(read_paste(text))
                case {"action": "sheet", "sheet": str(sheet)} if self._source:
                    self._begin(self._source.with_sheet(sheet))
                case {"action": "header", "row": int(row)} if self._source:
                    self._begin(self._source.with_header(row))
                case _ if self.mapping is not None:
                    self._change(self.mapping, content)
        except UnreadableData as error:
            self._error = str(error)
        if not self._parts:
            self._show()
            self._on_show()

    def _add_part(self, name: str, data: bytes, *, is_first: bool, is_last: bool) -> None:
        parts = [data] if is_first else [*self._parts, data]
        self._parts = parts
        if sum(map(len, parts)) > MAX_MEGABYTES * 1_000_000:
            self._parts = []
            self._error = too_large(name, sum(map(len, parts)))
        elif is_last:
            self._parts = []
            self._begin(read_file(name, b"".join(parts)))

    def _begin(self, source: SourceTable) -> None:
        tags = self._tags()
        if not tags:
            raise UnreadableData("Choose a template first: its fields are what columns can fill.")
        common = self.mapping.common if self.mapping else self._data()[0]
        mapping = TableMapping(source.table, tags)
        mapping.set_common(common)
        if self.mapping:
            mapping.follow(self.mapping)
        self._source, self.mapping, self._matched = source, mapping, tags

    def _change(self, mapping: TableMapping, content: Mapping[str, Any]) -> None:
        names = mapping.columns
        match content:
            case {"action": "choose", "column": str(name), "path": str() | None as path}:
                if name in names and (path is None or path in mapping.labels):
                    mapping.choose(name, path)
            case {"action": "accept", "column": str(name)} if name in names:
                mapping.accept(name)
            case {"action": "accept all"}:
                for one in [one.name for one in names.values() if one.is_suggestion]:
                    mapping.accept(one)
            case {"action": "answer", "column": str(name), "format": str(chosen)}:
                if name in names and chosen in names[name].format.choices:
                    mapping.answer(name, chosen)
            case {"action": "group", "column": str(name)}:
                mapping.group_by(name)
            case {"action": "name"} if mapping.distinct_path:
                self._add_to_name(mapping.distinct_path)

    def _on_common(self, path: str, value: Any) -> None:
        if self.mapping is not None:
            before = summary_of(self.mapping)
            self.mapping.set_common(with_value(self.mapping.common, path, value))
            if summary_of(self.mapping) != before:
                self._show_columns()
            self._show_documents()
            self._on_show()

    def _on_use(self) -> None:
        if self.mapping is None or self._source is None or not self._can_use():
            return
        # Copies, because the table stays for a person who wants to change something about it.
        rows, common = deepcopy(self.mapping.rows), deepcopy(self.mapping.common)
        self._use_data(rows, common, self._source.name)
        self._views[0].leave()

    def _on_give_up(self) -> None:
        self._source = self.mapping = None
        self._error = ""
        self._show()
        self._on_show()
        self._on_cancel()

    # Display

    def _can_use(self) -> bool:
        mapping = self.mapping
        is_open = mapping is None or mapping.questions or self._same.unreadable
        return bool(mapping and mapping.paths and not is_open and try_rows(mapping)[0])

    def _show(self) -> None:
        mapping = self.mapping
        self._views[0].fields = list(map(list, mapping.labels.items())) if mapping else []
        self._show_columns()
        self._below.layout.display = self.buttons.layout.display = None if mapping else "none"
        self._same.show(mapping)
        self._show_documents()

    def _show_columns(self) -> None:
        self._views[0].show(columns_state(self._source, self.mapping, error=self._error))

    def _show_documents(self) -> None:
        self._documents = documents_state(self.mapping, self._file_names)
        self._views[1].show(self._documents)
        if self.mapping is None:
            return
        rows, _ = try_rows(self.mapping)
        self._first.show(merged(self.mapping.common, rows[0]) if rows else None)
        self.use.description = f"Use data: {counted(len(rows), 'document')}"
        self.use.disabled = not self._can_use()


def _obstacle(mapping: TableMapping, error: str, wrong: Sequence[str]) -> tuple[str, str] | None:
    """Return why the data cannot be used yet and a sign, or None."""
    if wrong:
        return f"Correct under Same for all documents: {', '.join(wrong[:3])}", "error"
    if open_questions := mapping.questions:
        verb = "is" if len(open_questions) == 1 else "are"
        count = counted(len(open_questions), "question")
        return f"{count} {verb} open: {', '.join(open_questions[:3])}", "ask"
    if error:
        return "The columns contradict each other", "error"
    if not mapping.paths:
        return "Choose a field for at least one column", "wait"
    return None
