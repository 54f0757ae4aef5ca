"""LibreOffice gets documents without the styles that nothing uses, and prints the same pages."""

import re
import subprocess
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from docx import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Pt, RGBColor
from template.pdf.documents import content, field, hard_page, line, order
from template.pdf.outside import replaced, script
from tools import require

from docgen_nb import samples
from docgen_nb.template import Template, pdf
from docgen_nb.template.pdf.strip_styles import strip_styles

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
TAKEN_BY_ITSELF = """
    <w:style w:type="paragraph" w:styleId="a" w:default="1"><w:name w:val="Body"/></w:style>
    <w:style w:type="character" w:styleId="b"><w:name w:val="Hyperlink"/></w:style>
"""
# A style each that is used in another place, and one that nothing uses.
USED_IN = {
    "paragraph": '<w:p><w:pPr><w:pStyle w:val="X"/></w:pPr></w:p>',
    "run": '<w:p><w:r><w:rPr><w:rStyle w:val="X"/></w:rPr></w:r></w:p>',
    "table": '<w:tbl><w:tblPr><w:tblStyle w:val="X"/></w:tblPr></w:tbl>',
    "other case": '<w:p><w:pPr><w:pStyle w:val="x"/></w:pPr></w:p>',
    "by its name": '<w:p><w:pPr><w:pStyle w:val="The X"/></w:pPr></w:p>',
    "text box": '<w:p><w:r><w:pict><w:pStyle w:val="X"/></w:pict></w:r></w:p>',
    "what may not be known": "<mc:AlternateContent><w:pStyle w:val='X'/></mc:AlternateContent>",
}


def with_styles(styles: str, *, body: str = "<w:p/>", **parts: str) -> bytes:
    """A document of these style definitions and this body, with other parts by their names."""
    spaces = f'xmlns:w="{W}" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    file = BytesIO()
    with ZipFile(BytesIO(line("x"))) as old, ZipFile(file, "w") as new:
        for name in ("[Content_Types].xml", "_rels/.rels"):
            new.writestr(name, old.read(name))
        new.writestr("word/styles.xml", f"<w:styles {spaces}>{styles}</w:styles>")
        new.writestr("word/document.xml", f"<w:document {spaces}>{body}</w:document>")
        for name, text in parts.items():
            new.writestr(name, f"<w:part {spaces}>{text}</w:part>")
    return file.getvalue()


def style(name: str, inner: str = "", *, kind: str = "paragraph") -> str:
    named = f'<w:name w:val="The {name}"/>{inner}'
    return f'<w:style w:type="{kind}" w:styleId="{name}">{named}</w:style>'


def styles_of(document: bytes) -> list[str]:
    with ZipFile(BytesIO(document)) as package:
        assert package.testzip() is None
        return re.findall('styleId="([^"]*)"', package.read("word/styles.xml").decode())


@pytest.mark.parametrize("body", USED_IN.values(), ids=USED_IN)
def test_a_style_that_is_used_is_kept_and_one_that_is_not_goes(body):
    content = strip_styles(with_styles(style("X") + style("Y"), body=body))

    assert styles_of(content) == ["X"]


def test_styles_that_libreoffice_takes_by_itself_are_kept():
    assert styles_of(strip_styles(with_styles(TAKEN_BY_ITSELF + style("X")))) == ["a", "b"]


def test_what_a_used_style_builds_on_is_kept_to_the_end_even_in_a_circle():
    styles = [
        style("X", '<w:basedOn w:val="B"/>'),
        style("B", '<w:next w:val="N"/>'),
        style("N", '<w:link w:val="L"/>'),
        style("L", '<w:basedOn w:val="X"/>', kind="character"),
        style("Y", '<w:basedOn w:val="X"/>'),
    ]

    content = strip_styles(with_styles("".join(styles), body=USED_IN["paragraph"]))

    assert styles_of(content) == ["X", "B", "N", "L"]


@pytest.mark.parametrize(
    "name", ["word/header1.xml", "word/footnotes.xml", "word/numbering.xml", "word/settings.xml"]
)
def test_a_style_that_only_another_part_uses_is_kept(name):
    part = {name: '<w:pStyle w:val="X"/>'}

    assert styles_of(strip_styles(with_styles(style("X") + style("Y"), **part))) == ["X"]


def test_other_copies_of_the_definitions_do_not_count_as_a_use():
    parts = dict.fromkeys(
        ("word/stylesWithEffects.xml", "word/glossary/styles.xml"), '<w:basedOn w:val="X"/>'
    )

    assert styles_of(strip_styles(with_styles(style("X"), **parts))) == []


