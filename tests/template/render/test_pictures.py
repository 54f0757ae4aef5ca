"""Pictures and rich text in values."""

import base64
import io
import struct
import zipfile
import zlib

import pytest
from docx import Document
from lxml import etree
from template.docx.test_text_runs import replaced
from template.reading import W, lines, messages, rendered, xml

from docgen_nb import samples
from docgen_nb.samples import word_xml
from docgen_nb.template import Template

WP = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
EMU = 9525


def png(width, height, *, seed=0):
    """A picture of one color."""
    row = b"\0" + bytes((seed % 256, 80, 120)) * width
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
        + _chunk(b"IDAT", zlib.compress(row * height))
        + _chunk(b"IEND", b"")
    )


def _chunk(kind, content):
    body = kind + content
    return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))


def coded(content):
    return base64.b64encode(content).decode()


JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffc0000b080003000501011100ffd9")
GIF = b"GIF89a" + struct.pack("<HH", 4, 6) + b"\x00\x00\x00" + b";" + b"\0" * 30
BMP = b"BM" + b"\0" * 16 + struct.pack("<ii", 7, -9) + b"\0" * 30
PICTURES = [
    (coded(png(20, 10)), "png", 20, 10),
    (f"data:image/png;base64,{coded(png(2000, 10))}", "png", 5_760_000 / EMU, 28_800 / EMU),
    ("\n".join([coded(png(20, 10))[:60], coded(png(20, 10))[60:]]), "png", 20, 10),
    (f"data:image/jpeg;base64,{coded(JPEG)}", "jpeg", 5, 3),
    (coded(JPEG), "jpeg", 5, 3),
    (coded(JPEG[:20] + b"\xff\xc4\x00\x0b" + b"\1" * 9 + JPEG[20:]), "jpeg", 5, 3),  # tables first
    (coded(png(3, 10_000)), "png", 3, 10_000),
    (coded(GIF), "gif", 4, 6),
    (f"data:image/bmp;base64,{coded(BMP)}", "bmp", 7, 9),
]


