"""Word documents become PDFs, by either engine, one or many, from many threads."""

import threading
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from itertools import count
from pathlib import Path

import openpyxl
import pytest
from template.pdf.documents import hard_page, line, order
from template.pdf.outside import calls, logged, replaced, script
from tools import require

from docgen_nb.errors import ConversionFailed
from docgen_nb.template import pdf


@pytest.fixture(params=["libreoffice", "office2pdf"])
def engine(request: pytest.FixtureRequest) -> str:
    if request.param == "libreoffice":
        require("libreoffice")
    return request.param


def test_a_document_becomes_a_pdf_with_its_text(engine):
    content = pdf.convert(line("Dear Ada,"), engine=engine)

    assert content.startswith(b"%PDF-")
    assert pdf.page_count(content) == 1
    assert pdf.text(content).strip() == "Dear Ada,"


def test_every_cell_of_an_order_is_in_its_pdf(engine):
    text = pdf.text(pdf.convert(order(7), engine=engine))

    words = (
        "Order 7 Ship to: Ada Lovelace, 12 St James's Square, London Code Product Count Price "
        "A-100 Desk lamp 2 39.50 B-200 Chair 4 120.00 C-300 Shelf 1 89.90 "
        "Thank you for your order."
    )
    assert text.split() == words.split()


def test_both_engines_give_the_same_pages_and_the_same_text():
    require("libreoffice")
    for document in (line("One line"), order(1), order(2, rows=60)):
        reference, other = (pdf.convert(document, engine=name) for name in pdf.ENGINES)

        assert pdf.page_count(other) == pdf.page_count(reference)
        assert "".join(letters(other)) == "".join(letters(reference))


def test_both_engines_give_the_same_letters_on_each_page_of_the_hard_document():
    require("libreoffice")
    reference, other = (pdf.convert(hard_page(), engine=name) for name in pdf.ENGINES)

    assert [sorted(page) for page in letters(other)] == [
        sorted(page) for page in letters(reference)
    ]


def letters(content: bytes) -> list[str]:
    """Return the text of each page without blanks and without the marks of list items."""
    without = str.maketrans("", "", "•\uf0b7▪")
    pages = ["".join(page.split()).translate(without) for page in pdf.text(content).split("\f")]
    assert len(pages) == pdf.page_count(content)
    return pages


def test_page_fields_are_filled(engine):
    text = pdf.text(pdf.convert(hard_page(), engine=engine))

    assert [f"Page {n} of 2" in page for n, page in enumerate(text.split("\f"), 1)] == [True, True]


def test_many_documents_come_back_in_order(engine):
    results = pdf.convert_many((line(f"Number {n}") for n in range(12)), engine=engine)

    assert [pdf.text(result).strip() for result in results] == [f"Number {n}" for n in range(12)]


def test_one_failure_loses_no_other(engine):
    broken = replaced(line("broken"), document=b"<w:document")

    results = list(pdf.convert_many([line("1"), broken, b"2", line("3")], engine=engine))

    assert [isinstance(result, ConversionFailed) for result in results] == [
        False,
        True,
        True,
        False,
    ]
    assert [pdf.text(results[n]).strip() for n in (0, 3)] == ["1", "3"]


def test_many_reads_no_further_ahead_than_a_hundred():
    read, document = count(), line("x")

    results = pdf.convert_many((document for _ in read), engine="office2pdf")
    next(results)
    results.close()

    assert next(read) == 100


def test_no_documents_give_no_results(engine):
    assert list(pdf.convert_many([], engine=engine)) == []


def test_eight_threads_each_get_their_own_document(engine):
    with ThreadPoolExecutor(8) as executor:
        contents = executor.map(
            lambda n: pdf.convert(line(f"Thread {n}"), engine=engine), range(16)
        )

        assert [pdf.text(content).strip() for content in contents] == [
            f"Thread {n}" for n in range(16)
        ]


def test_documents_that_arrive_together_share_a_call(tmp_path: Path, monkeypatch):
    require("libreoffice")
    log = tmp_path / "log"
    stand_in = script(tmp_path / "soffice", f'{logged(log)}\nexec soffice "$@"')
    monkeypatch.setenv("DOCGEN_NB_SOFFICE", stand_in)
    together = threading.Barrier(8)

    def one(number: int) -> bytes:
        together.wait()
        return pdf.convert(line(f"Number {number}"))

    with ThreadPoolExecutor(8) as executor:
        results = list(executor.map(one, range(8)))

    assert [pdf.text(content).strip() for content in results] == [f"Number {n}" for n in range(8)]
    assert calls(log) <= 4  # the later ones wait for the first call, and then share one or a few


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "it is not a zip file, or a damaged one"),
        (b"Dear Ada, this is plain text.", "it is not a zip file, or a damaged one"),
        (line("cut off")[:-40], "it is not a zip file, or a damaged one"),
        (b"PK\5\6" + bytes(18), "the zip has no [Content_Types].xml"),
    ],
    ids=["empty", "text", "cut off", "empty zip"],
)
def test_what_is_no_word_document_is_refused(engine, content, fault):
    with pytest.raises(ConversionFailed) as caught:
        pdf.convert(content, engine=engine)

    assert str(caught.value) == f"This is not a Word document: {fault}."


def test_a_spreadsheet_is_no_document(engine):
    file = BytesIO()
    workbook = openpyxl.Workbook()
    workbook.active["A1"] = "a cell"
    workbook.save(file)

    with pytest.raises(ConversionFailed) as caught:
        pdf.convert(file.getvalue(), engine=engine)

    assert str(caught.value) == "This is not a Word document: it is an Office file of another kind."


def test_libreoffice_says_that_it_cannot_read_broken_xml():
    require("libreoffice")

    with pytest.raises(ConversionFailed) as caught:
        pdf.convert(replaced(line("x"), document=b"<w:document"), engine="libreoffice")

    assert str(caught.value) == "LibreOffice cannot read this document."


def test_office2pdf_says_that_it_cannot_read_broken_xml():
    with pytest.raises(ConversionFailed) as caught:
        pdf.convert(replaced(line("x"), document=b"<w:document"), engine="office2pdf")

    assert str(caught.value) == (
        "office2pdf cannot convert this document: "
        "parse error: Failed to parse DOCX (docx-rs): Failed to read xml."
    )
