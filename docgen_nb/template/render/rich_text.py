"""HTML in values: parsed into segments with styles, and written as runs."""

import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from docgen_nb.template.docx.escaping import escape_in_run
from docgen_nb.template.render.run_formatting import RunFormatting

_STYLES = {"b": "b", "strong": "b", "i": "i", "em": "i", "u": "u"}
_KNOWN = re.compile(
    f"<({'|'.join(_STYLES)}|br|p|a|img|span|div)[>/ \n\t]", re.ASCII | re.IGNORECASE
)
_BLOCKS = ("p", "div")
_SCHEMES = ("http", "https", "mailto")
MAX_DEPTH = 200


class Segment(NamedTuple):
    """A piece of rich text: a text, a picture, or the beginning of a paragraph."""

    text: str = ""
    styles: frozenset[str] = frozenset()
    link: str = ""
    picture: str = ""
    begins_paragraph: bool = False


def is_rich(text: str) -> bool:
    """Return whether a text contains at least one HTML element that is supported here.

    >>> is_rich("a <b>bold</b> word"), is_rich("1 < 2 and 3 > 2"), is_rich("<x>")
    (True, False, False)
    """
    return _KNOWN.search(text) is not None


def parse_html(html: str) -> list[Segment]:
    """Return rich text as a list of segments; of unknown elements only the text is kept."""
    parser = _HtmlParser()
    parser.feed(html)
    parser.close()
    return parser.segments


class _OpenElement(NamedTuple):
    """An element, and the styles and the link of the text inside it."""

    name: str = ""
    styles: frozenset[str] = frozenset()
    link: str = ""


class _HtmlParser(HTMLParser):
    """Collects segments from elements and text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.segments: list[Segment] = []
        self._open: list[_OpenElement] = []
        self._begins_paragraph = False  # whether the next text begins a paragraph

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag == "br":
            self._add(Segment("\n"))
        elif tag == "img":
            self._add(Segment(picture=attributes.get("src", "")))
        elif len(self._open) < MAX_DEPTH:
            self._begins_paragraph |= tag in _BLOCKS and bool(self.segments)
            outer = self._innermost()
            styles = outer.styles | {_STYLES[tag]} if tag in _STYLES else outer.styles
            link = _allowed_link(attributes.get("href", "")) if tag == "a" else ""
            self._open.append(_OpenElement(tag, styles, link or outer.link))

    def handle_endtag(self, tag: str) -> None:
        names = [element.name for element in self._open]
        if tag in names:
            del self._open[len(names) - 1 - names[::-1].index(tag) :]
            self._begins_paragraph |= tag in _BLOCKS

    def handle_data(self, data: str) -> None:
        if data.strip() or not self._begins_paragraph:
            element = self._innermost()
            self._add(Segment(data, element.styles, element.link))

    def _innermost(self) -> _OpenElement:
        return self._open[-1] if self._open else _OpenElement()

    def _add(self, segment: Segment) -> None:
        if self._begins_paragraph and self.segments:
            self.segments.append(Segment(begins_paragraph=True))
        self._begins_paragraph = False
        self.segments.append(segment)


def _allowed_link(address: str) -> str:
    try:
        scheme = urlsplit(address).scheme
    except ValueError:
        return ""
    if scheme not in _SCHEMES:
        return ""
    return quote(address, safe="/:?#[]@!$&'()*+,;=%~", errors="replace")


def to_runs(
    segments: list[Segment],
    formatting: RunFormatting,
    *,
    add_link: Callable[[str], str],
    add_picture: Callable[[str], str],
) -> str:
    """Return rich text for the inside of ``<w:t>``, which it closes and reopens at its end."""
    pieces = ["</w:t></w:r>"]
    for segment in segments:
        if segment.begins_paragraph:
            pieces.append(formatting.next_paragraph)
        elif segment.picture:
            picture = add_picture(segment.picture)
            pieces.append(f"<w:r>{formatting.with_styles()}{picture}</w:r>")
        elif segment.link and formatting.can_break:
            run = _run(segment.text, segment.styles | {"link"}, formatting)
            link = add_link(segment.link)
            pieces.append(f'<w:hyperlink r:id="{link}">{run}</w:hyperlink>')
        else:
            pieces.append(_run(segment.text, segment.styles, formatting))
    pieces.append(f'<w:r>{formatting.with_styles()}<w:t xml:space="preserve">')
    return "".join(pieces)


def _run(text: str, styles: frozenset[str], formatting: RunFormatting) -> str:
    content = escape_in_run(text)
    return f'<w:r>{formatting.with_styles(styles)}<w:t xml:space="preserve">{content}</w:t></w:r>'
