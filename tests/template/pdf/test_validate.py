"""A PDF is taken only when it is whole and has pages."""

import zlib

import pytest
from template.pdf.documents import line

from docgen_nb.template import pdf

PLAIN = b"""%PDF-1.4
1 0 obj << /Type /Catalog /Pages 2 0 R >> endobj
2 0 obj << /Type /Pages /Kids [3 0 R 4 0 R] /Count 2 >> endobj
3 0 obj << /Type /Page /Parent 2 0 R >> endobj
4 0 obj << /Type /Page /Parent 2 0 R >> endobj
trailer << /Root 1 0 R >>
startxref
0
%%EOF
"""


def packed(count: int) -> bytes:
    """A PDF whose catalog and page tree are in a compressed object stream."""
    catalog, tree = b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count %d>>" % count
    head = b"1 0 2 %d " % len(catalog)
    stream = zlib.compress(head + catalog + tree)
    return (
        b"%%PDF-1.7\n9 0 obj\n<</Type/ObjStm/N 2/First %d/Filter/FlateDecode/Length %d>>stream\n"
        % (len(head), len(stream))
    ) + stream + b"\nendstream\nendobj\nstartxref\n0\n%%EOF\n"  # fmt: skip


def test_pages_are_those_of_the_page_tree():
    assert pdf.page_count(PLAIN) == 2


def test_pages_are_found_in_compressed_objects():
    assert pdf.page_count(packed(31)) == 31


def test_a_later_version_of_an_object_replaces_the_earlier():
    changed = PLAIN + b"2 0 obj << /Type /Pages /Kids [3 0 R] /Count 1 >> endobj\n%%EOF\n"

    assert pdf.page_count(changed) == 1


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it does not start with %PDF-"),
        (b"<html>%PDF-%%EOF", "it does not start with %PDF-"),
        (PLAIN[:-8], "it does not end with %%EOF"),
        (PLAIN + b" " * 2000, "it does not end with %%EOF"),
        (PLAIN.replace(b"/Count 2", b"/Count 0"), "it has no pages"),
        (PLAIN.replace(b"/Catalog", b"/Cat"), "it has no pages"),
        (PLAIN.replace(b"endobj", b""), "it has no pages"),
        (packed(0), "it has no pages"),
        (
            packed(1).replace(b"stream\nx", b"stream\ny", 1),
            "Error -3 while decompressing data: incorrect header check",
        ),
    ],
    ids=["empty", "html", "cut off", "padded", "count 0", "no catalog", "no objects", "packed",
         "broken stream"],
)  # fmt: skip
def test_what_is_no_whole_pdf_is_refused(content, reason):
    with pytest.raises(ValueError) as caught:
        pdf.page_count(content)

    assert str(caught.value) == f"This is not a complete PDF: {reason}."


def test_a_real_pdf_cut_off_anywhere_is_refused():
    content = pdf.convert(line("x"), engine="office2pdf")

    for end in range(0, len(content) - 10, 97):
        with pytest.raises(ValueError):
            pdf.page_count(content[:end])
