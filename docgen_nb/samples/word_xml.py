"""Word documents written as XML: package, paragraphs and tables.

The styles, the numbering of lists and the settings are the files in the folder `word`.
"""

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

_MAIN = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_NAMESPACES = f'xmlns:w="{_MAIN}" xmlns:r="{_OFFICE}"'
_CONSTANT_PARTS = sorted(Path(__file__).with_name("word").glob("*.xml"))
TEXT_WIDTH = 9638  # twentieths of a point: A4 with margins of 2 cm
SPLIT = "\u00a6"  # in a text: start of a new run


def document(body: str, *, header: str = "", footer: str = "") -> bytes:
    """Return a .docx from the XML of its body, header and footer."""
    edges = {kind: xml for kind, xml in (("header", header), ("footer", footer)) if xml}
    parts = {
        "[Content_Types].xml": _content_types(edges),
        "_rels/.rels": _relations({"rId1": ("officeDocument", "word/document.xml")}),
        "word/document.xml": _document(body, edges),
        "word/_rels/document.xml.rels": _relations(_document_relations(edges)),
        **{f"word/{path.name}": path.read_text("utf-8") for path in _CONSTANT_PARTS},
    }
    for kind, xml in edges.items():
        root = {"header": "w:hdr", "footer": "w:ftr"}[kind]
        parts[f"word/{kind}1.xml"] = f"{_HEAD}<{root} {_NAMESPACES}>{xml}</{root}>"
    return _zipped(parts)


def paragraph(text: str, *, style: str = "", align: str = "") -> str:
    """Return a paragraph; ``**bold**`` is bold, and a broken bar starts a new run."""
    properties = f'<w:pStyle w:val="{style}"/>' if style else ""
    properties += f'<w:jc w:val="{align}"/>' if align else ""
    properties = f"<w:pPr>{properties}</w:pPr>" if properties else ""
    return f"<w:p>{properties}{runs(text)}</w:p>"


def runs(text: str) -> str:
    """Return the runs of a text: bold between double asterisks, split at broken bars."""
    pieces = []
    for position, stretch in enumerate(text.split("**")):
        properties = "<w:rPr><w:b/></w:rPr>" if position % 2 else ""
        cut = [f"<w:r>{properties}{_texts(one)}</w:r>" for one in stretch.split(SPLIT) if one]
        pieces.append('<w:proofErr w:type="spellStart"/>'.join(cut))
    return "".join(pieces)


def _texts(text: str) -> str:
    """Return text with elements for tabs and line breaks."""
    lines = [
        "<w:tab/>".join(
            f'<w:t xml:space="preserve">{escape(one)}</w:t>' for one in line.split("\t")
        )
        for line in text.split("\n")
    ]
    return "<w:br/>".join(lines)


def field(instruction: str, shown: str) -> str:
    """Return a field such as the page number, with the text shown until Word computes it."""
    return (
        f"<w:fldSimple w:instr={quoteattr(instruction)}><w:r><w:t>{shown}</w:t></w:r></w:fldSimple>"
    )


def table(
    rows: Sequence[str], *, widths: Sequence[int], style: str = "Lines", header: bool = False
) -> str:
    """Return a table of rows; widths are in twentieths of a point."""
    look = f'<w:tblLook w:val="{"0420" if header else "0400"}" w:firstRow="{int(header)}"/>'
    columns = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    return (
        f'<w:tbl><w:tblPr><w:tblStyle w:val="{style}"/><w:tblW w:w="{sum(widths)}" w:type="dxa"/>'
        f'<w:tblLayout w:type="fixed"/>{look}</w:tblPr><w:tblGrid>{columns}</w:tblGrid>'
        f"{''.join(rows)}</w:tbl>"
    )


def row(cells: Sequence[str], *, widths: Sequence[int], is_header: bool = False) -> str:
    """Return a row of cells, given as XML paragraphs. A header row repeats on every page."""
    properties = "<w:trPr><w:cantSplit/>" + ("<w:tblHeader/>" if is_header else "") + "</w:trPr>"
    inner = "".join(
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>{cell}</w:tc>'
        for cell, width in zip(cells, widths, strict=True)
    )
    return f"<w:tr>{properties}{inner}</w:tr>"


# Parts


def _document(body: str, edges: Iterable[str]) -> str:
    references = "".join(
        f'<w:{kind}Reference w:type="default" r:id="rId{kind.title()}"/>' for kind in edges
    )
    section = (
        f'<w:sectPr>{references}<w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1134" '
        'w:right="1134" w:bottom="1134" w:left="1134" w:header="567" w:footer="567" '
        'w:gutter="0"/></w:sectPr>'
    )
    return f"{_HEAD}<w:document {_NAMESPACES}><w:body>{body}{section}</w:body></w:document>"


def _document_relations(edges: Iterable[str]) -> dict[str, tuple[str, str]]:
    targets = {path.stem: path.name for path in _CONSTANT_PARTS}
    targets |= {kind: f"{kind}1.xml" for kind in edges}
    return {f"rId{kind.title()}": (kind, target) for kind, target in targets.items()}


def _relations(relations: Mapping[str, tuple[str, str]]) -> str:
    lines = "".join(
        f'<Relationship Id="{name}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for name, (kind, target) in relations.items()
    )
    return f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{lines}</Relationships>'


def _content_types(edges: Iterable[str]) -> str:
    kinds = {"document": "document.main"} | {path.stem: path.stem for path in _CONSTANT_PARTS}
    kinds |= {f"{kind}1": kind for kind in edges}
    lines = "".join(
        f'<Override PartName="/word/{name}.xml" ContentType="{_TYPE}.{kind}+xml"/>'
        for name, kind in kinds.items()
    )
    return (
        f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{lines}</Types>'
    )


def _zipped(parts: Mapping[str, str]) -> bytes:
    """Return a zip archive; the same parts give the same bytes."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content.encode())
    return stream.getvalue()
