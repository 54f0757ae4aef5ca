"""Preview: how a document will look with the data of one row, as pages or as marked words."""

import importlib.util
import sys
import threading
from base64 import b64encode
from collections.abc import Callable, Mapping
from copy import deepcopy
from html import escape
from typing import Any, Protocol

import ipywidgets as widgets

from docgen_nb.errors import ConversionFailed
from docgen_nb.forms.display import shown_as
from docgen_nb.forms.error_display import guarded
from docgen_nb.forms.widgets.inputs import close_tree
from docgen_nb.template import Problem, Rendered, pdf
from docgen_nb.template.provenance import Piece

MOST_PAGES = 5
MOST_PROBLEMS = 20
DPI = 72.0
LEGEND = "Underlined words are from the data. ⚠ and a frame mark what is missing."
NOTHING = "Nothing to show yet."
MAKING = "The document is being made."
MAKING_PAGES = "These are the words; the pages are being made."


class Source(Protocol):
    """What makes documents: a `Template`, or an object with these two methods."""

    def render(self, user_input: Mapping[str, Any], /) -> Rendered:
        """Make the document."""
        ...

    def text_pieces(self, user_input: Mapping[str, Any], /) -> list[Piece]:
        """Its words, with where each is from."""
        ...


class Preview:
    """The document that a row of data makes, shown while the data are still being typed.

    Its words come first, with marks at what is from the data and at what is missing. Where there
    is a PDF converter and pypdfium2, pictures of its pages follow, with the missing places
    highlighted. The work is done in the background; of requests that come meanwhile only the last
    is carried out.

    Parameters
    ----------
    render : Template or callable
        A template; or a function that takes the data and returns a `Rendered` (docx), of whose
        words only the missing places are marked.
    pages : bool, optional
        Whether to make pictures of pages; by default where this machine can.
    blocking : bool
        Do the work in the call instead of in the background.

    Attributes
    ----------
    widget : widget
        To be put into a box.
    done : threading.Event
        Set while nothing is being made.

    Examples
    --------
    >>> from docgen_nb import samples
    >>> from docgen_nb.template import Template
    >>> template = Template(samples.template("Dear {{name}}, {{text}}"))
    >>> preview = Preview(template, pages=False, blocking=True)
    >>> preview.value = {"name": "Ada"}
    >>> preview
    <Preview: 1 problem>
    Dear [Ada], [missing: {{text}}]
    """

    def __init__(
        self,
        render: Source | Callable[[Mapping[str, Any]], Rendered],
        *,
        pages: bool | None = None,
        blocking: bool = False,
    ) -> None:
        self._render = render
        self._pages = can_show_pages() if pages is None else pages
        self._blocking = blocking or sys.platform == "emscripten"  # no threads there
        self._row: dict[str, Any] | None = None
        self._number = 0  # of the request that came last
        self._is_working = self._is_closed = False
        self._lock = threading.Lock()
        self._plain = NOTHING
        self._problems: list[Problem] = []
        self.done = threading.Event()
        self.done.set()
        self._status = widgets.HTML(f'<span role="status">{NOTHING}</span>')
        self._document, self._list = widgets.HTML(), widgets.HTML()
        self.widget = widgets.VBox([self._status, self._list, self._document])
        self.widget.add_class("docgen-preview")

    @property
    def value(self) -> dict[str, Any] | None:
        """The data that are shown, or None. Setting it begins to show other data."""
        return deepcopy(self._row)

    @value.setter
    def value(self, row: Mapping[str, Any]) -> None:
        with self._lock:
            self._row = deepcopy(dict(row))
            self._number += 1
            if self._is_closed:
                return
            begins = not self._is_working
            self._is_working = True
            self.done.clear()
        if begins:
            self._start(self._work)

    def close(self) -> None:
        """Make nothing more and close the widgets."""
        self._is_closed = True
        close_tree(self.widget)

    def __repr__(self) -> str:
        count = len(self._problems)
        return f"<Preview: {_counted(count, 'problem')}>\n{self._plain}"

    def _repr_html_(self) -> str:
        return f"<div>{self._status.value}{self._list.value}{self._document.value}</div>"

    def _repr_mimebundle_(self, **options: Any) -> Any:
        return shown_as(self, **options)

    # In the background: traits are set and nothing else

    def _start(self, act: Callable[[], None]) -> None:
        if self._blocking:
            act()
        else:
            threading.Thread(target=act, name="docgen-nb preview", daemon=True).start()

    def _work(self) -> None:
        """Show the row asked for last, until no other has been asked for meanwhile."""
        shown = 0
        try:
            while (request := self._next(shown)) is not None:
                shown, row = request
                guarded(self._show_row, show=self._show_fault)(row, shown)
        except BaseException:
            self._go_on_after(shown)
            raise

    def _next(self, shown: int) -> tuple[int, dict[str, Any]] | None:
        with self._lock:
            if self._number != shown and self._row is not None and not self._is_closed:
                return self._number, self._row
            self._is_working = False
            self.done.set()
            return None

    def _go_on_after(self, shown: int) -> None:
        """After a fault that is nobody's on purpose: what was asked for meanwhile is not lost."""
        with self._lock:
            self._is_working = self._number != shown and not self._is_closed
            if not self._is_working:
                self.done.set()
        if self._is_working:
            self._start(self._work)

    def _is_last(self, number: int) -> bool:
        return number == self._number and not self._is_closed

    def _show_row(self, row: dict[str, Any], number: int) -> None:
        self._say(MAKING)
        rendered = self._rendered(row)
        self._problems = [*rendered.errors, *rendered.warnings]
        words = self._words(row, rendered)
        self._plain = _as_plain(words)
        self._list.value = _as_list(self._problems)
        self._document.value = _as_words(words)
        self._say(self._told(MAKING_PAGES if self._pages else ""))
        if self._pages and self._is_last(number):
            self._show_pages(rendered, words, number)

    def _rendered(self, row: Mapping[str, Any]) -> Rendered:
        return self._render(row) if callable(self._render) else self._render.render(row)

    def _words(self, row: Mapping[str, Any], rendered: Rendered) -> list[Piece]:
        if not callable(self._render):
            return self._render.text_pieces(row)
        return _left_tags(rendered.text(), {problem.tag for problem in rendered.errors})

    def _show_pages(self, rendered: Rendered, words: list[Piece], number: int) -> None:
        try:
            pictures = pdf.page_pictures(pdf.convert(rendered.annotated()), dpi=DPI)
        except ConversionFailed as error:
            if self._is_last(number):
                self._say(self._told(f"There are no pages to show: {error}"))
            return
        if self._is_last(number):
            self._document.value = _as_pages(pictures, words)
            self._say(self._told(f"{_counted(len(pictures), 'page')}."))

    # What is shown

    def _told(self, more: str) -> str:
        missing = sum(problem.severity == "error" for problem in self._problems)
        head = f"{_counted(missing, 'place')} with missing data." if missing else "All is filled."
        return f"{head} {more}".strip()

    def _say(self, text: str) -> None:
        self._status.value = f'<span role="status">{escape(text)}</span>'

    def _show_fault(self, text: str, trace: str) -> None:
        self._say(text)
        self._document.value = (
            f"<details><summary>Details</summary><pre>{escape(trace)}</pre></details>"
        )


