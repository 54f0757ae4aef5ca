"""What a document must keep, and must not repeat, around tags."""

import io

from docx import Document
from template.reading import W, lines, messages, xml
from template.test_runs import replaced

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


def test_a_tag_in_a_fallback_is_rendered_but_listed_once():
    box = "<w:p><w:r><w:t>{{a}}</w:t></w:r></w:p>"
    content = replaced(
        samples.template("@"),
        "<w:r>",
        f'<w:r><mc:AlternateContent xmlns:mc="{MC}"><mc:Choice Requires="w"><w:pict>'
        f"<w:txbxContent>{box}</w:txbxContent></w:pict></mc:Choice><mc:Fallback><w:pict>"
        f"<w:txbxContent>{box}</w:txbxContent></w:pict></mc:Fallback></mc:AlternateContent>",
    )
    template = Template(content)

    assert [tag["tag_content"] for tag in template.tags()] == ["{{a}}"]
    assert lines(template.render({"a": "text"}).content) == ["@", "text", "text"]


def test_a_list_that_is_empty_leaves_no_empty_bullet():
    template = Template(samples.template("- {{for p in l}}\n- {{p}}\n- {{endfor}}\nend"))

    assert lines(template.render({"l": []}).content) == ["end"]


def test_a_header_left_without_paragraphs_gets_one():
    content = samples.template("header: {{if x}}\nheader: y\nheader: {{endif}}\nbody")
    found = Template(content).render({"x": False})

    assert lines(found.content, part="word/header1.xml") == [""]
    Document(io.BytesIO(found.content))


def test_template_problems_are_told_without_data():
    template = Template(samples.template("{{if a}}\n{{first name}}\n{{b :: format('zz')}}"))

    assert messages(template.problems()) == [
        "The tag '{{first name}}' cannot be read: a blank stands between 'first' and 'name'.",
        "The tag '{{if a}}' has no '{{endif}}'.",
        "The tag '{{b :: format('zz')}}' asks for the format 'zz', which is unknown.",
    ]
    assert [str(one.place) for one in template.problems()] == [
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
        "<ul><li>The tag &#x27;{{x y}}&#x27; cannot be read: a blank stands between &#x27;x&#x27; "
        "and &#x27;y&#x27;. (document, paragraph 1)</li></ul></div>"
    )
