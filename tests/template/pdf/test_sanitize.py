"""LibreOffice is given documents that cannot reach for files of this machine."""

import base64
import gzip
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from docx import Document
from PIL import Image
from template.pdf.documents import content, line, order
from tools import require

from docgen_nb.errors import ConversionFailed, UnreadableTemplate
from docgen_nb.template import pdf
from docgen_nb.template.pdf.sanitize import sanitize

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
DRAWING = "http://schemas.openxmlformats.org/drawingml/2006"
SHAPE = "http://schemas.microsoft.com/office/word/2010/wordprocessingShape"
RELATIONS = "word/_rels/document.xml.rels"
FILLED_SHAPE = f"""<w:p xmlns:w="{W}" xmlns:r="{OFFICE}" xmlns:a="{DRAWING}/main"><w:r><w:drawing>
<wp:inline xmlns:wp="{DRAWING}/wordprocessingDrawing"><wp:extent cx="999999" cy="999999"/>
<wp:docPr id="1" name="x"/><a:graphic><a:graphicData uri="{SHAPE}"><wps:wsp xmlns:wps="{SHAPE}">
<wps:cNvSpPr/><wps:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="999999" cy="999999"/></a:xfrm>
<a:prstGeom prst="rect"/><a:blipFill><a:blip r:link="rX"/><a:stretch><a:fillRect/></a:stretch>
</a:blipFill></wps:spPr><wps:bodyPr/></wps:wsp></a:graphicData></a:graphic></wp:inline></w:drawing>
</w:r></w:p>"""
PLAIN_SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="99" height="99">'
    '<rect width="50" height="50" fill="#0000ff"/></svg>'
)


def changed(document: bytes, **parts: bytes | None) -> bytes:
    """A document with other contents of its parts, or with further parts."""
    file = BytesIO()
    with ZipFile(BytesIO(document)) as old, ZipFile(file, "w", ZIP_DEFLATED) as new:
        for name in dict.fromkeys((*old.namelist(), *parts)):
            new.writestr(name, parts[name] if name in parts else old.read(name))
    return file.getvalue()


def read(document: bytes, name: str) -> bytes:
    with ZipFile(BytesIO(document)) as package:
        assert package.testzip() is None
        return package.read(name)


def related(document: bytes, kind: str, target: str, *, mode: str = ' TargetMode="External"'):
    relation = f'<Relationship Id="rX" Type="{OFFICE}/{kind}" Target="{target}"{mode}/>'
    relations = read(document, RELATIONS)
    added = relations.replace(b"</Relationships>", relation.encode() + b"</Relationships>")
    return changed(document, **{RELATIONS: added})


def in_body(document: bytes, xml: str) -> bytes:
    body = read(document, "word/document.xml").replace(b"<w:body>", b"<w:body>" + xml.encode())
    return changed(document, **{"word/document.xml": body})


def filled_shape(address: str, *, kind: str = "image") -> bytes:
    return related(in_body(line("before"), FILLED_SHAPE), kind, address)


def with_drawing(drawing: bytes, *, name: str = "image1.svg") -> bytes:
    document = Document()
    document.add_paragraph("before")
    file = BytesIO()
    Image.new("RGB", (60, 60), "blue").save(file, format="PNG")
    document.add_picture(file)
    word_file = content(document)
    types = read(word_file, "[Content_Types].xml").replace(
        b"<Default ", b'<Default Extension="svg" ContentType="image/svg+xml"/><Default ', 1
    )
    relations = read(word_file, RELATIONS).replace(b"image1.png", name.encode())
    parts = {"[Content_Types].xml": types, RELATIONS: relations, f"word/media/{name}": drawing}
    return changed(word_file, **parts)


def svg(address: str, *, attribute: str = "xlink:href") -> bytes:
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="99" height="99"><image {attribute}="{address}" width="99" height="99"/></svg>'
    ).encode()


def nested_svg(address: str) -> bytes:
    return svg("data:image/png;base64," + base64.b64encode(svg(address)).decode())


def svg_with_entity(address: str) -> bytes:
    return f'<!DOCTYPE svg [<!ENTITY a "{address}">]>'.encode() + svg("&a;")


def inner_document(address: str, *, depth: int = 1) -> bytes:
    inner = filled_shape(address)
    for _ in range(depth):
        chunk = f'<w:altChunk xmlns:w="{W}" xmlns:r="{OFFICE}" r:id="rX"/>'
        outer = related(in_body(line("before"), chunk), "aFChunk", "inner.docx", mode="")
        types = read(outer, "[Content_Types].xml").replace(
            b"<Default ",
            b'<Default Extension="docx" ContentType="application/vnd.openxmlformats-officedocument.'
            b'wordprocessingml.document"/><Default ',
            1,
        )
        inner = changed(outer, **{"[Content_Types].xml": types, "word/inner.docx": inner})
    return inner


