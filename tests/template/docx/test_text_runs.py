"""A tag reads the same however Word has cut it into runs."""

import io
import zipfile
from copy import deepcopy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from template.reading import W, lines, messages, shown

from docgen_nb import samples
from docgen_nb.template import Template
from docgen_nb.template.docx.text_runs import find_tags

SPACE = "{http://www.w3.org/XML/1998/namespace}space"
BETWEEN = [
    '<w:proofErr xmlns:w="{0}" w:type="spellStart"/>',
    '<w:bookmarkStart xmlns:w="{0}" w:id="7" w:name="b"/>',
    '<w:del xmlns:w="{0}" w:id="8" w:author="a"><w:r><w:delText>gone</w:delText></w:r></w:del>',
]


def cut(content, *, wanted):
    """The same template with runs cut at every position for which `wanted` says so."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    root = etree.fromstring(parts["word/document.xml"])
    for number, text in enumerate(list(root.iter(f"{W}t"))):
        for position in range(len(text.text) - 1, 0, -1):
            if wanted(number, position, text.text):
                _cut_run(text, position)
    parts["word/document.xml"] = etree.tostring(root)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return stream.getvalue()


def _cut_run(text, position):
    run = text.getparent()
    again = deepcopy(run)
    for other in again.findall(f"{W}t"):
        again.remove(other)
    rest = etree.SubElement(again, f"{W}t", {SPACE: "preserve"})
    rest.text = text.text[position:]
    text.text = text.text[:position]
    run.addnext(again)
    run.addnext(etree.fromstring(BETWEEN[position % len(BETWEEN)].format(W[1:-1])))


def inside_a_tag(text, position):
    return any(match.start < position < match.end for match in find_tags(text))


FIXTURES = {
    "order": (samples.order_template(), samples.order()),
    "letter": (samples.letter_template(), samples.letter()),
    "constructs": (
        samples.template(
            """
            {{if a.b == “x y” and a.n isPresent}}yes {{a.n * 2}}{{else}}no{{endif}}
            {{for one in list}}
            - {{one.name :: default("it's") :: uppercase}}, {{gone}}
            {{endfor}}
            | {{tablerow one in list}} {{one.name}} | {{for p in one.parts}}{{p}}{{endfor}} |
            | {{endtablerow}} | |
            """
        ),
        {"a": {"b": "x y", "n": 4}, "list": [{"name": "A", "parts": [1, 2]}, {"parts": []}]},
    ),
}


def outcome(template, data):
    document = template.render(data)
    return (
        lines(document.content),
        messages(document.errors),
        messages(document.warnings),
        template.tags(),
    )


@pytest.mark.parametrize("fixture", FIXTURES)
def test_a_tag_cut_anywhere_gives_the_same_document(fixture):
    content, data = FIXTURES[fixture]
    expected = outcome(Template(content), data)
    longest = max(len(tag["tag_content"]) for tag in expected[3])

    # All tags are cut at once: at their first position, at their second, and so on.
    for distance in range(1, longest):
        result = outcome(
            Template(
                cut(
                    content,
                    wanted=lambda _, position, text, distance=distance: any(
                        match.start + distance == position < match.end for match in find_tags(text)
                    ),
                )
            ),
            data,
        )
        assert result == expected


@pytest.mark.parametrize("fixture", FIXTURES)
def test_a_tag_with_a_run_for_each_character_gives_the_same_document(fixture):
    content, data = FIXTURES[fixture]
    pieces = cut(content, wanted=lambda number, position, text: inside_a_tag(text, position))

    assert outcome(Template(pieces), data) == outcome(Template(content), data)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.sets(st.tuples(st.integers(0, 30), st.integers(1, 60)), max_size=40))
def test_cuts_in_any_combination_give_the_same_document(places):
    content, data = FIXTURES["constructs"]
    pieces = cut(content, wanted=lambda number, position, text: (number, position) in places)

    assert outcome(Template(pieces), data) == outcome(Template(content), data)


def test_the_first_run_gives_the_look():
    document = Template(samples.template("a **{{na¦**me}}b")).render({"name": "Ada"})

    with zipfile.ZipFile(io.BytesIO(document.content)) as archive:
        root = etree.fromstring(archive.read("word/document.xml"))
    runs = [
        ("".join(run.itertext()), run.find(f"{W}rPr/{W}b") is not None)
        for run in root.iter(f"{W}r")
    ]
    assert runs == [("a ", False), ("Ada", True), ("b", False)]


def test_runs_that_a_tag_leaves_empty_go():
    template = Template(samples.template("a {{na¦me¦}}\n{{if x¦}}\nb\n{{endif¦}}"))

    with zipfile.ZipFile(io.BytesIO(template.render({"name": "Ada", "x": 1}).content)) as archive:
        root = etree.fromstring(archive.read("word/document.xml"))
    assert ["".join(run.itertext()) for run in root.iter(f"{W}r")] == ["a Ada", "b"]


def test_a_line_break_or_tab_inside_a_tag_is_a_blank():
    assert shown("{{if\\nx ==\\t1}}yes{{endif}}", {"x": 1}) == ["yes"]


AROUND = [
    ("<w:ins>", "</w:ins>"),
    ('<w:hyperlink w:anchor="x">', "</w:hyperlink>"),
    ("<w:smartTag>", "</w:smartTag>"),
    ('<w:fldSimple w:instr="PAGE">', "</w:fldSimple>"),
    ("<w:sdt><w:sdtContent>", "</w:sdtContent></w:sdt>"),
]


@pytest.mark.parametrize(("before", "after"), AROUND)
def test_a_tag_inside_something_is_read(before, after):
    text = 'a {{if x == 1}}{{y}}{{else}}no{{endif}} b {{y :: default("d")}}'
    content = replaced(samples.template("@"), "<w:r>", f"{before}<w:r>", "</w:r>", f"</w:r>{after}")
    template = Template(replaced(content, "@", text))

    assert lines(template.render({"x": 1, "y": "Y"}).content) == ["a Y b Y"]
    assert lines(template.render({"x": 2}).content) == ["a no b d"]


def test_a_tag_in_a_removed_revision_is_not_read():
    content = replaced(
        samples.template("{{a}}"), "<w:r>", "<w:moveFrom><w:r>", "</w:r>", "</w:r></w:moveFrom>"
    )

    assert Template(content).tags() == []


def replaced(content, *pairs, part="word/document.xml"):
    """The same file with texts of its document, or of another part, replaced."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    xml = parts[part].decode()
    for old, new in zip(pairs[::2], pairs[1::2], strict=True):
        xml = xml.replace(old, new)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, written in {**parts, part: xml.encode()}.items():
            archive.writestr(name, written)
    return stream.getvalue()


def test_a_hyphen_that_does_not_break_is_a_minus():
    hyphen = 'a</w:t><w:noBreakHyphen/><w:t xml:space="preserve">b'
    content = replaced(samples.template("{{a@b}}"), "a@b", hyphen)

    assert lines(Template(content).render({"a": 5, "b": 2}).content) == ["3"]
