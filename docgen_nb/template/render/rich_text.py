"""HTML in values: read as stretches of text with a look, and written as runs."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from html import unescape
from html.parser import HTMLParser
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from lxml import etree

from docgen_nb.template.docx.escaping import in_run
from docgen_nb.template.docx.xml import RPR, SECT_PR, Element, W, w

_LOOKS = {"b": "b", "strong": "b", "i": "i", "em": "i", "u": "u"}
_KNOWN = {*_LOOKS, "br", "p", "a", "img", "span", "div"}
_BLOCKS = ("p", "div")
# Elements without attributes, which is what most values hold, need no parser.
_BARE = _KNOWN | {f"/{name}" for name in _KNOWN}
_LINE_BREAK = "<w:r><w:br/></w:r>"
_SCHEMES = ("http", "https", "mailto")
MAX_DEPTH = 200
# The order that the schema gives to what is before and between the looks.
_ORDER = ("rStyle", "rFonts", "b", "bCs", "i", "iCs")
_BEHIND_UNDERLINE = (
    *("effect", "bdr", "shd", "fitText", "vertAlign", "rtl", "cs", "em", "lang"),
    *("eastAsianLayout", "specVanish", "oMath", "rPrChange"),
)


class Stretch(NamedTuple):
    """A piece of rich text: text, a picture, or the beginning of a paragraph."""

    text: str = ""
    looks: frozenset[str] = frozenset()
    link: str = ""
    picture: str = ""
    begins_paragraph: bool = False


@dataclass(frozen=True)
class Spot:
    """Where a tag stands: the look of its run and of its paragraph."""

    part: str
    run_properties: bytes = b""  # XML with its declarations, or nothing
    paragraph_properties: bytes = b""
    may_break: bool = False  # whether its paragraph can be ended and begun again
    _written: dict[frozenset[str], str] = field(default_factory=dict, compare=False)

    def look(self, looks: frozenset[str] = frozenset()) -> str:
        """The properties of a run here with these looks."""
        if looks not in self._written:
            self._written[looks] = _properties(self.run_properties, looks)
        return self._written[looks]

    @cached_property
    def next_paragraph(self) -> str:
        """What ends the paragraph and begins another like it, or breaks the line of a section's."""
        if not self.paragraph_properties:
            return "</w:p><w:p>"
        properties = etree.fromstring(self.paragraph_properties)
        if properties.find(SECT_PR) is not None:
            return _LINE_BREAK  # else what follows would stand in the next section
        return f"</w:p><w:p>{without_declarations(properties)}"


def looks_rich(text: str) -> bool:
    """Whether a text holds at least one element of HTML that is known here.

    >>> looks_rich("a <b>bold</b> word"), looks_rich("1 < 2 and 3 > 2"), looks_rich("<x>")
    (True, False, False)
    """
    position = text.find("<")
    while position >= 0:
        name = ""
        for character in text[position + 1 : position + 9]:
            if not character.isalnum():
                break
            name += character
        behind = text[position + 1 + len(name) : position + 2 + len(name)]
        if name.lower() in _KNOWN and behind in (">", "/", " ", "\n", "\t"):
            return True
        position = text.find("<", position + 1)
    return False


def stretches(html: str) -> list[Stretch]:
    """Rich text as a flat list; unknown elements are dropped and their text is kept."""
    reader = _Reader()
    first, *pieces = html.split("<")
    behind = [piece.partition(">") for piece in pieces]  # name, bracket, text
    if all(bracket and name.lower() in _BARE for name, bracket, _ in behind):
        reader.read(first, behind)
    else:
        parser = _Parser(reader)
        parser.feed(html)
        parser.close()
    return reader.found


class _Parser(HTMLParser):
    """Reads elements of any form and hands them to a reader."""

    def __init__(self, reader: "_Reader") -> None:
        super().__init__(convert_charrefs=True)
        self.handle_starttag = reader.start  # type: ignore[method-assign]
        self.handle_endtag = reader.end  # type: ignore[method-assign]
        self.handle_data = reader.text  # type: ignore[method-assign]


# Name of an element, and looks and link of the text in it.
_Opened = tuple[str, frozenset[str], str]
_NOTHING: _Opened = ("", frozenset(), "")