REACHING = {
    "filling of a shape": filled_shape,
    "filling named as a link": lambda address: filled_shape(address, kind="hyperlink"),
    "drawing": lambda address: with_drawing(svg(address)),
    "drawing of SVG 2": lambda address: with_drawing(svg(address, attribute="href")),
    "drawing named PNG": lambda address: with_drawing(svg(address), name="image1.png"),
    "packed drawing": lambda address: with_drawing(gzip.compress(svg(address))),
    "drawing in a drawing": lambda address: with_drawing(nested_svg(address)),
    "drawing with an entity": lambda address: with_drawing(svg_with_entity(address)),
    "document in the document": inner_document,
    "document three levels down": lambda address: inner_document(address, depth=3),
}


@pytest.mark.parametrize("document", REACHING.values(), ids=REACHING)
def test_a_picture_file_of_this_machine_is_not_shown(document, tmp_path: Path):
    require("libreoffice")
    Image.new("RGB", (60, 60), "red").save(tmp_path / "secret.png")

    content = pdf.convert(document((tmp_path / "secret.png").as_uri()), engine="libreoffice")

    assert pdf.text(content).startswith("before")
    assert (255, 0, 0) not in colors(content)


def test_a_drawing_that_names_no_file_is_shown():
    require("libreoffice")

    content = pdf.convert(with_drawing(PLAIN_SVG.encode()), engine="libreoffice")

    assert (0, 0, 255) in colors(content)


def colors(pdf_content: bytes) -> set[tuple[int, int, int]]:
    pictures = (Image.open(BytesIO(one)).convert("RGB") for one in pdf.page_pictures(pdf_content))
    return {color for one in pictures for _, color in one.getcolors(100_000)}


@pytest.mark.parametrize(
    ("kind", "target", "becomes"),
    [
        ("hyperlink", "https://example.com/a?b=c#d", "https://example.com/a?b=c#d"),
        ("hyperlink", "MAILTO:ada@example.com", "MAILTO:ada@example.com"),
        ("hyperlink", "#place", "#place"),
        ("hyperlink", "file:///etc/passwd", "about:blank"),
        ("hyperlink", "../other.docx", "about:blank"),
        ("hyperlink", "http://[", "about:blank"),
        ("image", "https://example.com/a.png", "about:blank"),
        ("image", "#place", "about:blank"),
        ("attachedTemplate", "C:\\t.dotx", "about:blank"),
    ],
)
def test_what_leads_out_is_broken_unless_it_is_a_place_to_click_on(kind, target, becomes):
    relations = read(sanitize(related(line("x"), kind, target)), RELATIONS).decode()

    assert f'Target="{becomes}"' in relations
    assert (target == becomes) == (f'Target="{target}"' in relations)


@pytest.mark.parametrize("target", ["file:///a.png", "private:factory/swriter"])
def test_an_address_leads_out_even_where_it_is_not_called_external(target):
    relations = read(sanitize(related(line("x"), "image", target, mode="")), RELATIONS)

    assert target.encode() not in relations


def test_a_document_that_reaches_for_nothing_keeps_every_part():
    for document in (line("svg"), order(1), with_drawing(PLAIN_SVG.encode()), inner_document("")):
        before, after = (ZipFile(BytesIO(one)) for one in (document, sanitize(document)))
        names = [name for name in before.namelist() if name != "word/inner.docx"]

        assert sorted(after.namelist()) == sorted(before.namelist())
        assert {name: after.read(name) for name in names} == {
            name: before.read(name) for name in names
        }


def test_a_drawing_keeps_its_own_names_and_the_pictures_in_it():
    inside = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUg=="
    own = svg(inside).replace(b"</svg>", b'<use xlink:href="#a"/><use href="b.svg#a"/></svg>')

    content = read(sanitize(with_drawing(own)), "word/media/image1.svg")

    assert content == own.replace(b' href="b.svg#a"', b"")


def test_a_drawing_that_cannot_be_read_is_left_out():
    for drawing in (svg_with_entity("a.png"), b"<svg><image href='a.png'>"):
        content = read(sanitize(with_drawing(drawing)), "word/media/image1.svg")

        assert content == b'<svg xmlns="http://www.w3.org/2000/svg"/>'


def test_documents_too_deep_in_documents_are_refused():
    with pytest.raises(UnreadableTemplate) as caught:
        sanitize(inner_document("", depth=4))

    assert str(caught.value) == "The file contains documents nested too deeply."


def test_a_document_that_cannot_be_looked_through_is_refused_and_loses_no_other():
    require("libreoffice")
    unsafe = changed(line("x"), **{"../evil.xml": b"<x/>"})

    results = list(pdf.convert_many([line("1"), unsafe, line("2")], engine="libreoffice"))

    assert [pdf.text(results[n]).strip() for n in (0, 2)] == ["1", "2"]
    assert isinstance(results[1], ConversionFailed)
    assert str(results[1]) == (
        "This document cannot be converted safely. The file contains a part with the unsafe name "
        "'../evil.xml'."
    )


def test_a_part_that_cannot_be_unpacked_is_refused():
    document = with_drawing(b"<svg/>" * 999)
    place = document.index(b"word/media/image1.svg") + len(b"word/media/image1.svg")

    with pytest.raises(UnreadableTemplate) as caught:
        sanitize(document[:place] + b"\xff\xff\xff" + document[place + 3 :])

    assert str(caught.value) == (
        "The file is damaged: the part 'word/media/image1.svg' cannot be unpacked."
    )
