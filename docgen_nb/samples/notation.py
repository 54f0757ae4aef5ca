"""A short text notation for templates."""

from collections.abc import Sequence
from itertools import groupby

from docgen_nb.samples import word_xml

_STYLES = {"# ": "Title", "## ": "Heading1", "### ": "Heading2", "- ": "ListBullet"}
_NEXT_PARAGRAPH = "\u00b6"


def template(notation: str) -> bytes:
    r"""Return a .docx from a short notation.

    Each line is a paragraph. Empty lines and indentation are ignored.

    - ``# ``, ``## ``, ``### `` start a title and headings, ``- `` a bullet.
    - ``| a | b |`` is a row of a table. Consecutive rows form a table, whose first row is a header
      if ``|---|`` follows. A pilcrow (``\u00b6``) starts a new paragraph in a cell.
    - ``header: `` and ``footer: `` start a line of the header and the footer.
    - ``**bold**`` is bold; a broken bar (``\u00a6``) ends a run, as Word does within tags.
    - ``~`` alone is an empty paragraph.
    - ``\t`` and ``\n`` written out are a tab and a line break.

    >>> template("# Hello {{na\u00a6me}}")[:2]
    b'PK'
    """
    edges = {"header: ": "", "footer: ": ""}
    inside = []
    for line in _lines(notation):
        edge = line[: len("header: ")]
        if edge in edges:
            edges[edge] += word_xml.paragraph(line.removeprefix(edge), style="Edge")
        else:
            inside.append(line)
    header, footer = edges.values()
    return word_xml.document(_body(inside), header=header, footer=footer)


def body(notation: str) -> str:
    """Return the XML of paragraphs and tables in the notation of `template`."""
    return _body(_lines(notation))


def _lines(notation: str) -> list[str]:
    lines = [line.strip() for line in notation.splitlines()]
    return [line.replace("\\t", "\t").replace("\\n", "\n") for line in lines if line]


def _body(lines: Sequence[str]) -> str:
    pieces: list[str] = []
    for is_row, group in groupby(lines, key=_is_row):
        together = list(group)
        pieces += [_table(together)] if is_row else map(_paragraph, together)
    if pieces and pieces[-1].endswith("</w:tbl>"):
        pieces.append(word_xml.paragraph(""))  # Word requires a paragraph after a table
    return "".join(pieces)


def _is_row(line: str) -> bool:
    return line.startswith("|") and line.endswith("|") and len(line) > 1


def _paragraph(line: str) -> str:
    if line == "~":
        return word_xml.paragraph("")
    for start, style in _STYLES.items():
        if line.startswith(start):
            return word_xml.paragraph(line.removeprefix(start), style=style)
    return word_xml.paragraph(line)


def _table(lines: Sequence[str]) -> str:
    has_header = len(lines) > 1 and _is_rule(lines[1])
    rows = [list(map(_cell, line[1:-1].split("|"))) for line in lines if not _is_rule(line)]
    count = max(map(len, rows))
    widths = [word_xml.TEXT_WIDTH // count] * count
    filled = [cells + [_cell("")] * (count - len(cells)) for cells in rows]
    return word_xml.table(
        [
            word_xml.row(cells, widths=widths, is_header=has_header and index == 0)
            for index, cells in enumerate(filled)
        ],
        widths=widths,
        header=has_header,
    )


def _is_rule(line: str) -> bool:
    return set(line) == {"|", "-"}


def _cell(text: str) -> str:
    return "".join(
        word_xml.paragraph(one.strip(" "), style="Cell") for one in text.split(_NEXT_PARAGRAPH)
    )
