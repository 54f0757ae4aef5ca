"""Elements around tags that a document must keep, and those that it must not repeat."""

import io
import re
import zipfile

import pytest
from docx import Document
from template.docx.test_text_runs import replaced
from template.reading import W, lines, messages, without_notes, xml

from docgen_nb import samples
from docgen_nb.template import Template

MC = "http://schemas.openxmlformats.org/markup-compatibility/2006"
W14 = "http://schemas.microsoft.com/office/word/2010/wordml"


def test_a_section_that_ends_in_a_control_paragraph_stays():
    section = '<w:pPr><w:sectPr><w:pgSz w:w="5000" w:h="5000"/></w:sectPr></w:pPr>'
    content = samples.template("{{if x}}\na\n{{endif}}\nb")
    for tag in ("{{if x}}", "{{endif}}"):
        ending = f'<w:p><w:r><w:t xml:space="preserve">{tag}'
        marked = replaced(content, ending, ending.replace("<w:p>", f"<w:p>{section}"))

        for value in (True, False):
            document = Document(io.BytesIO(Template(marked).render({"x": value}).content))
            assert [one.page_width.twips for one in document.sections] == [5000, 11906]


def test_ids_of_paragraphs_are_not_repeated_by_a_loop():
    content = replaced(
        samples.template("{{for p in l}}\nx{{p}}\n{{endfor}}\nend"),
        '<w:p><w:r><w:t xml:space="preserve">x',
        f'<w:p xmlns:w14="{W14}" w14:paraId="1A" w14:textId="2B"><w:r><w:t xml:space="preserve">x',
        '<w:p><w:r><w:t xml:space="preserve">end',
        f'<w:p xmlns:w14="{W14}" w14:paraId="3C"><w:r><w:t xml:space="preserve">end',
    )
    root = xml(Template(content).render({"l": [1, 2]}).content)

    assert lines(Template(content).render({"l": [1, 2]}).content) == ["x1", "x2", "end"]
    ids = [value for one in root.iter(f"{W}p") for key, value in one.items() if W14 in key]
    assert ids == ["3C"]


def test_bookmarks_and_content_controls_in_a_loop_have_ids_of_their_own():
    content = replaced(
        samples.template("{{for p in l}}\nx{{p}}\n{{endfor}}\nend"),
        '<w:r><w:t xml:space="preserve">x{{p}}</w:t></w:r>',
        '<w:bookmarkStart w:id="7" w:name="place"/><w:sdt><w:sdtPr><w:id w:val="5"/></w:sdtPr>'
        '<w:sdtContent><w:r><w:t xml:space="preserve">x{{p}}</w:t></w:r></w:sdtContent></w:sdt>'
        '<w:bookmarkEnd w:id="7"/>',
    )
    root = xml(Template(content).render({"l": [1, 2]}).content)

    bounds = [root.iter(f"{W}bookmark{bound}") for bound in ("Start", "End")]
    starts, ends = ([one.get(f"{W}id") for one in elements] for elements in bounds)
    assert starts == ends == ["8", "9"]
    assert list(root.iter(f"{W}sdtPr")) != []
    assert list(root.iter(f"{W}id")) == []


@pytest.mark.parametrize("kind", ["footnote", "endnote", "comment"])
def test_a_note_in_a_loop_is_named_because_it_cannot_be_repeated(kind):
    content = replaced(
        samples.template("{{for p in l}}\nx{{p}}\n{{endfor}}\nend"),
        "x{{p}}</w:t></w:r>",
        f'x{{{{p}}}}</w:t></w:r><w:r><w:{kind}Reference w:id="2"/></w:r>',
    )
    (problem,) = without_notes(Template(content).problems())

    assert (problem.code, problem.severity) == ("not_repeated", "warning")
    assert str(problem) == (
        f"The {kind} in the loop '{{{{for p in l}}}}' is in the document once, and its tags are not"
        " filled from the loop. Move it out of the loop."
    )


