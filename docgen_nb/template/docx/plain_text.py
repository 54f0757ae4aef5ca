"""Text of a Word document, without formatting."""

from collections.abc import Iterator

from docgen_nb.template.docx.package import Package
from docgen_nb.template.docx.xml import BR, TAB, Element, P, T, parse, text_parts

_BREAKS = {BR: "\n", TAB: "\t"}


def read_text(content: bytes) -> str:
    r"""Return the text of a .docx: body, then headers, footers and notes, one paragraph a line.

    Raises UnreadableTemplate if the file is not a .docx.

    Examples
    --------
    >>> from docgen_nb import samples
    >>> read_text(samples.template("Dear {{name}},\nwelcome."))
    'Dear {{name}},\nwelcome.'
    """
    package = Package(content)
    roots = (parse(package.read(part.name), name=part.name) for part in text_parts(package))
    return "\n".join("".join(_text(paragraph)) for root in roots for paragraph in root.iter(P))


def _text(element: Element) -> Iterator[str]:
    for child in element:
        if child.tag == P:
            continue  # inside a text box: a paragraph of its own
        if child.tag == T:
            yield child.text or ""
        yield _BREAKS.get(child.tag, "")
        yield from _text(child)
