"""Small files and data that would be large or slow to process are rejected or stopped."""

import io
import zipfile

import pytest
from template.reading import W, lines, messages
from template.test_hostile import DOCUMENT, GOOD, changed, quickly

from docgen_nb import samples
from docgen_nb.errors import UnreadableTemplate
from docgen_nb.template import Template


def test_ten_thousand_blocks_open():
    inline = "{{if a}}x{{endif}}" * 10_000
    assert quickly(lambda: Template(samples.template(inline)).render({"a": 1})).errors == []

    unmatched = "{{if a}}" * 10_000 + "{{endfor}}" * 10_000
    unmatched_problems = quickly(lambda: Template(samples.template(unmatched)).problems())
    assert len(messages(unmatched_problems)) == 20_000

    in_one_row = "{{tablerow p in l}}x{{endtablerow}}" * 1000
    row_problems = quickly(lambda: Template(samples.template(f"| {in_one_row} |")).problems())
    assert len(messages(row_problems)) == 999


def test_a_path_has_at_most_forty_names():
    longest = ".".join("a" * 40)
    assert len(Template(samples.template(f"{{{{{longest}}}}}")).tags()) == 1
    for path in (f"{longest}.a", f"{longest}[0]", ".".join("a" * 1999)):
        template = Template(samples.template(f"{{{{{path}}}}}"))
        assert messages(template.render({"a": 1}).errors) == [
            f"The tag '{{{{{path}}}}}' cannot be read: more than 40 levels."
        ]


def test_nested_loops_do_not_make_endless_paths():
    name = "n" * 120
    loops = "".join(f"{{{{for a{n + 1} in a{n}.{name}}}}}" for n in range(12))
    problems = Template(samples.template(loops + "x" + "{{endfor}}" * 12)).problems()

    assert messages(problems) == [
        f"The tag '{{{{for a{n + 1} in a{n}.{name}}}}}' is inside loops whose paths have more "
        "than 100 levels or 1000 characters in total."
        for n in range(11, 7, -1)
    ]


def test_a_loop_accepts_only_the_modifier_optional():
    template = Template(samples.template('{{for p in l :: delimiter(", ")}}{{p}}{{endfor}}'))

    assert messages(template.problems())[0] == (
        "The tag '{{for p in l :: delimiter(\", \")}}' cannot be read: 'for' accepts only "
        "the modifier 'optional'."
    )


def with_paragraphs(xml):
    """The valid template with paragraphs before its own, uncompressed."""
    with zipfile.ZipFile(io.BytesIO(GOOD)) as archive:
        document = archive.read(DOCUMENT)
    content = document.replace(b"<w:body>", b"<w:body>" + xml.encode())
    return changed(DOCUMENT, content, method=zipfile.ZIP_STORED)


OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
HEAD = f'<w:hdr xmlns:w="{W[1:-1]}"><w:p><w:r><w:t>{{{{h}}}}</w:t></w:r></w:p>'


def relation(identifier, target):
    return f'<Relationship Id="h{identifier}" Type="{OFFICE}/header" Target="h{target}.xml"/>'


def with_headers(parts, lines_of_relations):
    """The valid template with more headers, uncompressed."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(GOOD)) as old, zipfile.ZipFile(stream, "w") as new:
        for name in old.namelist():
            part = old.read(name).decode()
            if name == "word/_rels/document.xml.rels":
                part = part.replace("</Rel", f"{''.join(lines_of_relations)}</Rel")
            new.writestr(name, part)
        for number, part in enumerate(parts):
            new.writestr(f"word/h{number}.xml", part)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: with_paragraphs("<w:p><w:r><w:t>" + "{{a}}" * 100_001 + "</w:t></w:r></w:p>"),
            "The part 'word/document.xml' has more than 60,000 tags.",
        ),
        (
            lambda: with_paragraphs("<w:p/>" * 2_000_001),
            "The part 'word/document.xml' has more than 2,000,000 XML tags.",
        ),
        (
            lambda: with_headers(
                [f"{HEAD}{' ' * 12_000_000}</w:hdr>"] * 3, map(relation, range(3), range(3))
            ),
            "The parts with text have more than 32 MB in total.",
        ),
    ],
)
def test_a_file_that_would_take_too_long_is_rejected(make, message):
    content = make()
    with pytest.raises(UnreadableTemplate) as caught:
        quickly(lambda: Template(content))

    assert (caught.value.code, str(caught.value)) == ("too_large", message)


def test_a_part_with_two_relationships_is_read_once():
    template = Template(with_headers([f"{HEAD}</w:hdr>"], [relation(0, 0), relation(1, 0)]))

    assert [tag["tag_content"] for tag in template.tags()].count("{{h}}") == 1


def test_many_wrong_names_are_compared_quickly():
    template = Template(samples.template(" ".join(f"{{{{order.name{n}}}}}" for n in range(2000))))
    data = {"order": {f"name{n}x": 1 for n in range(2000)}}
    problems = quickly(lambda: template.check(data))

    assert len(problems) == 4000
    assert problems[0].nearest == "order.name0x"


def test_data_that_contains_itself_is_checked():
    list_of_itself = []
    list_of_itself += [list_of_itself, list_of_itself]
    data = {"l": list_of_itself, "x": 1}
    data["d"] = data
    document = quickly(lambda: Template(samples.template("{{d.x}}{{l.m}}{{z}}")).render(data))

    assert lines(document.content) == ["1{{l.m}}{{z}}"]


def test_too_many_long_values_are_left_as_written():
    template = Template(samples.template("{{a}}" * 2000))
    message = "The tag '{{a}}' was left as written: the document is larger than 64 MB."
    for value in ("x" * 100_000, "\n" * 100_000, "<b>x</b>" * 12_000):
        document = quickly(lambda value=value: template.render({"a": value}))
        assert messages(document.errors) == [message]


def test_a_loop_over_too_much_text_is_stopped():
    text = "<w:p><w:r><w:t>{}</w:t></w:r></w:p>".format
    body = text("{{for p in many}}") + text("word " * 1_800_000) + text("{{endfor}}")
    document = quickly(lambda: Template(with_paragraphs(body)).render({"many": [1] * 1000}))

    assert "The loop over 'many' was stopped: the document is larger than 64 MB." in messages(
        document.errors
    )


def test_blocks_with_too_much_formatting_around_them_are_rejected():
    formatting = f'<w:rPr><w:lang w:val="{"a" * 100_000}"/></w:rPr>'
    run = f"<w:r>{formatting}<w:t>{'{{if a}}x{{endif}}' * 1000}</w:t></w:r>"
    link = f'<w:hyperlink w:tooltip="{"a" * 100_000}">{run.replace(formatting, "")}</w:hyperlink>'

    for inside in (run, link):
        with pytest.raises(UnreadableTemplate) as caught:
            Template(with_paragraphs(f"<w:p>{inside}</w:p>"))
        assert str(caught.value) == (
            "The blocks in the part 'word/document.xml' have too much formatting around them."
        )
