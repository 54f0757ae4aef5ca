"""The second notebook shows what its text says."""

from pathlib import Path

import pytest
from notebooks.notebook_run import printed

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "02-templates-and-tags.ipynb"


@pytest.fixture(scope="module")
def shown(ran):
    """Return the folder in which the notebook ran, and the outputs of each cell."""
    notebook, folder = ran(NOTEBOOK)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return folder, {cell.id: cell.outputs for cell in cells}


def test_no_cell_writes_errors_or_warnings(shown):
    _, cells = shown
    every = [one for outputs in cells.values() for one in outputs]
    assert [one for one in every if one.output_type == "error"] == []
    assert [one.text for one in every if one.get("name") == "stderr"] == []


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("first", "Invoice Inv1203\nDear Acme Inc, you owe $506.\n\n"),
        (
            "condition",
            "The law of England holds.\nThe law of Japan holds.\nAsk a lawyer.\n",
        ),
        ("list", "Bonn: Ada, Bo or Cy\nRome: \nColors: red; blue. First: red.\n"),
        ("table-rows", "Lamp in red or blue\ncheap\nChair in red or blue\ndear\n\n"),
        (
            "around",
            "Signed for Acme: [[s|1|id:signature      ]] on [[d|1]]\nAcme\nACME\n",
        ),
        (
            "not-word",
            "not_zip: The file is not a .docx: it is not a zip archive.\n"
            "not_zip: The file is not a .docx: it is not a zip archive.\n"
            "not_docx: The file is not a .docx: the zip has no '[Content_Types].xml'.\n",
        ),
        (
            "show",
            "Invoice Inv1203\nDear {{invoice.customerName}}, you owe {{invoice.currency}}5.\n"
            "The tag 'invoice.customerName' was not provided in the input data.\n"
            "The tag 'invoice.currency' was not provided in the input data.\n"
            "The tag 'invoice.curency' was provided but not used in the template.\n",
        ),
    ],
)
def test_the_output_of_a_cell(shown, cell, text):
    _, cells = shown
    assert printed(cells[cell]).rstrip("\n") == text.rstrip("\n")


def test_problems_in_data_have_the_nearest_path(shown):
    _, cells = shown
    table = cells["wrong-data"][0].data["text/html"]
    codes = ("missing", "no_result", "not_a_date", "not_a_number", "not_a_picture", "unused")
    for cell in (*codes, "order.requestor"):
        assert f"<td>{cell}</td>" in table, cell
    assert table.count("<td>wrong_type</td>") == 3


def test_every_wrong_template_has_a_message(shown):
    _, cells = shown
    table = cells["wrong-template"][0].data["text/html"]
    assert table.count("<tr>") == 13
    assert "(none" not in table


def test_documents_are_saved_in_the_folder(shown):
    folder, _ = shown
    for name in ("Invoice with gaps.docx", "Invoice with comments.docx"):
        assert (folder / name).read_bytes().startswith(b"PK")


def test_the_page_is_a_figure_with_a_text_alternative(shown):
    folder, cells = shown
    (figure,) = cells["page"]
    caption = "First page of purchase order 12306: vendor, products, total"
    assert figure.data["text/plain"] == caption
    assert figure.data["text/html"] == (
        f"<figure><img src='order-page.png' alt='{caption}'>"
        f"<figcaption>{caption}</figcaption></figure>"
    )
    assert (folder / "order-page.png").read_bytes().startswith(b"\x89PNG")
