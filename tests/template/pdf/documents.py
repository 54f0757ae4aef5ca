"""Word documents to convert: one line, an order, and a page of what converters find hard."""

from io import BytesIO

from docx import Document
from docx.document import Document as DocumentObject
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Inches, Pt, RGBColor
from docx.text.paragraph import Paragraph

PRODUCTS = (
    ("A-100", "Desk lamp", 2, 39.5),
    ("B-200", "Chair", 4, 120.0),
    ("C-300", "Shelf", 1, 89.9),
)


def line(text: str) -> bytes:
    document = Document()
    document.add_paragraph(text)
    return content(document)


def order(number: int, *, rows: int = 3) -> bytes:
    document = Document()
    document.styles["Normal"].font.name = "Liberation Sans"
    document.add_heading(f"Order {number}", level=1)
    document.add_paragraph("Ship to: Ada Lovelace, 12 St James's Square, London")
    table = document.add_table(rows=1, cols=4, style="Table Grid")
    for cell, name in zip(table.rows[0].cells, ("Code", "Product", "Count", "Price"), strict=True):
        cell.paragraphs[0].add_run(name).bold = True
    for row in range(rows):
        code, product, count, price = PRODUCTS[row % len(PRODUCTS)]
        cells = table.add_row().cells
        for cell, value in zip(cells, (code, product, str(count), f"{price:.2f}"), strict=True):
            cell.text = value
        cells[3].paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT
    document.add_paragraph("Thank you for your order.")
    return content(document)


def hard_page() -> bytes:
    document = Document()
    document.styles["Normal"].font.name = "Liberation Sans"
    document.styles["Normal"].font.size = Pt(11)
    header_and_footer(document)
    document.add_heading("Hard page", level=1)
    lists(document)
    merged_table(document)
    marks(document)
    columns(document)
    landscape(document)
    return content(document)


def header_and_footer(document: DocumentObject) -> None:
    section = document.sections[0]
    header = section.header.paragraphs[0]
    header.text = "Left title\tMiddle title\tRight title"
    footer = section.footer.paragraphs[0]
    footer.paragraph_format.tab_stops.add_tab_stop(Inches(6), WD_TAB_ALIGNMENT.RIGHT)
    footer.add_run("Page ")
    field(footer, "PAGE")
    footer.add_run(" of ")
    field(footer, "NUMPAGES")


def field(paragraph: Paragraph, code: str) -> None:
    for kind, text in (("begin", ""), ("", code), ("end", "")):
        run = paragraph.add_run()._r
        if kind:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
        else:
            mark = OxmlElement("w:instrText")
            mark.text = text
        run.append(mark)


def lists(document: DocumentObject) -> None:
    for text, style in (
        ("First point", "List Bullet"),
        ("Point below it", "List Bullet 2"),
        ("Second point", "List Bullet"),
        ("Step one", "List Number"),
        ("Step two", "List Number"),
        ("Detail of step two", "List Number 2"),
    ):
        document.add_paragraph(text, style=style)


def merged_table(document: DocumentObject) -> None:
    table = document.add_table(rows=4, cols=4, style="Table Grid")
    for row in range(4):
        for column in range(4):
            table.cell(row, column).text = f"r{row}c{column}"
    across = table.cell(0, 0).merge(table.cell(0, 2))
    across.text = "Three cells across"
    shade(across._tc, "DDEEFF")
    table.cell(1, 0).merge(table.cell(2, 0)).text = "Two cells down"
    table.cell(2, 2).merge(table.cell(3, 3)).text = "Two by two"


def shade(cell: object, color: str) -> None:
    mark = OxmlElement("w:shd")
    mark.set(qn("w:val"), "clear")
    mark.set(qn("w:fill"), color)
    cell.get_or_add_tcPr().append(mark)


def marks(document: DocumentObject) -> None:
    paragraph = document.add_paragraph("Plain, ")
    paragraph.add_run("bold").bold = True
    paragraph.add_run(", ")
    paragraph.add_run("italic").italic = True
    paragraph.add_run(", ")
    paragraph.add_run("underlined").underline = True
    paragraph.add_run(", ")
    paragraph.add_run("struck").font.strike = True
    paragraph.add_run(", x")
    paragraph.add_run("2").font.superscript = True
    paragraph.add_run(", H")
    paragraph.add_run("2").font.subscript = True
    paragraph.add_run("O, ")
    paragraph.add_run("red").font.color.rgb = RGBColor(0xC0, 0, 0)
    paragraph.add_run(".\tÄÖÜ ß é ñ € Привет Ελλάδα")


def columns(document: DocumentObject) -> None:
    section = document.add_section(WD_SECTION.CONTINUOUS)
    columns = section._sectPr.xpath("./w:cols")[0]
    columns.set(qn("w:num"), "2")
    columns.set(qn("w:space"), "720")
    for number in range(6):
        document.add_paragraph(
            f"Column text {number}. " + "The quick brown fox jumps over it. " * 4
        )


def landscape(document: DocumentObject) -> None:
    section = document.add_section(WD_SECTION.NEW_PAGE)
    section._sectPr.xpath("./w:cols")[0].set(qn("w:num"), "1")
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = section.page_height, section.page_width
    document.add_heading("Lying page", level=2)
    document.add_paragraph("Wide text on the last page. " * 6)


def content(document: DocumentObject) -> bytes:
    file = BytesIO()
    document.save(file)
    return file.getvalue()