def can_show_pages() -> bool:
    """Return whether there are a PDF converter and pypdfium2 here."""
    try:
        return importlib.util.find_spec("pypdfium2") is not None and bool(pdf.engines())
    except ConversionFailed:  # DOCGEN_NB_SOFFICE names no program
        return False


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _left_tags(text: str, tags: set[str]) -> list[Piece]:
    """Cut a text at the tags that were left as written."""
    found: list[Piece] = []
    rest = text
    while places := [(rest.index(tag), tag) for tag in tags if tag and tag in rest]:
        start, tag = min(places)
        found += [Piece(rest[:start])] if start else []
        found.append(Piece(tag, "missing"))
        rest = rest[start + len(tag) :]
    return [*found, *([Piece(rest)] if rest else [])]


def _as_plain(words: list[Piece]) -> str:
    forms = {"template": "{}", "filled": "[{}]", "missing": "[missing: {}]"}
    return "".join(forms[one.origin].format(one.text or "picture") for one in words)


def _as_list(problems: list[Problem]) -> str:
    lines = [
        escape(f"{problem} ({problem.place})" if problem.place else str(problem))
        for problem in problems
    ]
    if len(lines) > MOST_PROBLEMS:
        lines = [*lines[:MOST_PROBLEMS], f"and {len(lines) - MOST_PROBLEMS} more"]
    items = "".join(f"<li>{line}</li>" for line in lines)
    return f'<ul style="line-height: 1.5">{items}</ul>' if items else ""


def _as_words(words: list[Piece]) -> str:
    """The words with marks that are no colours: a line below, or a sign and a frame."""
    text = "".join(map(_as_html, words))
    style = "white-space: pre-wrap; line-height: 1.6; border: 1px solid; padding: 0.6em"
    return f'<p>{LEGEND}</p><div style="{style}">{text}</div>'


def _as_html(piece: Piece) -> str:
    text = escape(piece.text or "(picture)")
    if piece.origin == "filled":
        return f"<u>{text}</u>"
    if piece.origin == "missing":
        return f'<mark style="border: 1px dashed; padding: 0 2px">⚠ {text}</mark>'
    return text


def _as_pages(pictures: list[bytes], words: list[Piece]) -> str:
    count = len(pictures)
    style = "max-width: 100%; border: 1px solid #999"
    shown = "".join(
        f'<figure style="margin: 0 0 8px"><img alt="Page {number} of {count}; its words are '
        f'below the pages" style="{style}" src="data:image/png;base64,'
        f'{b64encode(picture).decode()}"></figure>'
        for number, picture in enumerate(pictures[:MOST_PAGES], 1)
    )
    more = f"<p>and {_counted(count - MOST_PAGES, 'more page')}</p>" if count > MOST_PAGES else ""
    return f"{shown}{more}<details><summary>The words</summary>{_as_words(words)}</details>"