class _Reader:
    """Gathers stretches from elements and text in their order."""

    def __init__(self) -> None:
        self.found: list[Stretch] = []
        self._open: list[_Opened] = []  # the elements around
        self._breaks = False  # a paragraph ended: what follows begins another

    def read(self, first: str, behind: list[tuple[str, str, str]]) -> None:
        """Take a text, then bare elements, each with the text behind it."""
        self._read_text(first)
        for name, _, text in behind:
            if name.startswith("/"):
                self.end(name[1:].lower())
            else:
                self.start(name.lower(), [])
            self._read_text(text)

    def _read_text(self, text: str) -> None:
        if text:
            self.text(unescape(text))

    def start(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins, or stands alone."""
        given = {name: value or "" for name, value in attrs}
        if tag == "br":
            self._add(Stretch("\n"))
        elif tag == "img":
            self._add(Stretch(picture=given.get("src", "")))
        elif len(self._open) < MAX_DEPTH:
            self._breaks = self._breaks or (tag in _BLOCKS and bool(self.found))
            _, looks, link = self._open[-1] if self._open else _NOTHING
            looks = looks | {_LOOKS[tag]} if tag in _LOOKS else looks
            link = (_allowed(given.get("href", "")) if tag == "a" else "") or link
            self._open.append((tag, looks, link))

    def end(self, tag: str) -> None:
        """An element ends."""
        names = [name for name, _, _ in self._open]
        if tag in names:
            del self._open[len(names) - 1 - names[::-1].index(tag) :]
            self._breaks = self._breaks or tag in _BLOCKS

    def text(self, data: str) -> None:
        """Words with their entities resolved."""
        if data.strip() or not self._breaks:
            _, looks, link = self._open[-1] if self._open else _NOTHING
            self._add(Stretch(data, looks, link))

    def _add(self, stretch: Stretch) -> None:
        if self._breaks and self.found:
            self.found.append(Stretch(begins_paragraph=True))
        self._breaks = False
        self.found.append(stretch)


def _allowed(address: str) -> str:
    try:
        scheme = urlsplit(address).scheme
    except ValueError:
        return ""
    if scheme not in _SCHEMES:
        return ""
    return quote(address, safe="/:?#[]@!$&'()*+,;=%~", errors="replace")


def written(
    found: list[Stretch],
    spot: Spot,
    *,
    link: Callable[[str], str],
    picture: Callable[[str], str],
) -> str:
    """Rich text for the inside of ``<w:t>``, which it closes first and opens again at its end."""
    pieces = ["</w:t></w:r>"]
    for one in found:
        if one.begins_paragraph:
            pieces.append(_next_paragraph(spot))
        elif one.picture:
            pieces.append(f"<w:r>{spot.look()}{picture(one.picture)}</w:r>")
        else:
            run = _run(one, spot)
            if one.link and spot.may_break:
                run = f'<w:hyperlink r:id="{link(one.link)}">{run}</w:hyperlink>'
            pieces.append(run)
    pieces.append(f'<w:r>{spot.look()}<w:t xml:space="preserve">')
    return "".join(pieces)


def _next_paragraph(spot: Spot) -> str:
    return spot.next_paragraph if spot.may_break else _LINE_BREAK


def _run(one: Stretch, spot: Spot) -> str:
    looks = one.looks | {"link"} if one.link and spot.may_break else one.looks
    return f'<w:r>{spot.look(looks)}<w:t xml:space="preserve">{in_run(one.text)}</w:t></w:r>'


def _properties(given: bytes, looks: frozenset[str]) -> str:
    """Run properties with looks added, in the order of the schema."""
    properties = etree.fromstring(given) if given else etree.Element(RPR, nsmap={"w": W})
    if "link" in looks:
        _set(properties, "color", {"val": "0563C1"})
    for name in ("b", "i"):
        if name in looks:
            _set(properties, name, {})
    if looks & {"u", "link"}:
        _set(properties, "u", {"val": "single"})
    return without_declarations(properties) if len(properties) else ""


def _set(properties: Element, name: str, attributes: dict[str, str]) -> None:
    for old in properties.findall(w(name)):
        properties.remove(old)
    new = etree.Element(w(name), {w(key): value for key, value in attributes.items()})
    properties.insert(_place(properties, name), new)


def _place(properties: Element, name: str) -> int:
    names = [etree.QName(child).localname for child in properties]
    if name in _ORDER:
        before = _ORDER[: _ORDER.index(name)]
        return sum(1 for one in names if one in before)
    return sum(1 for one in names if one not in _BEHIND_UNDERLINE)


def without_declarations(element: Element) -> str:
    """An element as it reads inside a part that declares the same namespaces at its root."""
    xml = etree.tostring(element, encoding="unicode", with_tail=False)
    start, bracket, rest = xml.partition(">")
    for prefix, namespace in element.nsmap.items():
        name = f"xmlns:{prefix}" if prefix else "xmlns"
        start = start.replace(f' {name}="{namespace}"', "")
    return f"{start}{bracket}{rest}"
