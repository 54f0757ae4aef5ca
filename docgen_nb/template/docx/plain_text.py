"""The words of a Word document, to look for something in them."""

from collections.abc import Iterator

from docgen_nb.template.docx.package import Package
from docgen_nb.template.docx.xml import BR, TAB, Element, P, T, parse, stories

_BREAKS = {BR: "\n", TAB: "\t"}


def read_text(content: bytes) -> str:
    r"""Return the text of a .docx: body, then headers, footers and notes, one paragraph a line.

    Raises UnreadableTemplate if the file is no .docx.

    Examples
    --------
    >>> from docgen_nb import samples
    >>> read_text(samples.template("Dear {{name}},\nwelcome."))
    'Dear {{name}},\nwelcome.'
    """
    package = Package(content)
    roots = (parse(package.read(story.name), name=story.name) for story in stories(package))
    return "\n".join(_paragraph(p) for root in roots for p in root.iter(P))


def _paragraph(paragraph: Element) -> str:
    return "".join(_words(paragraph))


def _words(element: Element) -> Iterator[str]:
    for child in element:
        if child.tag == P:
            continue  # a text box inside: a paragraph of its own
        if child.tag == T:
            yield child.text or ""
        yield _BREAKS.get(child.tag, "")
        yield from _words(child)
