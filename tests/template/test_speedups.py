"""The short ways that rendering takes give what the long ways give."""

import gc
import zipfile
import zlib
from base64 import b64encode
from binascii import a2b_base64
from collections.abc import Callable
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docgen_nb import samples
from docgen_nb.template import Template
from docgen_nb.template.collector import held_back
from docgen_nb.template.docx.package import Edges
from docgen_nb.template.language.lexer import TagSyntaxError, tokens
from docgen_nb.template.language.parser import _Parser, parse
from docgen_nb.template.render.image_data import _unpacked

WORDS = st.sampled_from(
    ["a", "order", "if", "for", "else", "endif", "true", "null", "in", "_x", "$sum", "ä", "1", ""]
)


def long_way(content: str) -> object:
    try:
        return _Parser(tokens(content)).tag()
    except TagSyntaxError as fault:
        return str(fault)


def short_way(content: str) -> object:
    try:
        return parse(content)
    except TagSyntaxError as fault:
        return str(fault)


@given(
    st.lists(WORDS, min_size=1, max_size=4), st.sampled_from([".", " ", "..", " . "]), st.booleans()
)
def test_a_plain_path_reads_as_the_grammar_reads_it(words, between, blanks):
    content = between.join(words)
    content = f" {content}\u00a0" if blanks else content

    assert short_way(content) == long_way(content)


def test_a_number_with_two_points_is_a_fault_of_the_tag():
    problems = Template(samples.template("{{1.2.3}}")).problems()

    assert [str(one) for one in problems] == [
        "The tag '{{1.2.3}}' cannot be read: '.' is not expected here."
    ]


BASE64 = st.text("ABab01+/=-_ \n\0\u00e9", max_size=16) | st.binary().map(
    lambda b: b64encode(b).decode()
)


@given(BASE64)
def test_base64_is_read_as_strictly_as_binascii_reads_it(text):
    assert outcome(_unpacked, text) == outcome(by_binascii, text)


def by_binascii(text: str) -> bytes:
    return a2b_base64(text + "=" * (-len(text) % 4), strict_mode=True)


def outcome(read: Callable[[str], bytes], text: str) -> bytes | None:
    try:
        return read(text)
    except ValueError:
        return None


def test_text_that_looks_like_a_mark_of_a_tag_stays_text():
    notation = "docgen0123456789abcdef:0; {{a}} docgen:1; {{b}} ;"

    found = Template(samples.template(notation)).render({"a": "x", "b": "<b>y</b>"})

    assert found.text() == "docgen0123456789abcdef:0; x docgen:1; y ;"


SIZES = st.sampled_from([0, 1, 255, 256, 1023, 1024, 5000])


@given(SIZES, st.binary(max_size=2000), SIZES)
def test_a_part_packed_by_its_edges_unpacks_to_the_whole(before, middle, behind):
    start, end = b"<start/>" * before, b"<end of=1/>" * behind

    data, crc, size = Edges(start, end).packed(middle)

    whole = start + middle + end
    assert zlib.decompress(data, -15) == whole
    assert (crc, size) == (zlib.crc32(whole), len(whole))


def test_packing_again_and_again_gives_the_same_bytes():
    edges = Edges(b"a beginning " * 200, b"an end " * 100)

    assert edges.packed(b"one") == edges.packed(b"one") == edges.packed(b"one")
    assert zlib.decompress(edges.packed(b"two")[0], -15).endswith(b"two" + b"an end " * 100)


@pytest.mark.parametrize("count", [1, 7, 8, 9, 16, 17])
def test_neighbouring_fields_print_in_their_order_however_many(count):
    names = [f"n{number}" for number in range(count)]
    template = Template(samples.template(" ".join(f"{{{{o.{name}}}}}" for name in names) + " end"))
    values = ["a & b", 7, 2.50, "plain", True, "x" * 41, 1 << 70, "l < m"]
    data = {name: values[number % 8] for number, name in enumerate(names)}

    document = template.render({"o": data})

    shown = ["a & b", "7", "2.5", "plain", "true", "x" * 41, str(1 << 70), "l < m"]
    wanted = " ".join(shown[number % 8] for number in range(count))
    assert document.text() == f"{wanted} end"
    assert document.errors == []


@pytest.mark.parametrize("holder", [None, "text", 5, ["list"], {}])
def test_fields_of_what_is_no_object_are_missing(holder):
    template = Template(samples.template("{{o.a}} and {{o.b}}."))

    document = template.render({"o": holder})

    assert document.text() == "{{o.a}} and {{o.b}}."
    assert [str(one) for one in document.errors] == [
        "The tag 'o.a' was not provided in the input data.",
        "The tag 'o.b' was not provided in the input data.",
    ]


def test_the_types_of_a_document_with_a_picture_stay_sound():
    logo = "R0lGODlhAQABAAAAACwAAAAAAQABAAACAkQBADs" + "=" + "\n" * 20

    content = Template(samples.template("{{logo}}")).render({"logo": logo}).content

    with zipfile.ZipFile(BytesIO(content)) as document:
        assert document.testzip() is None
        assert b'Extension="gif"' in document.read("[Content_Types].xml")


def test_the_collector_is_back_when_the_last_holder_ends():
    assert gc.isenabled()
    with held_back():
        with held_back():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


@pytest.mark.parametrize(("count", "is_old"), [(1_000, False), (200_000, True)])
def test_very_many_new_objects_count_as_old_at_once(count, is_old):
    gc.collect()
    with held_back():
        kept = [[number] for number in range(count)]

    assert any(one is kept[-1] for one in gc.get_objects(generation=2)) is is_old
    assert gc.get_freeze_count() == 0


def test_a_collector_that_was_off_stays_off():
    gc.disable()
    try:
        with held_back():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
