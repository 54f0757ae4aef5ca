"""Preview: the document that data produces, as pages or as text with highlights."""

import importlib.util
import threading
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from functools import partial
from html import escape
from typing import Any

import ipywidgets as widgets

from docgen_nb.errors import ConversionFailed
from docgen_nb.forms.background import Worker
from docgen_nb.forms.display import counted, list_html, with_place
from docgen_nb.forms.error_display import trace_html, wrap_callback
from docgen_nb.forms.panels.panel import Panel
from docgen_nb.template import Problem, Rendered, Template, pdf
from docgen_nb.template.provenance import TextSpan

MAX_PAGES = 5
DPI, LARGE_DPI = 72.0, 144.0
PAUSE = 0.3  # seconds without a change after which a document is rendered
LEGEND = "Underlined text comes from the data. A ⚠ in a dashed frame marks missing data."
EMPTY = "No data to show yet."
RENDERING = "Updating…"
RENDERING_PAGES = "The pages follow…"
STALE = "docgen-stale"  # pale, because the pages show the data of before


class Preview(Panel):
    """The document that the data of one row produces, while a person still types the data.

    The text appears first, with highlights for filled and missing data. If there is a PDF
    converter, and pypdfium2, pictures of the pages follow, with the missing places highlighted;
    they stay until the next ones replace them. Documents are rendered in the background, one at a
    time, 0.3 s after the last change; of the data that arrives meanwhile only the latest is
    rendered.

    Parameters
    ----------
    template : Template or callable
        The template, or a function that returns it.
    pages : bool, optional
        Whether to show pictures of pages; by default if this machine can make them.
    blocking : bool
        Do the work in the call instead of in the background.

    Attributes
    ----------
    widget : widget
        The ipywidgets box, to be put into other boxes.
    done : threading.Event
        Set while no document is being rendered.

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
        template: Template | Callable[[], Template],
        *,
        pages: bool | None = None,
        blocking: bool = False,
    ) -> None:
        super().__init__()
        self._template = template
        self._shows_pages = can_show_pages() if pages is None else pages
        self._row: dict[str, Any] | None = None
        self._dpi = DPI
        self._closed = threading.Event()
        self._pause = 0.0 if blocking else PAUSE
        self._has_pages = False
        self._text = EMPTY
        self._problems: list[Problem] = []
        self._worker = Worker("preview", blocking=blocking)
        self.done = self._worker.done
        self._document = widgets.HTML()
        self._list = widgets.HTML().add_class("docgen-preview-problems")
        self.widget = widgets.VBox([self._status_line.widget, self._list, self._document])
        self.widget.add_class("docgen-preview")
        self._show_status(EMPTY)

    @property
    def value(self) -> dict[str, Any] | None:
        """The data shown, or None. Setting it starts to show other data."""
        return deepcopy(self._row)

    @value.setter
    def value(self, row: Mapping[str, Any]) -> None:
        self._row = deepcopy(dict(row))
        if not self._closed.is_set():
            show = wrap_callback(self._show_row, show=self._show_error)
            self._worker.run_next(partial(show, self._row))

    def enlarge(self, is_large: bool) -> None:
        """Show pages with twice as many pixels each way, or as at first."""
        self._dpi = LARGE_DPI if is_large else DPI
        if self._has_pages and self._row is not None:
            self.value = self._row

    def close(self) -> None:
        """Stop rendering and close the widgets."""
        self._closed.set()
        super().close()

    def __repr__(self) -> str:
        return f"<Preview: {counted(len(self._problems), 'problem')}>\n{self._text}"

    # In the background

    def _show_row(self, row: dict[str, Any]) -> None:
        if self._has_pages or self._text != EMPTY:
            self._closed.wait(self._pause)  # a person may still be typing
        if not self._is_latest(row):
            return
        self._show_status(RENDERING)
        template = self._template() if callable(self._template) else self._template
        rendered, pieces = template.render(row), template.text_spans(row)
        self._problems = [*rendered.errors, *rendered.warnings]
        self._text = _as_text(pieces)
        self._list.value = list_html(map(with_place, self._problems))
        if not self._has_pages:  # these stay until they are replaced
            self._document.value = _text_html(pieces)
        self._show_status(self._summary(RENDERING_PAGES if self._shows_pages else ""))
        if self._shows_pages and self._is_latest(row):
            self.widget.add_class(STALE)
            self._show_pages(rendered, pieces, row)

    def _is_latest(self, row: dict[str, Any]) -> bool:
        return row is self._row and not self._closed.is_set()

    def _show_pages(
        self, rendered: Rendered, pieces: Sequence[TextSpan], row: dict[str, Any]
    ) -> None:
        try:
            pictures = pdf.page_pictures(pdf.convert(rendered.annotated()), dpi=self._dpi)
        except ConversionFailed as error:
            if self._is_latest(row):
                self._has_pages = False
                self.widget.remove_class(STALE)
                self._document.value = _text_html(pieces)
                self._show_status(self._summary(f"Can't show pages: {error}"))
            return
        if self._is_latest(row):
            self._has_pages = True
            self._document.value = _pages_html(pictures, pieces)
            self.widget.remove_class(STALE)
            self._show_status(self._summary(f"{counted(len(pictures), 'page')}."))

    def _summary(self, more: str) -> str:
        count = sum(problem.severity == "error" for problem in self._problems)
        missing = f"Data is missing in {counted(count, 'place')}." if count else "No missing data."
        return f"{missing} {more}".strip()

    def _show_error(self, text: str, trace: str) -> None:
        self._show_status(text)
        self.widget.remove_class(STALE)
        self._document.value = trace_html(trace)


def can_show_pages() -> bool:
    """Return whether this machine has a PDF converter and pypdfium2."""
    try:
        return importlib.util.find_spec("pypdfium2") is not None and bool(pdf.engines())
    except ConversionFailed:  # DOCGEN_NB_SOFFICE does not name a program
        return False


def _as_text(pieces: Sequence[TextSpan]) -> str:
    forms = {"template": "{}", "filled": "[{}]", "missing": "[missing: {}]"}
    return "".join(forms[piece.origin].format(piece.text or "picture") for piece in pieces)


def _text_html(pieces: Sequence[TextSpan]) -> str:
    """Return the text with highlights that do not depend on color."""
    text = "".join(map(_piece_html, pieces))
    style = "white-space: pre-wrap; line-height: 1.6; border: 1px solid; padding: 0.6em"
    return f'<p>{LEGEND}</p><div style="{style}">{text}</div>'


def _piece_html(piece: TextSpan) -> str:
    text = escape(piece.text or "(picture)")
    if piece.origin == "filled":
        return f"<u>{text}</u>"
    if piece.origin == "missing":
        return f'<mark style="border: 1px dashed; padding: 0 2px">⚠ {text}</mark>'
    return text


def _pages_html(pictures: Sequence[bytes], pieces: Sequence[TextSpan]) -> str:
    count = len(pictures)
    style = "max-width: 100%; border: 1px solid #999"
    pages = "".join(
        f'<figure style="margin: 0 0 8px"><img alt="Page {number} of {count}; its text is '
        f'below the pages" style="{style}" src="data:image/png;base64,'
        f'{b64encode(picture).decode()}"></figure>'
        for number, picture in enumerate(pictures[:MAX_PAGES], 1)
    )
    more = f"<p>and {counted(count - MAX_PAGES, 'more page')}</p>" if count > MAX_PAGES else ""
    text = f"<details><summary>Document text</summary>{_text_html(pieces)}</details>"
    region = 'class="docgen-pages" tabindex="0" role="region" aria-label="Pages"'
    return f"<div {region}>{pages}{more}</div>{text}"
