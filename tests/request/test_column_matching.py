"""Columns of a spreadsheet are matched to fields by the meaning of their names."""

import pytest

from docgen_nb import samples
from docgen_nb.request.column_matching import match_columns
from docgen_nb.request.column_words import words_of
from docgen_nb.schema import Field, fields
from docgen_nb.template import Template

ORDER = fields(Template(samples.order_template()).tags())
PERSON = [
    Field(path.rpartition(".")[2], path, "text", True)
    for path in ("customer.firstName", "customer.lastName", "customer.email", "customer.zip")
]


def matched(names, known):
    found = match_columns(dict.fromkeys(names, ()), known)
    return {name: (one.path, one.certainty) for name, one in found.items()}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("unitPrice", ("unit", "price")),
        ("Order IDs", ("order", "id")),
        ("productIDs", ("product", "id")),
        ("VAT-No.", ("vat", "number")),
        ("items", ("item",)),
        ("Companies", ("company",)),
        ("Addresses", ("address",)),
        ("Boxes", ("box",)),
        ("class", ("class",)),
        ("Status", ("status",)),
        ("Basis", ("basis",)),
        ("bus", ("bus",)),
    ],
)
def test_words_are_singular_and_in_their_usual_spelling(name, words):
    assert words_of(name) == words


def test_the_columns_of_an_order():
    names = ("Order No", "Order date", "Supplier", "City", "Item", "Qty", "Unit price", "Buyer")
    assert matched((*names, "Internal ref"), ORDER) == {
        "Order No": ("order.id", "Likely"),
        "Order date": ("order.date", "Certain"),
        "Supplier": ("order.vendor.company", "Likely"),
        "City": ("order.vendor.address.city", "Certain"),
        "Item": ("order.products.name", "Likely"),
        "Qty": ("order.products.quantity", "Certain"),
        "Unit price": ("order.products.price", "Certain"),
        "Buyer": ("order.requester", "Unsure"),
        "Internal ref": (None, "No match"),
    }


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("First name", ("customer.firstName", "Certain")),
        ("Given names", ("customer.firstName", "Certain")),
        ("surname", ("customer.lastName", "Certain")),
        ("E-Mail", ("customer.email", "Certain")),
        ("Postal code", ("customer.zip", "Certain")),
        ("Name", ("customer.firstName", "Unsure")),
        ("customer_last_name", ("customer.lastName", "Certain")),
        ("customer.zip", ("customer.zip", "Certain")),
        ("Last nmae", ("customer.lastName", "Unsure")),
        ("Shoe size", (None, "No match")),
        ("", (None, "No match")),
        ("#", (None, "No match")),
    ],
)
def test_names_of_people(name, expected):
    assert matched([name], PERSON) == {name: expected}


def test_two_columns_never_fill_one_field():
    assert matched(["City", "Town", "city"], ORDER) == {
        "City": ("order.vendor.address.city", "Certain"),
        "Town": (None, "No match"),
        "city": (None, "No match"),
    }


def test_values_of_another_kind_make_a_match_less_sure():
    found = match_columns({"Date": ["soon", "later"], "Price": ["n/a", "45.00"]}, ORDER)
    assert [one.certainty for one in found.values()] == ["Likely", "Certain"]


def test_a_total_is_that_of_the_whole_and_a_total_of_lines_that_of_lines():
    found = matched(("Total", "Line total", "Valid until", "Category"), ORDER)
    assert {name: path for name, (path, _) in found.items()} == {
        "Total": "order.amount",
        "Line total": "order.products.amount",
        "Valid until": "order.expiryDate",
        "Category": "order.products.type",
    }
