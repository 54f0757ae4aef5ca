"""RowsTable: a table of many rows in one widget, sorted, filtered and searched in the browser."""

from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import traitlets

from docgen_nb.forms.widgets.browser_widget import BrowserWidget, module_of, style_of

Message = Mapping[str, Any]
Texts = Sequence[str]
Numbers = Sequence[float]


@dataclass(frozen=True)
class Column:
    """A column of a table.

    ``kind`` is ``text``, ``number`` (a text, to the right), ``time`` (milliseconds since 1970),
    ``status``, ``open`` (a text that opens the row) or ``actions`` (names of buttons, separated by
    spaces). ``sort`` names the numbers that the column is sorted by. ``hidden`` is ``middle``,
    ``narrow`` or ``small``: the width below which the column is left out.
    """

    name: str
    title: str
    width: str
    kind: str = "text"
    sort: str | None = None
    hidden: str | None = None


@dataclass(frozen=True)
class Tool:
    """A button above the table; with ``keys`` its message has the keys of the rows that show."""

    name: str
    label: str
    sign: str = ""
    style: str = "quiet"
    disabled: bool = False
    keys: bool = False


class _RowsTableWidget(BrowserWidget):
    _esm = module_of("elements.js", "rows_table.js")
    _css = style_of("colors.css", "rows_table.css")
    columns: Any = traitlets.List().tag(sync=True)
    options: Any = traitlets.Dict().tag(sync=True)
    tools: Any = traitlets.List().tag(sync=True)
    head: Any = traitlets.Dict().tag(sync=True)
    data: Any = traitlets.Dict().tag(sync=True)


class RowsTable:
    """A table of many rows.

    The rows travel as columns: each text column as numbers of its distinct words, each column of
    numbers as 64-bit floats. Sorting, filters and search need no message. What takes work, such as
    the details of a row, is asked for by message.

    Parameters
    ----------
    columns : sequence of Column
        From left to right.
    on_message : callable
        Called with each message: ``do`` is ``open``, ``closed``, ``act``, ``tool`` or ``shown``,
        and ``key`` or ``keys`` name rows.
    label : str
        The name of the table for screen readers.
    noun : str
        What a row is.
    sort : dict
        The first order: ``by`` names a column, ``down`` is true for the largest first.
    title, placeholder, empty : str
        A heading, the hint in the search field (without it there is none), and what an empty
        table says.
    filters : sequence of str
        ``template`` and ``created``, where a person may choose by these columns.
    searched : sequence of str
        The text columns that are searched.

    Examples
    --------
    >>> table = RowsTable([Column("document", "Document", "1fr")], on_message=print, label="Jobs")
    >>> table.show({"key": ["7", "8"], "document": ["A.pdf", "A.pdf"]}, {"created": [0.0, 1.0]})
    >>> table.widget.data["words"]
    {'key': ['7', '8'], 'document': ['A.pdf']}
    """

    def __init__(
        self,
        columns: Sequence[Column],
        *,
        on_message: Callable[[Message], object],
        label: str,
        noun: str = "job",
        sort: Mapping[str, Any] | None = None,
        title: str = "",
        placeholder: str = "",
        empty: str = "",
        filters: Sequence[str] = (),
        searched: Sequence[str] = (),
    ) -> None:
        texts = {"label": label, "noun": noun, "title": title, "empty": empty}
        self._on_message = on_message
        self.widget = _RowsTableWidget(
            columns=[asdict(column) for column in columns],
            options={
                **texts,
                "placeholder": placeholder,
                "sort": dict(sort or {}),
                "filters": list(filters),
                "searched": list(searched),
            },
        )
        self.widget.on_msg(self._receive)

    def show(self, texts: Mapping[str, Texts], numbers: Mapping[str, Numbers]) -> None:
        """Show other rows; ``texts["key"]`` names each row."""
        encoded = {name: _encoded(column) for name, column in texts.items()}
        self.widget.data = {
            "count": len(texts["key"]),
            "words": {name: words for name, (words, _) in encoded.items()},
            "codes": {name: codes for name, (_, codes) in encoded.items()},
            "numbers": {name: array("d", column).tobytes() for name, column in numbers.items()},
        }

    def show_tools(self, tools: Sequence[Tool]) -> None:
        """Show these buttons above the table."""
        self.widget.tools = [asdict(tool) for tool in tools]

    def show_head(self, **parts: Any) -> None:
        """Change parts of what is above the rows; None removes one.

        ``read_at`` (milliseconds), ``follows``, ``note``, ``fault`` (a sentence, and what folds
        below it), ``progress`` and ``facts``.
        """
        head = {**self.widget.head, **parts}
        self.widget.head = {name: value for name, value in head.items() if value is not None}

    def open(self, key: str) -> None:
        """Open a row."""
        self.show_head(open=key)

    def send(self, message: Message, parts: list[bytes]) -> None:
        """Send a message to the pages that show the table."""
        self.widget.send(message, parts)

    def show_details(self, details: Message, *, to: Message, picture: bytes | None = None) -> None:
        """Show the details of the row that a message asked for."""
        content = {"type": "details", "key": to["key"], "view": to.get("view"), "details": details}
        self.send(content, [] if picture is None else [picture])

    def _receive(self, _: Any, content: Any, __: Any) -> None:
        if isinstance(content, Mapping) and isinstance(content.get("do"), str):
            self._on_message(content)


def _encoded(column: Texts) -> tuple[list[str], bytes]:
    """Return the distinct words of a column, and the number of the word in each row."""
    words = list(dict.fromkeys(column))
    if len(words) == len(column):
        return words, array("i", range(len(words))).tobytes()
    numbers = dict(zip(words, range(len(words)), strict=True))
    return words, array("i", map(numbers.__getitem__, column)).tobytes()