def test_all_else_stays_byte_for_byte():
    before, after = (ZipFile(BytesIO(each)) for each in (order(1), strip_styles(order(1))))

    others = set(before.namelist()) - {"word/styles.xml"}
    assert set(after.namelist()) - {"word/styles.xml"} == others
    assert {name: after.read(name) for name in others} == {
        name: before.read(name) for name in others
    }


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"PK",
        line("x")[:-40],
        with_styles(style("Normal")),  # nothing to take out
        with_styles(style("X"), body="<w:instrText> T</w:instrText><w:instrText>OC \\t"
                    "</w:instrText>"),
        with_styles(style("X"), body='<w:fldSimple w:instr="StyleRef &quot;The X&quot;"/>'),
        with_styles(style("X"), body="<w:p>"),  # no sound XML
        with_styles("<w:p>"),
        with_styles(style("X"), body="<w:t>" + "x" * 5_000_000 + "</w:t>"),
        replaced(line("x"), types=b"<Types>"),
        replaced(line("x"), types=b'<T><Override PartName="/word/header1.part" '
                 b'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.'
                 b'header+xml"/></T>'),
        replaced(line("x"), document=b'<!DOCTYPE w [<!ENTITY a "b">]><w>&a;</w>'),
    ],
    ids=["empty", "no zip", "cut off", "all used", "table of contents", "reference to a style",
         "broken document", "broken styles", "long", "broken types", "header of another name",
         "entities"],
)  # fmt: skip
def test_in_doubt_a_document_stays_as_it_is(document):
    assert strip_styles(document) is document


def test_a_document_without_styles_or_types_stays_as_it_is():
    for left_out in ("word/styles.xml", "[Content_Types].xml"):
        file = BytesIO()
        with ZipFile(BytesIO(line("x"))) as old, ZipFile(file, "w") as new:
            for name in set(old.namelist()) - {left_out}:
                new.writestr(name, old.read(name))

        assert strip_styles(file.getvalue()) == file.getvalue()


def test_libreoffice_is_given_the_document_without_unused_styles(tmp_path, monkeypatch):
    require("libreoffice")
    text = f'soffice "$@"\ncp "$MADE"/../000000.docx {tmp_path}/given.docx'
    monkeypatch.setenv("DOCGEN_NB_SOFFICE", script(tmp_path / "soffice", text))

    assert pdf.text(pdf.convert(line("made"))).strip() == "made"

    given = (tmp_path / "given.docx").read_bytes()
    assert len(styles_of(line("made"))) == 164
    assert styles_of(given) == styles_of(strip_styles(line("made")))
    assert len(styles_of(given)) == 14


def all_kinds_of_styles() -> bytes:
    """A page on which each kind of style shows in a place of its own."""
    document = Document()
    colored(document, "Base", WD_STYLE_TYPE.PARAGRAPH).font.size = Pt(17)
    on_base = colored(document, "On base", WD_STYLE_TYPE.PARAGRAPH)
    on_base.base_style = document.styles["Base"]
    colored(document, "Shouted", WD_STYLE_TYPE.CHARACTER).font.all_caps = True
    document.add_paragraph("On base", style="On base").add_run(" and shouted", style="Shouted")
    document.sections[0].header.paragraphs[0].style = document.styles["Intense Quote"]
    document.sections[0].header.paragraphs[0].text = "Header"
    document.add_paragraph("Numbered", style="List Number 3")
    document.add_heading("Heading of level 4", level=4)
    grid = document.add_table(rows=3, cols=3, style="Colorful Grid Accent 2")
    grid.cell(1, 1).paragraphs[0].style = document.styles["Caption"]
    grid.cell(1, 1).paragraphs[0].text = "Caption in a cell"
    linked(document)
    colored(document, "footnote reference", WD_STYLE_TYPE.CHARACTER).font.size = Pt(20)
    document.sections[0]._sectPr.append(
        parse_xml(f'<w:lnNumType {nsdecls("w")} w:countBy="1" w:restart="continuous"/>')
    )
    field(document.add_paragraph("Page "), "PAGE")
    return content(document)


def colored(document, name, kind):
    new_style = document.styles.add_style(name, kind)
    new_style.font.color.rgb = RGBColor(0, 0x70, 0xC0)
    return new_style


def linked(document):
    """A link without a style of its own, where the document defines how links look."""
    colored(document, "Hyperlink", WD_STYLE_TYPE.CHARACTER).font.underline = True
    link = OxmlElement("w:hyperlink")
    link.set(
        qn("r:id"),
        document.part.relate_to("http://localhost/", RELATIONSHIP_TYPE.HYPERLINK, is_external=True),
    )
    paragraph = document.add_paragraph("See ")
    link.append(paragraph.add_run("the link")._r)
    paragraph._p.append(link)


DOCUMENTS = {
    "line": line("One line"),
    "order": order(3, rows=40),
    "hard page": hard_page(),
    "styles": all_kinds_of_styles(),
    "letter": Template(samples.letter_template()).render(samples.letter()).content,
}


def test_the_pages_look_the_same_to_the_last_dot(tmp_path: Path):
    require("libreoffice")
    fewer = {name: strip_styles(document) for name, document in DOCUMENTS.items()}

    before = printed(DOCUMENTS, tmp_path / "before")
    after = printed(fewer, tmp_path / "after")

    for name, document in DOCUMENTS.items():
        assert len(styles_of(fewer[name])) < len(styles_of(document))
        assert pdf.text(after[name]) == pdf.text(before[name])
        assert pdf.page_pictures(after[name]) == pdf.page_pictures(before[name])


def printed(documents: dict[str, bytes], folder: Path) -> dict[str, bytes]:
    """Convert by one plain call of soffice, past the library."""
    folder.mkdir()
    for name, document in documents.items():
        (folder / f"{name}.docx").write_bytes(document)
    command = ["soffice", f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless"]
    command += ["--convert-to", "pdf", "--outdir", str(folder)]
    subprocess.run([*command, *map(str, sorted(folder.glob("*.docx")))], check=True, timeout=120)
    return {name: (folder / f"{name}.pdf").read_bytes() for name in documents}
