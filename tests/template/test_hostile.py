"""Files and data from anyone: refused with a whole sentence, or rendered, and never a hang."""

import contextlib
import io
import pickle
import random
import struct
import time
import zipfile
import zlib
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import pytest
from docx import Document
from hypothesis import given, settings
from hypothesis import strategies as st
from template.reading import lines, messages, rendered

from docgen_nb import samples
from docgen_nb.errors import UnreadableTemplate
from docgen_nb.samples import word_xml
from docgen_nb.template import Template, check
from docgen_nb.template.language.lexer import TagSyntaxError
from docgen_nb.template.language.parser import parse

GOOD = samples.template("Dear {{name}},\n| {{tablerow p in list}}{{p.x}}{{endtablerow}} |")


def changed(part, content, *, remove=(), method=zipfile.ZIP_DEFLATED):
    """The good template with one part changed or added, and others left out."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(GOOD)) as old, zipfile.ZipFile(stream, "w", method) as new:
        for name in old.namelist():
            if name != part and name not in remove:
                new.writestr(name, old.read(name))
        if part:
            new.writestr(part, content)
    return stream.getvalue()


def replaced(part, old, new):
    with zipfile.ZipFile(io.BytesIO(GOOD)) as archive:
        return changed(part, archive.read(part).replace(old, new))


DOCUMENT = "word/document.xml"
DTD = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'
ENCRYPTED = bytearray(GOOD)
for at in (GOOD.index(b"PK\x03\x04") + 6, GOOD.index(b"PK\x01\x02") + 8):
    ENCRYPTED[at] |= 1
_packer = zlib.compressobj(-1, zlib.DEFLATED, -15)  # as zipfile packs
PACKED_ZEROS = len(_packer.compress(b"\0" * 2_000_000) + _packer.flush())
TYPES = "[Content_Types].xml"
REFUSED = [
    (b"", "not_zip", "The file is not a .docx: it is not a zip archive."),
    (b"Dear {{name}},", "not_zip", "The file is not a .docx: it is not a zip archive."),
    (GOOD[:-30], "not_zip", "The file is not a .docx: it is not a zip archive."),
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
        "not_docx",
        "The file is an old .doc or an encrypted document, not a .docx.",
    ),
    (
        changed("", b"", remove=(TYPES,)),
        "not_docx",
        "The file is not a .docx: the zip has no '[Content_Types].xml'.",
    ),
    (
        changed("", b"", remove=("_rels/.rels",)),
        "not_docx",
        "The file is not a .docx: the zip has no '_rels/.rels'.",
    ),
    (
        changed("", b"", remove=(DOCUMENT,)),
        "not_docx",
        "The file is not a .docx: it has no main document.",
    ),
    (
        replaced(TYPES, b"wordprocessingml.document.main", b"spreadsheetml.sheet.main"),
        "not_docx",
        "The file is not a .docx: its main part has the type "
        "'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml'.",
    ),
    (
        replaced(
            "_rels/.rels", b"schemas.openxmlformats.org/office", b"purl.oclc.org/ooxml/office"
        ),
        "strict",
        "The file is a Strict Open XML document. Save it as Word Document (.docx).",
    ),
    (
        changed(DOCUMENT, DTD),
        "xml_entities",
        "The part 'word/document.xml' contains a DTD or entities, which are not allowed.",
    ),
    (
        changed(DOCUMENT, DTD.decode().replace("?>", ' encoding="UTF-16"?>', 1).encode("utf-16")),
        "xml_entities",
        "The part 'word/document.xml' contains a DTD or entities, which are not allowed.",
    ),
    (
        changed(DOCUMENT, b"<w:document>"),
        "damaged",
        "The part 'word/document.xml' is not well-formed XML.",
    ),
    (
        changed(DOCUMENT, b"<a>" * 300 + b"</a>" * 300),
        "damaged",
        "The part 'word/document.xml' is not well-formed XML.",
    ),
    (
        changed(DOCUMENT, b"<a/>"),
        "damaged",
        "The part 'word/document.xml' is not a Word document.",
    ),
    (
        changed("../evil", b"x"),
        "unsafe_name",
        "The file contains a part with the unsafe name '../evil'.",
    ),
    (
        changed("/etc/passwd", b"x"),
        "unsafe_name",
        "The file contains a part with the unsafe name '/etc/passwd'.",
    ),
    (
        changed("a\\b", b"x"),
        "unsafe_name",
        "The file contains a part with the unsafe name 'a\\\\b'.",
    ),
    (
        changed("WORD/document.xml", b"x"),
        "damaged",
        "The file is damaged: two parts have the same name.",
    ),
    (
        changed("word/big.bin", b"\0" * 2_000_000),
        "zip_bomb",
        f"The part 'word/big.bin' unpacks from {PACKED_ZEROS:,} to 2,000,000 bytes.",
    ),
    (
        changed(DOCUMENT, b"\0" * 17_000_000, method=zipfile.ZIP_STORED),
        "too_large",
        "The part 'word/document.xml' has 17,000,000 bytes; the limit is 16,777,216.",
    ),
    (bytes(ENCRYPTED), "encrypted", "The part '[Content_Types].xml' is encrypted."),
    (
        changed("word/a.bin", b"x" * 99, method=zipfile.ZIP_BZIP2),
        "damaged",
        "The file is damaged: the part '[Content_Types].xml' uses a compression "
        "method that .docx does not support.",
    ),
]


@pytest.mark.parametrize(
    ("content", "code", "message"), REFUSED, ids=[one[2][:50] for one in REFUSED]
)
def test_a_file_that_cannot_be_a_template_is_refused(content, code, message):
    with pytest.raises(UnreadableTemplate) as caught:
        Template(content)

    assert (caught.value.code, str(caught.value)) == (code, message)


def test_a_file_over_the_limit_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "big.docx"
    with path.open("wb") as file:
        file.truncate(100 * 1024 * 1024 + 1)

    with pytest.raises(UnreadableTemplate) as caught:
        Template(path)
    assert caught.value.code == "too_large"
    assert (
        str(caught.value) == "The file has 104,857,601 bytes; the limit for a template is 100 MB."
    )


def test_a_file_without_a_size_is_read_up_to_the_limit():
    with pytest.raises(UnreadableTemplate) as caught:
        Template("/dev/zero")
    assert (
        str(caught.value) == "The file has 104,857,601 bytes; the limit for a template is 100 MB."
    )


def test_a_wrong_checksum_is_refused():
    start = GOOD.index(b"word/document.xml")
    content = bytearray(GOOD)
    content[start + 40] ^= 0xFF

    with pytest.raises(UnreadableTemplate) as caught:
        Template(bytes(content))
    assert caught.value.code == "damaged"


def test_a_part_that_is_not_what_it_declares_is_refused():
    stored = bytearray(changed("", b"", method=zipfile.ZIP_STORED))
    stored[stored.index(b"Dear")] = ord("B")

    with pytest.raises(UnreadableTemplate) as caught:
        Template(bytes(stored))
    assert str(caught.value) == (
        "The file is damaged: the part 'word/document.xml' does not have its declared size or "
        "checksum."
    )


def test_a_path_opens_like_bytes(tmp_path):
    path = tmp_path / "a.docx"
    path.write_bytes(GOOD)

    assert Template(path).tags() == Template(str(path)).tags() == Template(GOOD).tags()
    with pytest.raises(FileNotFoundError):
        Template(tmp_path / "none.docx")


def test_bytes_changed_at_random_never_give_a_traceback():
    chance = random.Random("a byte here and there")
    outcomes = set()
    for _ in range(400):
        content = bytearray(GOOD)
        for _ in range(chance.randint(1, 6)):
            content[chance.randrange(len(content))] = chance.randrange(256)
        try:
            Template(bytes(content)).render({"name": "a", "list": []})
        except UnreadableTemplate as fault:
            outcomes.add(fault.code)
        else:
            outcomes.add("opened")
    assert {"opened", "not_zip", "damaged"} <= outcomes


def test_xml_changed_at_random_never_gives_a_traceback():
    chance = random.Random("a character here and there")
    with zipfile.ZipFile(io.BytesIO(GOOD)) as archive:
        xml = archive.read(DOCUMENT)
    pieces = [b"{{", b"}}", b"<w:p>", b"</w:p>", b"<w:tr/>", b"<w:tbl/>", b"if x", b"endif", b"w:"]
    outcomes = set()
    for _ in range(300):
        place = chance.randrange(xml.index(b"<w:body>"), len(xml))
        end = place + chance.choice((0, 0, 0, 1, 5, 30))
        try:
            template = Template(changed(DOCUMENT, xml[:place] + chance.choice(pieces) + xml[end:]))
            template.render({"name": "a", "list": []}).annotated()
        except UnreadableTemplate as fault:
            outcomes.add(fault.code)
        else:
            outcomes.add("opened")
    assert outcomes == {"opened", "damaged"}


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.text(alphabet="ab.x :,()[]+-*/%<>=!$\"'“”19{} \nifor", max_size=60))
def test_any_text_in_braces_is_a_tag_or_a_tag_error(text):
    with contextlib.suppress(TagSyntaxError):
        parse(text)


def test_a_tag_error_says_where():
    with pytest.raises(TagSyntaxError) as caught:
        parse("a + b c")
    assert str(caught.value) == "names can't contain spaces ('b c')"
    assert caught.value.position == 6


WORDS = st.sampled_from(
    [
        "{{",
        "}}",
        "{",
        "}",
        "if",
        "elseif",
        "else",
        "endif",
        "for",
        "in",
        "endfor",
        "tablerow",
        "endtablerow",
        "a",
        "b.c",
        "==",
        "and",
        "or",
        "isPresent",
        "1",
        "::",
        "optional",
        "default(",
        "“x”",
        ")",
        "format(",
        "“dd-mm”",
        "$sum(",
        "*",
        "-",
        "|",
        "¶",
        "¦",
        "text",
        "**",
    ]
)


@settings(max_examples=120, deadline=None, derandomize=True)
@given(st.lists(st.lists(WORDS, max_size=12), max_size=6))
def test_any_mixture_of_words_renders(rows):
    notation = "\n".join(" ".join(words) for words in rows)

    rendered(notation, {"a": [{"b": 1}], "b": {"c": 2}})


@settings(max_examples=80, deadline=None, derandomize=True)
@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=3), inner),
    )
)
def test_any_data_renders(value):
    document = ANY.render({"a": value})

    Document(io.BytesIO(document.content))


ANY = Template(
    samples.template(
        """
        {{a}} {{a :: uppercase}} {{a :: format("dd-mm-yyyy")}} {{a :: format("US-Number")}}
        {{a :: format("xx-xx")}} {{a :: delimiter(",")}} {{a + 1}} {{$sum(a)}} {{$string(a)}}
        {{if a > 1}}{{a.b}}{{endif}}
        {{for p in a}}{{p}}{{p.q}}{{for r in p}}{{r}}{{endfor}}{{endfor}}
        """
    )
)


def test_deep_parentheses_are_a_tag_error():
    for content in ("(" * 41 + "a" + ")" * 41, "-" * 41 + "a", "$abs(" * 41 + "a" + ")" * 41):
        with pytest.raises(TagSyntaxError) as caught:
            parse(content)
        assert str(caught.value) == "more than 40 levels"
    with pytest.raises(TagSyntaxError) as caught:
        parse("a" * 4001)
    assert str(caught.value) == "it has more than 4000 characters"


def test_blocks_inside_of_fifty_blocks_stay_as_written():
    notation = "{{for p in l}}" * 500 + "x" + "{{endfor}}" * 500
    document = Template(samples.template(notation)).render({"l": [1]})

    assert lines(document.content) == ["{{for p in l}}" * 450 + "x" + "{{endfor}}" * 450]
    assert set(messages(document.errors)) == {
        "The tag '{{for p in l}}' is nested more than 50 levels deep."
    }


def test_tags_that_nest_without_end_are_checked():
    tags = [
        {
            "tag_content": f"{{{{for a{n + 1} in a{n}}}}}",
            "tag_type": "for-loop",
            "json_paths": ["a0"],
        }
        for n in range(2000)
    ]

    problems = messages(check(tags, {"a0": []}))

    assert problems[0] == "The tag 'a51' was not provided in the input data."


def quickly(action):
    """Run what takes well under two seconds; ten are a hang on any machine."""
    start = time.process_time()
    result = action()
    assert time.process_time() - start < 10
    return result


def test_a_loop_over_a_million_elements_is_stopped():
    template = Template(samples.template("{{for p in list}}{{p}}{{endfor}}" * 2))
    document = quickly(lambda: template.render({"list": [1] * 1_000_000}))

    assert messages(document.errors) == [
        "The loop over 'list' was stopped: a document can have at most 100,000 loop iterations."
    ]
    assert lines(document.content) == ["1" * 100_000]


def test_loops_in_loops_are_stopped():
    notation = "{{for a in l}}{{for b in l}}{{for c in l}}x{{endfor}}{{endfor}}{{endfor}}"
    document = quickly(
        lambda: Template(samples.template(notation)).render({"l": list(range(1000))})
    )

    assert messages(document.errors) == [
        "The loop over 'l' was stopped: a document can have at most 100,000 loop iterations."
    ]


def test_a_document_that_grows_without_end_is_stopped():
    template = Template(samples.template("{{for p in list}}{{text}}{{endfor}}"))
    data = {"list": [1] * 2000, "text": "x" * 100_000}
    document = quickly(lambda: template.render(data))

    assert messages(document.errors) == [
        "The loop over 'list' was stopped: the document is larger than 64 MB."
    ]


def test_a_paragraph_of_a_megabyte_opens():
    words = (f"{number} comes before a tag {{{{a}}}} and many words. " for number in range(20_000))
    content = samples.template("".join(words))

    template = quickly(lambda: Template(content))
    assert len(template.tags()) == 20_000


@pytest.mark.slow
def test_rich_text_in_a_paragraph_of_very_many_runs_renders():
    runs = "".join(f"<w:r><w:t>{number}{{{{a}}}}</w:t></w:r>" for number in range(40_000))
    template = quickly(lambda: Template(word_xml.document(f"<w:p>{runs}</w:p>")))

    document = quickly(lambda: template.render({"a": "<b>x</b>"}))
    assert document.text() == "".join(f"{number}x" for number in range(40_000))


def test_many_braces_without_end_open():
    quickly(lambda: Template(samples.template("{{" * 200_000)))


def test_data_as_deep_as_python_allows_renders():
    deep = {}
    for _ in range(5000):
        deep = {"a": deep}

    document = Template(samples.template("{{a.b}}")).render({"a": deep})
    assert messages(document.errors) == ["The tag 'a.b' was not provided in the input data."]


def test_html_as_deep_as_it_likes_renders():
    quickly(lambda: rendered("{{x}}", {"x": "<b>" * 20_000 + "x" + "</b>" * 20_000}))


def test_numbers_of_any_size_print():
    document = quickly(lambda: rendered("{{x}} {{x * x}}", {"x": 10**5000}))

    assert len(lines(document.content)[0]) > 10


def test_a_namespace_under_another_prefix_is_read():
    content = replaced(DOCUMENT, b"xmlns:w=", b"xmlns:v=")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        xml = archive.read(DOCUMENT).replace(b"<w:", b"<v:").replace(b"</w:", b"</v:")
        xml = xml.replace(b" w:", b" v:")
    template = Template(changed(DOCUMENT, xml))

    assert lines(template.render({"name": "a\nb", "list": []}).content)[0] == "Dear a\nb,"


def test_rows_are_rendered_by_any_executor_in_their_order():
    template = Template(samples.template("{{n}} {{x}}"))
    values = [
        "plain",
        "R0lGODlhAQABAAAAACwAAAAAAQABAAACAkQBADs=" + "\n" * 9,
        "<a href='https://box.com'>a link</a>",
    ]
    rows = [{"n": number, "x": values[number % 3]} for number in range(100)] + [{"n": 1}]
    expected = [template.render(row) for row in rows]

    assert list(template.render_many(rows)) == expected
    for pool in (ThreadPoolExecutor(2), ProcessPoolExecutor(2, mp_context=get_context("spawn"))):
        with pool:
            assert list(template.render_many(iter(rows), executor=pool)) == expected


def test_a_template_and_its_results_pickle():
    template = pickle.loads(pickle.dumps(Template(GOOD)))
    document = template.render({"list": []})

    assert pickle.loads(pickle.dumps(document)) == document
    assert messages(document.errors) == ["The tag 'name' was not provided in the input data."]


def test_a_result_is_saved(tmp_path):
    document = Template(GOOD).render({"name": "a", "list": []})
    document.save(tmp_path / "out.docx")

    assert (tmp_path / "out.docx").read_bytes() == document.content


def test_an_unknown_output_type_is_refused():
    with pytest.raises(ValueError) as caught:
        Template(GOOD).render({}, output_type="odt")
    assert str(caught.value) == "The output type 'odt' is unknown; use 'docx' or 'pdf'."


def test_the_same_data_gives_the_same_bytes():
    data = {"name": "a", "list": [{"x": 1}]}

    assert Template(GOOD).render(data).content == Template(GOOD).render(data).content


def test_unchanged_parts_keep_their_compressed_bytes():
    def parts(content):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            by_name = {}
            for info in archive.infolist():
                _, _, *lengths = struct.unpack_from("<4s22s2H", content, info.header_offset)
                start = info.header_offset + 30 + sum(lengths)
                by_name[info.filename] = content[start : start + info.compress_size]
            return by_name

    before, after = parts(GOOD), parts(Template(GOOD).render({"name": "a", "list": []}).content)
    assert before.keys() == after.keys()
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {DOCUMENT, TYPES, "word/_rels/document.xml.rels"}
