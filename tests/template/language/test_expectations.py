"""What Box's pages, test data and recorded runs say: every row, tag by tag."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from template.reading import shown

from docgen_nb import samples
from docgen_nb.template import Template

HERE = Path(__file__).parent
EXPECTATIONS = json.loads((HERE / "tag-expectations.json").read_text())
MOCK = json.loads((HERE / "tags-mock-box-ui.json").read_text())["entries"]
INVOICE = {
    "id": "Inv1203",
    "date": "13-03-2023",
    "customerId": "90158",
    "customerName": "Acme Inc",
    "currency": "$",
    "amount": Decimal("5060.50"),
}
NO_RESULT = ("the tag itself, literally", "not resolved")


def plain(tag):
    """Return a tag as a name of a test that can be given to pytest, in ASCII."""
    return tag.translate({0x201C: '"', 0x201D: '"'})


def data_for(row):
    """The invoice of the template language's page, changed as the row says."""
    invoice = dict(INVOICE)
    if row.get("when") == "key absent":
        del invoice["customerName"]
        return {"invoice": invoice}
    if row.get("when"):
        return {"$User.Name": "Ada", "$User": {"Name": "Ada"}}
    if "$sum" in row["tag"]:
        return {"products": [{"amount": amount} for amount in row["value"]]}
    if row["tag"] == "{{x}}":
        return {"x": row["value"]}
    return {"invoice": invoice, "any": {"path": row.get("value")}}


def test_there_are_expectations():
    assert len(EXPECTATIONS) == 19
    assert len(MOCK) == 26


@pytest.mark.parametrize("row", EXPECTATIONS, ids=lambda row: plain(row["tag"]))
def test_a_tag_prints_what_is_known(row):
    tag = row["tag"].replace("...", "any.path")
    expected = tag if row["expect"] in NO_RESULT else row["expect"]

    assert shown(tag, data_for(row)) == [expected]


# The mock repeats some paths by hand that its tags do not name: these are read by the rule.
BY_RULE = {
    "{{ about }}": ["about"],
    "{{ company }}": ["company"],
    "{{item.name}}": ["products", "products.name"],
    "{{tablerow item in products }}": ["products"],
}
KINDS_OF_PDF = ("checkbox", "radiobutton", "dropdown")


@pytest.mark.parametrize("entry", MOCK, ids=lambda entry: plain(entry["tag_content"]))
def test_a_tag_is_listed_as_in_the_mock(entry):
    content = entry["tag_content"]
    around = content
    if content.startswith("{{if"):
        around = f"{content}a{{{{endif}}}}"
    elif content.startswith("{{elseif"):
        around = f'{{{{if a == "1"}}}}{content}a{{{{endif}}}}'
    elif content.startswith("{{tablerow"):
        around = f"| {content}a{{{{endtablerow}}}} |"
    elif "item." in content:
        around = f"| {{{{tablerow item in products}}}}{content}{{{{endtablerow}}}} |"
    tags = [
        one for one in Template(samples.template(around)).tags() if one["tag_content"] == content
    ]
    kind = entry["tag_type"]

    assert tags == [
        {
            "tag_content": content,
            "tag_type": "text" if kind in (*KINDS_OF_PDF, "image") else kind,
            "json_paths": BY_RULE.get(content, entry["json_paths"]),
        }
    ]