def media(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {n: archive.read(n) for n in archive.namelist() if n.startswith("docgen-media1/")}


@pytest.mark.parametrize(("value", "ending", "width", "height"), PICTURES)
def test_a_text_tag_with_a_picture_shows_it_in_its_size(value, ending, width, height):
    document = rendered("before {{logo}} after", {"logo": value})

    shapes = Document(io.BytesIO(document.content)).inline_shapes
    assert [(shape.width / EMU, shape.height / EMU) for shape in shapes] == [(width, height)]
    assert list(media(document.content)) == [f"docgen-media1/picture1.{ending}"]
    assert lines(document.content) == ["before  after"]
    assert document.errors == []


def test_the_same_picture_is_stored_once_and_each_drawing_has_its_number():
    data = {"list": [{"p": coded(png(9, 9))}, {"p": coded(png(9, 9))}, {"p": coded(png(9, 8))}]}
    document = rendered("{{for one in list}}{{one.p}}{{endfor}}", data)

    assert len(media(document.content)) == 2
    numbers = [one.get("id") for one in xml(document.content).iter(f"{WP}docPr")]
    assert numbers == ["1", "2", "3"]


WIDE = bytearray(png(10, 10))
WIDE[16:20] = struct.pack(">I", 50_000)
NOT_PICTURES = [
    ("data:image/png;base64,!!!" + "x" * 40, "is not valid base64"),
    ("data:image/png," + "x" * 40, "is not valid base64"),
    (
        f"data:image/png;base64,{coded(b'plain text' * 9)}",
        "is not a PNG, JPEG, GIF or BMP picture",
    ),
    (coded(bytes(WIDE)), "is a picture 50,000 pixels wide or high; the limit is 10,000"),
    (coded(b"\x89PNG\r\n\x1a\n" + b"\0" * 40), "is a damaged picture"),
    (f"data:image/jpeg;base64,{coded(JPEG[:12] + b'x' * 40)}", "is a damaged picture"),
]


@pytest.mark.parametrize(("value", "reason"), NOT_PICTURES)
def test_what_is_no_picture_stays_a_tag(value, reason):
    document = rendered("a {{logo}}", {"logo": value})

    assert lines(document.content) == ["a {{logo}}"]
    assert messages(document.errors) == [f"The value of the tag 'logo' {reason}."]


def with_placeholder(tag, *, around=("", "")):
    """A template with a placeholder picture, its tag in the alternative text."""
    holder = (
        word_xml.paragraph(around[0]) + "<w:p><w:r><w:drawing><wp:inline xmlns:wp="
        f'"{WP[1:-1]}"><wp:extent cx="900000" cy="450000"/>'
        f'<wp:docPr id="5" name="Picture 5" descr="{tag}"/>'
        '<a:graphic xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main">'
        '<a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture">'
        '<pic:pic xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture">'
        '<pic:nvPicPr><pic:cNvPr id="5" name="p"/><pic:cNvPicPr/></pic:nvPicPr><pic:blipFill>'
        '<a:blip r:embed="rIdOld"/></pic:blipFill><pic:spPr/></pic:pic></a:graphicData>'
        "</a:graphic></wp:inline></w:drawing></w:r></w:p>" + word_xml.paragraph(around[1])
    )
    return word_xml.document(holder)


def placeholders(content):
    root = xml(content)
    blips = [one.get(f"{R}embed") for one in root.iter("{*}blip")]
    return blips, [(one.get("id"), one.get("descr")) for one in root.iter(f"{WP}docPr")]


def test_a_placeholder_is_listed_as_a_picture():
    assert Template(with_placeholder("{{invoice.image}}")).tags() == [
        {
            "tag_content": "{{invoice.image}}",
            "tag_type": "image",
            "json_paths": ["invoice", "invoice.image"],
        }
    ]


def test_a_placeholder_whose_drawing_has_no_properties_of_its_own_opens():
    content = replaced(
        with_placeholder("{{logo}}"),
        '<wp:docPr id="5" name="Picture 5" descr="{{logo}}"/>',
        "",
        '<pic:cNvPr id="5" name="p"/>',
        '<pic:cNvPr id="5" name="p" descr="{{logo}}"/>',
    )

    assert [str(place) for place in Template(content).places()] == ["document, paragraph 2"]


def test_a_placeholder_gives_its_place_and_size_to_the_picture():
    template = Template(with_placeholder("{{invoice.image}}"))
    document = template.render({"invoice": {"image": coded(png(3, 3))}})

    assert document.errors == []
    assert placeholders(document.content) == (["rIdDocGen1x1"], [("5", "")])
    extent = xml(document.content).find(f".//{WP}extent")
    assert dict(extent.attrib) == {"cx": "900000", "cy": "450000"}
    assert media(document.content) == {"docgen-media1/picture1.png": png(3, 3)}


def test_a_placeholder_without_data_stays():
    document = Template(with_placeholder("{{invoice.image}}")).render({})

    assert placeholders(document.content) == (["rIdOld"], [("5", "{{invoice.image}}")])
    assert messages(document.errors) == [
        "The tag 'invoice.image' was not provided in the input data."
    ]


def test_a_placeholder_in_a_loop_gets_a_picture_and_a_number_each_time():
    template = Template(with_placeholder("{{one.p}}", around=("{{for one in list}}", "{{endfor}}")))
    document = template.render({"list": [{"p": coded(png(3, 3))}, {"p": coded(png(4, 4))}]})

    assert document.errors == []
    assert placeholders(document.content) == (
        ["rIdDocGen1x1", "rIdDocGen1x2"],
        [("6", ""), ("7", "")],
    )


RICH = [
    ("<b>Acme Inc.</b> and", [("Acme Inc.", "b"), (" and", "")]),
    ("<strong>a<em>b</em></strong><u>c</u>", [("a", "b"), ("b", "bi"), ("c", "u")]),
    ("a<br>b<br/>c", [("a", ""), ("\n", ""), ("b", ""), ("\n", ""), ("c", "")]),
    ("&lt;b&gt; &amp; <i>x</i>", [("<b> & ", ""), ("x", "i")]),
    ("<script>alert(1)</script><b>x</b>", [("alert(1)", ""), ("x", "b")]),
    ("<b>never closed", [("never closed", "b")]),
    ("</p></b><i>stray ends</i>", [("stray ends", "i")]),
    ("<B>a</B>1 > 0 &lt; 2<BR>b", [("a", "b"), ("1 > 0 < 2", ""), ("\n", ""), ("b", "")]),
]


@pytest.mark.parametrize(("html", "expected"), RICH)
def test_html_in_a_value_becomes_looks(html, expected):
    document = rendered("{{x}}", {"x": html})

    assert looks(document.content) == expected


def test_rich_text_without_a_link_adds_no_relation():
    name = "word/_rels/document.xml.rels"
    before = zipfile.ZipFile(io.BytesIO(samples.template("{{x}}")))
    after = zipfile.ZipFile(io.BytesIO(rendered("{{x}}", {"x": "<b>a</b> b"}).content))
    linked = rendered("{{x}}", {"x": '<a href="https://example.com/">a</a>'}).content

    assert after.read(name) == before.read(name)
    assert b"example.com" in zipfile.ZipFile(io.BytesIO(linked)).read(name)


def looks(content):
    """The runs of the first paragraph: text, and the letters of its looks."""
    paragraph = next(xml(content).iter(f"{W}p"))
    shown = []
    for run in paragraph.iter(f"{W}r"):
        text = "".join(
            "\n" if one.tag == f"{W}br" else one.text or "" for one in run.iter(f"{W}t", f"{W}br")
        )
        names = "".join(name for name in "biu" if run.find(f"{W}rPr/{W}{name}") is not None)
        if text:
            shown.append((text, names))
    return shown


def test_rich_text_keeps_the_look_around_it():
    document = rendered("**a {{x}} z**", {"x": "1 <i>2</i>"})

    assert looks(document.content) == [("a ", "b"), ("1 ", "b"), ("2", "bi"), (" z", "b")]


def test_paragraphs_in_a_value_are_paragraphs_of_the_same_style():
    document = rendered("- {{x}}!", {"x": "<p>one</p><p>two</p>"})

    assert lines(document.content) == ["one", "two!"]
    styles = [one.get(f"{W}val") for one in xml(document.content).iter(f"{W}pStyle")]
    assert styles == ["ListBullet", "ListBullet"]


def test_a_link_in_a_value_is_a_link():
    document = rendered("{{x}}", {"x": '<a href="https://box.com/?a=1&amp;b=2">Box</a>'})

    (link,) = Document(io.BytesIO(document.content)).paragraphs[0].hyperlinks
    assert (link.text, link.address) == ("Box", "https://box.com/?a=1&b=2")


def test_a_link_that_runs_something_is_only_text():
    document = rendered("{{x}}", {"x": '<a href="javascript:alert(1)">x</a> <a href="//[">y</a>'})

    assert Document(io.BytesIO(document.content)).paragraphs[0].hyperlinks == []
    assert lines(document.content) == ["x y"]


def test_a_picture_in_rich_text_is_shown():
    source = f"data:image/png;base64,{coded(png(5, 5))}"
    document = rendered("{{x}}", {"x": f'<b>a</b><img src="{source}"><img src="http://x/y.png">'})

    assert list(media(document.content)) == ["docgen-media1/picture1.png"]
    assert messages(document.errors) == ["The value of the tag 'x' is not valid base64."]


def test_pictures_and_links_work_in_headers():
    document = rendered(
        "header: {{x}} {{y}}", {"x": coded(png(5, 5)), "y": '<a href="https://box.com">b</a>'}
    )

    header = Document(io.BytesIO(document.content)).sections[0].header
    assert sorted(one.reltype.rpartition("/")[2] for one in header.part.rels.values()) == [
        "hyperlink",
        "image",
    ]


def test_an_annotated_document_shows_each_problem_in_its_place():
    template = Template(
        samples.template("header: {{top}}\na {{x}} b\n{{for p in list}}{{p}}{{endfor}}")
    )
    result = template.render({"y": 1})

    document = Document(io.BytesIO(result.annotated()))
    assert [one.text for one in document.comments] == [
        "The tag 'x' was not provided in the input data.",
        "The tag 'list' was not provided in the input data.",
        "The tag 'top' was not provided in the input data.",
        "The tag 'y' was provided but not used in the template.",
    ]
    highlighted = [run.text for run in document.paragraphs[0].runs if run.font.highlight_color]
    assert highlighted == ["{{x}}"]
    assert lines(result.annotated(), part="word/header1.xml") == ["{{top}}"]


def test_a_rendered_document_can_be_rendered_and_annotated_again():
    first = rendered("{{a}} {{b}} {{c}}", {"a": coded(png(5, 5)), "z": 1})
    again = Template(first.annotated()).render({"b": coded(png(6, 6))})
    document = Document(io.BytesIO(again.annotated()))

    with zipfile.ZipFile(io.BytesIO(again.annotated())) as archive:
        names = archive.namelist()
    assert len(names) == len(set(names))
    assert [name for name in names if name.startswith("docgen-media")] == [
        "docgen-media1/picture1.png",
        "docgen-media2/picture1.png",
    ]
    assert [shape.width / EMU for shape in document.inline_shapes] == [5, 6]
    assert [(one.comment_id, one.text) for one in document.comments][-1] == (
        3,
        "The tag 'c' was not provided in the input data.",
    )


def test_only_a_docx_is_annotated():
    document = Template(samples.template("a")).render({})
    pdf = type(document)(b"%PDF", "pdf", [], [])

    with pytest.raises(ValueError) as caught:
        pdf.annotated()
    assert str(caught.value) == "Only a docx can be annotated; render with output_type='docx'."


def test_an_alternative_text_that_word_wrote_twice_is_one_tag():
    twice = '<pic:cNvPr descr="{{p}}" title="{{p}}"/>'
    content = replaced(with_placeholder("{{p}}"), '<pic:cNvPr id="5" name="p"/>', twice)
    template = Template(content)
    document = template.render({"p": coded(png(2, 2))})

    assert [tag["tag_content"] for tag in template.tags()] == ["{{p}}"]
    assert Template(document.content).tags() == []


def test_a_placeholder_that_was_an_icon_shows_the_picture_alone():
    vectors = '<s:svgBlip xmlns:s="urn:svg" r:embed="rIdSvg"/>'
    icon = (
        f'<a:blip r:embed="rIdOld"><a:extLst><a:ext uri="s">{vectors}</a:ext></a:extLst></a:blip>'
    )
    content = replaced(with_placeholder("{{p}}"), '<a:blip r:embed="rIdOld"/>', icon)

    document = Template(content).render({"p": coded(png(2, 2))})
    assert placeholders(document.content)[0] == ["rIdDocGen1x1"]
    assert list(xml(document.content).iter("{*}svgBlip")) == []


def test_a_part_may_hold_every_private_character():
    every = "".join(map(chr, range(0xE000, 0xF900)))
    first = f"<w:body><w:p><w:r><w:t>{every}</w:t></w:r></w:p>"
    content = replaced(with_placeholder("{{p}}"), "<w:body>", first)

    assert lines(Template(content).render({"p": coded(png(2, 2))}).content)[0] == every


def test_a_placeholder_may_have_a_default():
    alone = Template(with_placeholder("{{p :: default('x')}}"))
    picture = coded(png(2, 2))
    given = Template(with_placeholder(f"{{{{p :: default('{picture}')}}}}"))

    assert messages(alone.check({})) == ["The value of the tag 'p' is not valid base64."]
    assert given.check({}) == []


def test_numbers_of_drawings_begin_behind_those_of_a_part_without_tags():
    inside = xml(with_placeholder("fixed")).find(f"{W}body/{W}p[2]")
    drawn = etree.tostring(inside, encoding="unicode").replace('id="5"', 'id="77"')
    content = samples.template("header: @\n{{p}}")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    parts["word/header1.xml"] = parts["word/header1.xml"].replace("<w:p>", f"{drawn}<w:p>", 1)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)

    document = Template(stream.getvalue()).render({"p": coded(png(2, 2))})
    assert [one.get("id") for one in xml(document.content).iter(f"{WP}docPr")] == ["78"]
