"""Word documents written as XML: package, styles, lists, paragraphs, tables."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

_MAIN = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_NAMESPACES = f'xmlns:w="{_MAIN}" xmlns:r="{_OFFICE}"'
INK, SOFT_INK, LINE, SHADE = "1F3347", "5B6B7B", "C9D2DB", "EDF2F6"
TEXT_WIDTH = 9638  # twentieths of a point: A4 with margins of 2 cm
SPLIT = "\u00a6"  # in a text: start of a new run


def document(body: str, *, header: str = "", footer: str = "") -> bytes:
    """Return a .docx from the XML of its body, header and footer."""
    parts = {
        "[Content_Types].xml": _content_types(header, footer),
        "_rels/.rels": _relations({"rId1": ("officeDocument", "word/document.xml")}),
        "word/document.xml": _document(body, header, footer),
        "word/_rels/document.xml.rels": _relations(_document_relations(header, footer)),
        "word/styles.xml": _styles(),
        "word/numbering.xml": _numbering(),
        "word/settings.xml": _settings(),
    }
    for name, kind, content in (("header1", "hdr", header), ("footer1", "ftr", footer)):
        if content:
            parts[f"word/{name}.xml"] = f"{_HEAD}<w:{kind} {_NAMESPACES}>{content}</w:{kind}>"
    return _zipped(parts)


def paragraph(text: str, *, style: str = "", align: str = "", keep: bool = False) -> str:
    """Return a paragraph; ``**bold**`` is bold, and a broken bar starts a new run."""
    properties = f'<w:pStyle w:val="{style}"/>' if style else ""
    properties += "<w:keepNext/>" if keep else ""
    properties += f'<w:jc w:val="{align}"/>' if align else ""
    return f"<w:p>{_wrapped('pPr', properties)}{runs(text)}</w:p>"


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


def _wrapped(name: str, content: str) -> str:
    return f"<w:{name}>{content}</w:{name}>" if content else ""


# Parts


def _document(body: str, header: str, footer: str) -> str:
    references = '<w:headerReference w:type="default" r:id="rIdHeader"/>' if header else ""
    references += '<w:footerReference w:type="default" r:id="rIdFooter"/>' if footer else ""
    section = (
        f'<w:sectPr>{references}<w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1134" '
        'w:right="1134" w:bottom="1134" w:left="1134" w:header="567" w:footer="567" '
        'w:gutter="0"/></w:sectPr>'
    )
    return f"{_HEAD}<w:document {_NAMESPACES}><w:body>{body}{section}</w:body></w:document>"


def _document_relations(header: str, footer: str) -> dict[str, tuple[str, str]]:
    relations = {
        "rIdStyles": ("styles", "styles.xml"),
        "rIdNumbering": ("numbering", "numbering.xml"),
        "rIdSettings": ("settings", "settings.xml"),
    }
    if header:
        relations["rIdHeader"] = ("header", "header1.xml")
    if footer:
        relations["rIdFooter"] = ("footer", "footer1.xml")
    return relations


def _relations(relations: Mapping[str, tuple[str, str]]) -> str:
    lines = "".join(
        f'<Relationship Id="{name}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for name, (kind, target) in relations.items()
    )
    return f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{lines}</Relationships>'


def _content_types(header: str, footer: str) -> str:
    kinds = {"document": "document.main", "styles": "styles", "numbering": "numbering"}
    kinds |= {"settings": "settings"}
    kinds |= {"header1": "header"} if header else {}
    kinds |= {"footer1": "footer"} if footer else {}
    lines = "".join(
        f'<Override PartName="/word/{name}.xml" ContentType="{_TYPE}.{kind}+xml"/>'
        for name, kind in kinds.items()
    )
    return (
        f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{lines}</Types>'
    )


def _settings() -> str:
    return f'{_HEAD}<w:settings {_NAMESPACES}><w:defaultTabStop w:val="567"/></w:settings>'


def _numbering() -> str:
    return (
        f'{_HEAD}<w:numbering {_NAMESPACES}><w:abstractNum w:abstractNumId="0">'
        '<w:multiLevelType w:val="hybridMultilevel"/><w:lvl w:ilvl="0"><w:start w:val="1"/>'
        '<w:numFmt w:val="bullet"/><w:lvlText w:val="\u2022"/><w:lvlJc w:val="left"/>'
        '<w:pPr><w:ind w:left="397" w:hanging="284"/></w:pPr></w:lvl></w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>'
    )


def _styles() -> str:
    defaults = (
        '<w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:ascii="Calibri" w:hAnsi="Calibri" '
        'w:cs="Calibri"/><w:sz w:val="21"/><w:lang w:val="en-US"/></w:rPr></w:rPrDefault>'
        '<w:pPrDefault><w:pPr><w:spacing w:after="100" w:line="264" w:lineRule="auto"/></w:pPr>'
        "</w:pPrDefault></w:docDefaults>"
    )
    paragraphs = "".join(_style(*one) for one in _PARAGRAPH_STYLES)
    return f"{_HEAD}<w:styles {_NAMESPACES}>{defaults}{paragraphs}{_TABLE_STYLES}</w:styles>"


def _style(name: str, title: str, paragraph_properties: str, run_properties: str) -> str:
    default = ' w:default="1"' if name == "Normal" else ""
    based = "" if name == "Normal" else '<w:basedOn w:val="Normal"/>'
    return (
        f'<w:style w:type="paragraph"{default} w:styleId="{name}"><w:name w:val="{title}"/>{based}'
        f"<w:qFormat/>{_wrapped('pPr', paragraph_properties)}{_wrapped('rPr', run_properties)}"
        "</w:style>"
    )


_PARAGRAPH_STYLES = (
    ("Normal", "Normal", "", ""),
    (
        "Title",
        "Title",
        '<w:spacing w:before="0" w:after="40"/>',
        f'<w:b/><w:color w:val="{INK}"/><w:sz w:val="44"/>',
    ),
    (
        "Subtitle",
        "Subtitle",
        '<w:spacing w:after="240"/>',
        f'<w:color w:val="{SOFT_INK}"/><w:sz w:val="22"/>',
    ),
    (
        "Heading1",
        "heading 1",
        '<w:keepNext/><w:spacing w:before="280" w:after="100"/><w:outlineLvl w:val="0"/>',
        f'<w:b/><w:color w:val="{INK}"/><w:sz w:val="28"/>',
    ),
    (
        "Heading2",
        "heading 2",
        '<w:keepNext/><w:spacing w:before="200" w:after="60"/><w:outlineLvl w:val="1"/>',
        f'<w:b/><w:color w:val="{SOFT_INK}"/><w:sz w:val="23"/>',
    ),
    (
        "ListBullet",
        "List Bullet",
        '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr><w:spacing w:after="40"/>'
        "<w:contextualSpacing/>",
        "",
    ),
    ("Cell", "Cell", '<w:spacing w:before="50" w:after="50" w:line="240" w:lineRule="auto"/>', ""),
    (
        "Label",
        "Label",
        '<w:spacing w:before="50" w:after="50" w:line="240" w:lineRule="auto"/>',
        f'<w:color w:val="{SOFT_INK}"/>',
    ),
    (
        "Edge",
        "Edge",
        '<w:tabs><w:tab w:val="right" w:pos="9638"/></w:tabs><w:spacing w:after="0"/>',
        f'<w:color w:val="{SOFT_INK}"/><w:sz w:val="17"/>',
    ),
)


def _border(side: str, size: int, color: str) -> str:
    return f'<w:{side} w:val="single" w:sz="{size}" w:space="0" w:color="{color}"/>'


_MARGINS = (
    '<w:tblCellMar><w:left w:w="85" w:type="dxa"/><w:right w:w="85" w:type="dxa"/></w:tblCellMar>'
)
_TABLE_STYLES = (
    '<w:style w:type="table" w:default="1" w:styleId="Plain"><w:name w:val="Normal Table"/>'
    f'<w:tblPr><w:tblInd w:w="0" w:type="dxa"/>{_MARGINS}</w:tblPr></w:style>'
    '<w:style w:type="table" w:styleId="Lines"><w:name w:val="Lines"/><w:basedOn w:val="Plain"/>'
    f"<w:tblPr><w:tblBorders>{_border('top', 8, INK)}{_border('bottom', 8, INK)}"
    f"{_border('insideH', 4, LINE)}</w:tblBorders>{_MARGINS}</w:tblPr>"
    f'<w:tblStylePr w:type="firstRow"><w:rPr><w:b/><w:color w:val="{INK}"/></w:rPr><w:tcPr>'
    f'<w:shd w:val="clear" w:color="auto" w:fill="{SHADE}"/></w:tcPr></w:tblStylePr></w:style>'
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
