"""Where paragraphs are: counted as a person counts them, in a table cell within that cell."""

from collections import Counter
from collections.abc import Callable, Iterator

from docgen_nb.template.docx.xml import SDT_CONTENT, TBL, TC, TR, Element, P, w
from docgen_nb.template.problems import Place


def paragraph_places(
    root: Element, title: str, *, wanted: Callable[[Element], bool]
) -> dict[Element, Place]:
    """Return the places of the wanted paragraphs of a part, in their order."""
    counts: Counter[Element | None] = Counter()  # by cell; None is outside all tables
    paragraphs = []
    for paragraph in root.iter(P):
        cell = next(paragraph.iterancestors(TC), None)
        counts[cell] += 1
        if wanted(paragraph):
            paragraphs.append((paragraph, counts[cell], cell))
    numbers = _cell_numbers(root, {cell for _, _, cell in paragraphs})
    return {
        paragraph: Place(title, number, *numbers.get(cell, (None, None, None)))
        for paragraph, number, cell in paragraphs
    }


def _cell_numbers(
    root: Element, cells: set[Element | None]
) -> dict[Element | None, tuple[int, int, int]]:
    """Return the numbers of the table, row and cell of each of these cells."""
    return {
        cell: (table_number, row_number, cell_number)
        for table_number, table in enumerate(root.iter(TBL), 1)
        for row_number, row in enumerate(_children(table, TR), 1)
        for cell_number, cell in enumerate(_children(row, TC), 1)
        if cell in cells
    }


def _children(parent: Element, tag: str) -> Iterator[Element]:
    """Return the rows of a table or the cells of a row, including those in content controls."""
    for child in parent:
        if child.tag == tag:
            yield child
        elif child.tag in (w("sdt"), SDT_CONTENT, w("customXml")):
            yield from _children(child, tag)
