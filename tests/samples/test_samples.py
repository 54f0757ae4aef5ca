"""The samples: complete, valid for python-docx and LibreOffice, and reproducible."""

import io
import json

import pytest
from docx import Document
from template.reading import as_texts, lines, messages
from tools import require

from docgen_nb import samples
from docgen_nb.template import Template

NOTATION = """
    header: left\\tright
    # Title
    ## Heading
    ### Smaller
    - **bold** bullet <&>
    ~
    {{na¦me}}
    | a | b |
    |---|---|
    | one ¶ two | |
    footer: end
"""


@pytest.mark.parametrize("kind", ["order", "letter"])
def test_a_sample_template_and_its_data_fit(kind):
    template = Template(getattr(samples, f"{kind}_template")())

    assert template.problems() == []
    assert template.check(getattr(samples, kind)()) == []
    json.dumps(getattr(samples, kind)())


def test_the_order_template_has_texts_a_table_and_a_condition():
    kinds = [tag["tag_type"] for tag in Template(samples.order_template()).tags()]

    assert {kind: kinds.count(kind) for kind in kinds} == {
        "text": 32,
        "table-loop": 1,
        "conditional": 1,
    }


def test_the_letter_has_text_tags_only():
    assert {tag["tag_type"] for tag in Template(samples.letter_template()).tags()} == {"text"}


def test_the_rendered_order_has_the_right_text():
    document = Document(
        io.BytesIO(Template(samples.order_template()).render(samples.order()).content)
    )

    assert [[cell.text for cell in row.cells] for row in document.tables[2].rows] == [
        ["No.", "Product", "Type", "Quantity", "Price", "Amount"],
        [" 1", "A4 Papers", "non-fragile", "100", "$29", "$2,900"],
        [" 2", "Ink Cartridge", "non-fragile", "40", "$39", "$1,560"],
        [" 3", "Adhesive tape", "non-fragile", "20", "$30", "$600"],
        ["", "Total", "", "", "", "$5,060"],
    ]
    assert document.sections[0].header.paragraphs[0].text == "Procurement\t18-Aug-2023"


def test_orders_differ_add_up_and_repeat_with_the_seed():
    orders = samples.orders(25, seed=3, incomplete=2)

    assert orders == samples.orders(25, seed=3, incomplete=2)
    assert orders != samples.orders(25, seed=4, incomplete=2)
    assert len({json.dumps(one) for one in orders}) == 25
    assert len({one["order"]["id"] for one in orders}) == 25
    for one in orders:
        total = sum(product["amount"] for product in one["order"]["products"])
        assert one["order"]["amount"] == total


def test_the_last_orders_lack_the_requester():
    template = Template(samples.order_template())
    problems = [messages(template.check(one)) for one in samples.orders(25, incomplete=2)]

    lacking = ["The tag 'order.requester' was not provided in the input data."]
    assert problems == [[]] * 23 + [lacking] * 2


@pytest.mark.parametrize("incomplete", [-1, 4])
def test_an_invalid_number_of_incomplete_orders_is_rejected(incomplete):
    with pytest.raises(ValueError) as caught:
        samples.orders(3, incomplete=incomplete)
    assert str(caught.value) == f"incomplete must be between 0 and count (3), not {incomplete}."


def test_the_notation_gives_the_documented_elements():
    content = samples.template(NOTATION)
    document = Document(io.BytesIO(content))

    assert [(one.text, one.style.name) for one in document.paragraphs] == [
        ("Title", "Title"),
        ("Heading", "Heading 1"),
        ("Smaller", "Heading 2"),
        ("bold bullet <&>", "List Bullet"),
        ("", "Normal"),
        ("{{name}}", "Normal"),
        ("", "Normal"),
    ]
    assert [run.text for run in document.paragraphs[5].runs] == ["{{na", "me}}"]
    assert document.paragraphs[3].runs[0].bold
    assert [[cell.text for cell in row.cells] for row in document.tables[0].rows] == [
        ["a", "b"],
        ["one\ntwo", ""],
    ]
    assert lines(content, part="word/header1.xml") == ["left\tright"]
    assert lines(content, part="word/footer1.xml") == ["end"]


@pytest.mark.slow
def test_libreoffice_opens_the_samples(tmp_path):
    soffice = require("libreoffice")
    documents = {
        "order": samples.order_template(),
        "order-rendered": Template(samples.order_template()).render(samples.order()).content,
        "letter-rendered": Template(samples.letter_template()).render(samples.letter()).content,
        "notation": samples.template(NOTATION),
    }
    texts = as_texts(soffice, documents, tmp_path)

    assert set(texts) == set(documents)
    assert "Purchase order 12305" in texts["order-rendered"]
    assert "{{" not in texts["order-rendered"]
    assert "Dear Amara Okafor," in texts["letter-rendered"]
    assert "{{name}}" in texts["notation"]
