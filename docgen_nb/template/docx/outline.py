"""Outline of a Word document, line by line, to compare two documents."""

from collections.abc import Iterator

from docgen_nb.template.docx.package import Package
from docgen_nb.template.docx.xml import (
    ANCHOR,
    BODY,
    BR,
    INLINE,
    RPR,
    RUN,
    TAB,
    TBL,
    TC,
    TR,
    TXBX,
    Element,
    P,
    T,
    parse,
    text_parts,
    w,
)

_MARKS = {"b": "**", "i": "//", "u": "__"}
_OFF = ("0", "false", "off", "none")
_AROUND = {w("sdt"), w("sdtContent"), w("hyperlink"), w("ins"), w("smartTag"), w("customXml")}


def outline(content: bytes) -> list[str]:
    """Return the paragraphs and table rows of a .docx as lines, its headers and footers last.

    Bold, italic and underlined text is marked, and a picture is ``[picture]``.

    >>> from docgen_nb import samples
    >>> outline(samples.template("Dear **{{name}}**\\n| a | b ¶ c |"))
    ['Dear **{{name}}**', '| a | b ¶ c |', '']
    """
    package = Package(content)
    lines: list[str] = []
    for part in text_parts(package):
        root = parse(package.read(part.name), name=part.name)
        body = root.find(BODY)
        prefix = "" if part.title == "document" else f"{part.title}: "
        lines += [f"{prefix}{line}" for line in _lines(root if body is None else body)]
    return lines


def _lines(parent: Element) -> Iterator[str]:
    for child in parent:
        if child.tag == P:
            yield _text(child).rstrip()
        elif child.tag == TBL:
            yield from (_row(row) for row in child.iter(TR))
        elif child.tag in _AROUND:
            yield from _lines(child)


def _row(row: Element) -> str:
    cells = (" ¶ ".join(_lines(cell)) for cell in row.iter(TC))
    return f"| {' | '.join(cells)} |"


def _text(paragraph: Element) -> str:
    """Return the text of a paragraph; neighboring runs of one formatting are joined."""
    pieces: list[tuple[str, str]] = []
    for run in _runs(paragraph):
        marks, text = _formatting(run), "".join(_contents(run))
        if pieces and pieces[-1][0] == marks:
            text = pieces.pop()[1] + text
        pieces.append((marks, text))
    return "".join(f"{marks}{text}{marks[::-1]}" if text else "" for marks, text in pieces)


def _runs(parent: Element) -> Iterator[Element]:
    for child in parent:
        if child.tag == RUN:
            yield child
        elif child.tag in _AROUND:
            yield from _runs(child)


def _formatting(run: Element) -> str:
    properties = run.find(RPR)
    if properties is None:
        return ""
    elements = {name: properties.find(w(name)) for name in _MARKS}
    return "".join(
        _MARKS[name]
        for name, element in elements.items()
        if element is not None and element.get(w("val"), "1") not in _OFF
    )


def _contents(run: Element) -> Iterator[str]:
    for element in run.iter(T, TAB, BR, INLINE, ANCHOR, TXBX):
        if element.tag == TXBX:
            yield f"[box: {' ¶ '.join(_lines(element))}]"
        elif element.tag in (INLINE, ANCHOR):
            yield "[picture]"
        elif next(element.iterancestors(RUN)) is run:
            yield {TAB: "\t", BR: "\n"}.get(element.tag, element.text or "")