def test_a_content_control_bound_to_a_property_shows_the_value_of_its_tag():
    binding = '<w:dataBinding w:xpath="/cp:title" w:storeItemID="{6C3C8BC8}"/>'
    control = f"<w:sdt><w:sdtPr>{binding}<w:text/></w:sdtPr><w:sdtContent>@</w:sdtContent></w:sdt>"
    run = '<w:r><w:t xml:space="preserve">{{name}}</w:t></w:r>'
    plain = run.replace("{{name}}", "no tag")
    content = replaced(
        samples.template("{{name}}"), run, control.replace("@", run) + control.replace("@", plain)
    )
    document = Template(content).render({"name": "Ada"}).content

    assert lines(document) == ["Adano tag"]
    filled, other = xml(document).iter(f"{W}sdt")
    assert filled.find(f".//{W}dataBinding") is None
    assert other.find(f".//{W}dataBinding") is not None


@pytest.mark.parametrize("address", ["mailto:{{email}}", "mailto:%7B%7Bemail%7D%7D"])
def test_a_tag_in_the_address_of_a_link_is_named(address):
    relation = (
        '<Relationship Id="rIdLink" TargetMode="External" Target="ADDRESS" Type="http://schemas'
        '.openxmlformats.org/officeDocument/2006/relationships/hyperlink"/></Relationships>'
    ).replace("ADDRESS", address)
    link = '<w:hyperlink r:id="rIdLink" xmlns:r="{}">'.format(
        "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    )
    run = '<w:r><w:t xml:space="preserve">Write to us</w:t></w:r>'
    content = replaced(samples.template("a\nWrite to us"), run, f"{link}{run}</w:hyperlink>")
    content = replaced(content, "</Relationships>", relation, part="word/_rels/document.xml.rels")

    (problem,) = without_notes(Template(content).problems())

    assert (problem.code, problem.severity, str(problem.place)) == (
        *("raw_tag", "warning"),
        "document, paragraph 2",
    )
    assert str(problem) == (
        "The address of a link, 'mailto:{{email}}', has a tag, which stays as written: tags are"
        " filled in texts and pictures only."
    )


@pytest.mark.parametrize(
    "field",
    [
        '<w:r><w:instrText> HYPERLINK "mailto:{{email}}" </w:instrText></w:r>',
        '<w:r><w:instrText> HYPERLINK "mailto:{{em</w:instrText></w:r>'
        '<w:r><w:instrText>ail}}" </w:instrText></w:r>',
        '<w:fldSimple w:instr=" HYPERLINK &quot;mailto:{{email}}&quot; "/>',
    ],
)
def test_a_tag_in_the_code_of_a_field_is_named(field):
    content = replaced(
        samples.template("a\nb"), '<w:r><w:t xml:space="preserve">b', f"{field}<w:r><w:t>b"
    )

    (problem,) = without_notes(Template(content).problems())

    assert (problem.code, str(problem.place)) == ("raw_tag", "document, paragraph 2")
    assert "The code of a field, 'HYPERLINK \"mailto:{{email}}\"', has a tag" in str(problem)


def with_fallback(text):
    """A document with a text box, and its copy for programs that don't support text boxes."""
    box = f"<w:txbxContent><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:txbxContent>"
    return replaced(
        samples.template("@"),
        "<w:r>",
        f'<w:r><mc:AlternateContent xmlns:mc="{MC}"><mc:Choice Requires="w"><w:pict>{box}'
        f"</w:pict></mc:Choice><mc:Fallback><w:pict>{box}</w:pict></mc:Fallback>"
        "</mc:AlternateContent>",
    )


def test_a_tag_in_a_fallback_is_rendered_but_listed_once():
    template = Template(with_fallback("{{a}}"))

    assert [tag["tag_content"] for tag in template.tags()] == ["{{a}}"]
    assert lines(template.render({"a": "text"}).content) == ["@", "text", "text"]


def test_an_empty_list_leaves_no_empty_bullet():
    template = Template(samples.template("- {{for p in l}}\n- {{p}}\n- {{endfor}}\nend"))

    assert lines(template.render({"l": []}).content) == ["end"]


def test_a_header_left_without_paragraphs_gets_one():
    content = samples.template("header: {{if x}}\nheader: y\nheader: {{endif}}\nbody")
    document = Template(content).render({"x": False})

    assert lines(document.content, part="word/header1.xml") == [""]
    Document(io.BytesIO(document.content))


def test_template_problems_are_reported_without_data():
    template = Template(samples.template("{{if a}}\n{{first name}}\n{{b :: format('zz')}}"))

    assert messages(template.problems()) == [
        "The tag '{{first name}}' cannot be read: names can't contain spaces ('first name').",
        "The tag '{{if a}}' has no '{{endif}}'.",
        "The tag '{{b :: format('zz')}}' has the unknown format 'zz'.",
    ]
    assert [str(one.place) for one in without_notes(template.problems())] == [
        "document, paragraph 2",
        "document, paragraph 1",
        "document, paragraph 3",
    ]


def test_a_template_shows_its_tags_as_a_tree():
    template = Template(
        samples.template("{{order.id}}{{for p in order.l}}{{p.n}}{{endfor}}{{x y}}")
    )

    assert repr(template) == "<Template: 3 tags, 1 problems>"
    assert template._repr_html_() == (
        "<div><b>Template</b>: 3 tags, 1 problems<ul><li>order <ul>"
        "<li>id <code title='text'>{{order.id}}</code></li>"
        "<li>l <code title='for-loop'>{{for p in order.l}}</code>"
        "<ul><li>n <code title='text'>{{p.n}}</code></li></ul></li></ul></li></ul>"
        "<ul><li>The tag &#x27;{{x y}}&#x27; cannot be read: names can&#x27;t contain "
        "spaces (&#x27;x y&#x27;). (document, paragraph 1)</li></ul></div>"
    )


def in_control(xml):
    return f"<w:sdt><w:sdtContent>{xml}</w:sdtContent></w:sdt>"


def with_rows_in_controls(notation, count=1):
    """A template whose last rows are each in a content control."""
    content = samples.template(notation)
    rows = document_xml(content).split("<w:tr>")[1:]
    rows[-1] = rows[-1][: rows[-1].rindex("</w:tr>") + len("</w:tr>")]
    last = [f"<w:tr>{row}" for row in rows[-count:]]
    return replaced(content, "".join(last), "".join(map(in_control, last)))


def document_xml(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read("word/document.xml").decode()


def test_a_row_in_a_content_control_has_its_place():
    template = Template(with_rows_in_controls("| a |\n| {{b}} |"))

    assert [str(one.place) for one in template.check({})] == [
        "document, table 1, row 2, cell 1, paragraph 1"
    ]


def test_a_row_in_a_content_control_is_repeated():
    notation = "| a | b |\n| {{tablerow p in l}}{{p}} | x{{endtablerow}} |"
    template = Template(with_rows_in_controls(notation))

    assert lines(template.render({"l": [1, 2]}).content)[:6] == ["a", "b", "1", "x", "2", "x"]
    assert lines(template.render({"l": []}).content)[:2] == ["a", "b"]
    rows = "| {{tablerow p in l}} |\n| {{p}} |\n| {{endtablerow}} |"
    several = Template(with_rows_in_controls(rows, count=3))
    assert lines(several.render({"l": [1, 2]}).content) == ["1", "2", ""]


def test_a_cell_with_an_emptied_content_control_keeps_a_paragraph():
    content = samples.template("| {{for p in l}} ¶ {{p}} ¶ {{endfor}} |")
    cell = document_xml(content).partition("</w:tcPr>")[2].partition("</w:tc>")[0]
    template = Template(replaced(content, cell, in_control(cell)))

    assert lines(template.render({"l": [1, 2]}).content) == ["1", "2", ""]
    assert lines(template.render({"l": []}).content) == ["", ""]


def test_a_block_does_not_cross_the_edge_of_a_text_box():
    inside = "<w:p><w:r><w:t>x{{endif}}</w:t></w:r></w:p>"
    box = f"<w:pict><w:txbxContent>{inside}</w:txbxContent></w:pict>"
    for before in ("{{if a}}", "{{if a}}\n"):
        content = replaced(samples.template(f"{before}@"), "@", f"</w:t>{box}<w:t>")
        document = Template(content).render({"a": 1})

        assert messages(document.errors) == [
            "The tag '{{if a}}' begins and ends in places that do not match, such as two cells."
        ]
        assert lines(document.content)[0] == "{{if a}}"
        assert lines(document.content)[-1] == "x{{endif}}"
        assert "half" not in document_xml(document.content)


def test_a_row_is_repeated_by_one_block():
    loop = "{{{{tablerow {0} in {0}s}}}}{{{{{0}}}}}{{{{endtablerow}}}}".format
    side_by_side = Template(samples.template(f"| {loop('a')} | {loop('b')} |"))
    document = side_by_side.render({"as": [1, 2], "bs": [3]})

    message = "The tag '{{tablerow b in bs}}' is in a row that belongs to the block before it."
    assert messages(side_by_side.problems()) == [message]
    assert lines(document.content)[:2] == ["1", loop("b")]

    between = "{{endtablerow}}{{tablerow b in bs}}"
    rows = ["{{tablerow a in as}}", "{{a}}", between, "{{b}}", "{{endtablerow}}"]
    in_one_row = Template(samples.template("\n".join(f"| {row} |" for row in rows)))
    assert messages(in_one_row.problems()) == [message]


def test_a_problem_in_a_fallback_is_reported_once():
    assert messages(Template(with_fallback("{{a b}} {{c")).problems()) == [
        "The text '{{c' starts a tag but has no '}}'.",
        "The tag '{{a b}}' cannot be read: names can't contain spaces ('a b').",
    ]


def test_rich_text_stays_in_the_section_that_its_paragraph_ends():
    section = '<w:pPr><w:sectPr><w:pgSz w:w="5000" w:h="5000"/></w:sectPr></w:pPr>'
    content = replaced(samples.template("{{a}}\nnext"), "<w:p><w:r>", f"<w:p>{section}<w:r>")
    document = Template(content).render({"a": "<p>one</p><p>two</p>"})

    assert lines(document.content)[0] == "one\ntwo"


def test_a_tracked_change_of_formatting_stays_last():
    change = '<w:rPr><w:rPrChange w:id="1" w:author="a"><w:rPr/></w:rPrChange></w:rPr>'
    content = replaced(samples.template("{{a}}{{b}}"), "<w:r>", f"<w:r>{change}")
    document = Template(content).render({"a": "<u>x</u><b>y</b>"})

    for root in (xml(document.content), xml(document.annotated())):
        names = [[one.tag.removeprefix(W) for one in run] for run in root.iter(f"{W}rPr")]
        assert {in_run[-1] for in_run in names if in_run} == {"rPrChange"}
    assert ["highlight", "rPrChange"] in names


def test_a_tag_left_in_a_text_box_has_its_comment_at_the_beginning():
    inside = "<w:p><w:r><w:t>{{a}}</w:t></w:r></w:p>"
    box = f"<w:pict><w:txbxContent>{inside}</w:txbxContent></w:pict>"
    content = replaced(samples.template("first\n@"), "@", f"</w:t>{box}<w:t>")
    root = xml(Template(content).render({}).annotated())

    assert len(list(root.iter(f"{W}highlight"))) == 1
    (reference,) = root.iter(f"{W}commentReference")
    assert next(reference.iterancestors(f"{W}p")) is next(root.iter(f"{W}p"))


AROUND = [
    ('<w:ins w:id="1" w:author="a">', "</w:ins>"),
    ('<w:moveToRangeStart w:id="1" w:name="m"/>', '<w:moveToRangeEnd w:id="1"/>'),
    ('<w:hyperlink w:anchor="x">', "</w:hyperlink>"),
    ("<w:smartTag>", "</w:smartTag>"),
    ("<w:sdt><w:sdtPr/><w:sdtContent>", "</w:sdtContent></w:sdt>"),
    ('<w:permStart w:id="1"/>', '<w:permEnd w:id="1"/>'),
    (
        '<w:commentRangeStart w:id="0"/>',
        '<w:commentRangeEnd w:id="0"/><w:r><w:commentReference w:id="0"/></w:r>',
    ),
]


@pytest.mark.parametrize(("before", "after"), AROUND)
@pytest.mark.parametrize(
    "notation",
    [
        "{{for p in l}}\n{{p}}\n{{endfor}}\nend",
        "| {{tablerow p in l}} |\n| {{p}} |\n| {{endtablerow}} |\nend",
        "| {{tablerow p in l}} ¶ {{p}} ¶ {{endtablerow}} |\nend",
    ],
)
def test_a_paragraph_of_control_tags_goes_with_the_elements_around_them(before, after, notation):
    content = replaced(
        samples.template(notation), "<w:r>", f"{before}<w:r>", "</w:r>", f"</w:r>{after}"
    )

    assert lines(Template(content).render({"l": [1, 2]}).content) == ["1", "2", "end"]


def test_tabs_and_breaks_beside_control_tags_stay():
    for element, shown in (("<w:tab/>", "\t"), ("<w:br/>", "\n")):
        run = f"<w:r>{element}</w:r>"
        content = replaced(
            samples.template("a¦{{if x}}yes{{endif}}¦b"), '<w:proofErr w:type="spellStart"/>', run
        )
        assert lines(Template(content).render({"x": 1}).content) == [f"a{shown}yes{shown}b"]


def test_a_field_beside_a_control_tag_stays():
    content = replaced(
        samples.template("{{if x}}\ny\n{{endif}}"),
        "{{if x}}</w:t></w:r>",
        '{{if x}}</w:t></w:r><w:fldSimple w:instr="PAGE"/>',
    )
    assert lines(Template(content).render({"x": 1}).content) == ["", "y"]


def test_a_control_tag_in_a_content_control_of_a_cell_leaves_no_trace():
    content = samples.template("| {{tablerow p in l}}{{p}} | {{endtablerow}} |")
    cell = document_xml(content).rpartition("</w:tcPr>")[2].partition("</w:tc>")[0]
    document = Template(replaced(content, cell, in_control(cell))).render({"l": [1]})

    assert lines(document.content) == ["1", "", ""]
    assert "emptied" not in document_xml(document.content)


RUN_A = "<w:r><w:t>{{a}}</w:t></w:r>"


@pytest.mark.parametrize(
    ("around", "construct"),
    [
        ("<w:r><w:pict><w:txbxContent><w:p>{}</w:p></w:txbxContent></w:pict></w:r>", "text_box"),
        ("<w:sdt><w:sdtContent>{}</w:sdtContent></w:sdt>", "content_control"),
        ('<w:hyperlink w:anchor="x">{}</w:hyperlink>', "link_text"),
        ('<w:bookmarkStart w:id="1" w:name="x"/>{}<w:bookmarkEnd w:id="1"/>', "bookmark"),
        ('<w:bookmarkStart w:id="1" w:name="_GoBack"/>{}<w:bookmarkEnd w:id="1"/>', ""),
        ('<w:commentRangeStart w:id="1"/>{}<w:commentRangeEnd w:id="1"/>', "commented_tag"),
        ("{}<w:sdt><w:sdtContent><w:r><w:t>x</w:t></w:r></w:sdtContent></w:sdt>", ""),
    ],
)
def test_a_tag_where_box_does_not_support_one_is_noted(around, construct):
    content = samples.template("@")
    [run] = re.findall(r"<w:r>.*?@.*?</w:r>", document_xml(content))

    problems = Template(replaced(content, run, around.format(RUN_A))).problems()

    assert [(one.severity, one.construct, one.tag) for one in problems] == (
        [("note", construct, "{{a}}")] if construct else []
    )
