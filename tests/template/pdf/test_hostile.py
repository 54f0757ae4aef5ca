"""Documents that reach for the network, and machines that lack their fonts."""

from contextlib import closing
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import pypdfium2
import pytest
from docx import Document
from PIL import Image
from template.pdf.documents import content, field
from template.pdf.outside import python, replaced, web_server
from tools import require

from docgen_nb.template import pdf


@pytest.fixture(params=["libreoffice", "office2pdf"])
def engine(request: pytest.FixtureRequest) -> str:
    if request.param == "libreoffice":
        require("libreoffice")
    return request.param


def with_linked_picture(address: str) -> bytes:
    document = Document()
    document.add_paragraph("before")
    file = BytesIO()
    Image.new("RGB", (400, 400), "blue").save(file, format="PNG")
    document.add_picture(file)
    relations = document.part.rels.xml
    name = next(name for name, link in document.part.rels.items() if "image" in link.reltype)
    target = document.part.rels[name].target_ref
    return replaced(
        content(document),
        document=document.element.xml.replace("r:embed=", "r:link=").encode(),
        rels=relations.decode()
        .replace(f'Target="{target}"', f'Target="{address}" TargetMode="External"')
        .encode(),
    )


def with_field(code: str) -> bytes:
    document = Document()
    field(document.add_paragraph("before"), code)
    return content(document)


@pytest.mark.parametrize(
    "document",
    [
        lambda address: with_linked_picture(f"{address}/picture.png"),
        lambda address: with_field(f'INCLUDEPICTURE "{address}/picture.png"'),
        lambda address: with_field(f'INCLUDETEXT "{address}/other.docx"'),
    ],
    ids=["linked picture", "picture field", "text field"],
)
def test_nothing_is_fetched_that_a_document_links_to(engine, document):
    with web_server() as (address, asked):
        content = pdf.convert(document(address), engine=engine)

    assert asked == []
    assert pdf.text(content).strip() == "before"


def test_a_linked_file_of_this_machine_is_not_shown(engine, tmp_path):
    Image.new("RGB", (400, 400), "red").save(tmp_path / "secret.png")

    content = pdf.convert(with_linked_picture((tmp_path / "secret.png").as_uri()), engine=engine)

    (picture,) = pdf.page_pictures(content)
    colors = {color for _, color in Image.open(BytesIO(picture)).convert("RGB").getcolors(999)}
    assert (255, 0, 0) not in colors


def test_lines_in_a_font_that_is_absent_do_not_lie_over_each_other(engine):
    document = Document()
    document.styles["Normal"].font.name = "No Such Font"
    table = document.add_table(rows=6, cols=1, style="Table Grid")
    for row in table.rows:
        row.cells[0].text = "Wag"

    tops = line_tops(pdf.convert(content(document), engine=engine), word="Wag")

    assert len(tops) == 6
    assert all(above - below > 11 for above, below in pairwise(tops))  # points


def line_tops(pdf_content: bytes, *, word: str) -> list[float]:
    """Return how far above the foot of the page each line with that word reaches."""
    with (
        closing(pypdfium2.PdfDocument(pdf_content)) as document,
        closing(document[0]) as page,
        closing(page.get_textpage()) as text,
    ):
        search = text.search(word)
        places = iter(search.get_next, None)
        tops = [text.get_charbox(index)[3] for index, _ in places]
        search.close()
        return tops


def test_libreoffice_converts_on_a_machine_without_fonts(tmp_path: Path):
    require("libreoffice")
    nothing = tmp_path / "fonts.conf"
    nothing.write_text("<fontconfig></fontconfig>")

    run = python(
        "from docgen_nb.template import pdf\n"
        "from template.pdf.documents import line\n"
        "print(pdf.text(pdf.convert(line('Dear Ada'), engine='libreoffice')).strip())\n",
        FONTCONFIG_FILE=str(nothing),
    )

    assert (run.stdout, run.stderr) == ("Dear Ada\n", "")
