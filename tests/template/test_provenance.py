"""Spans of text: those of the template, of the data, and of missing data."""

import pytest

from docgen_nb import samples
from docgen_nb.template import Template
from docgen_nb.template.provenance import TextSpan

PICTURE = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJ"
    "RU5ErkJggg=="
)


def spans(notation, data):
    return Template(samples.template(notation)).text_spans(data)


def marked(spans):
    signs = {"template": "", "filled": "+", "missing": "-"}
    return [f"{signs[span.origin]}{span.text}" for span in spans]


@pytest.mark.parametrize(
    ("notation", "data", "expected"),
    [
        ("Dear {{name}},", {"name": "Ada"}, ["Dear ", "+Ada", ","]),
        ("Dear {{name}},", {}, ["Dear ", "-{{name}}", ","]),
        ("Dear {{name}}, {{name}}", {}, ["Dear ", "-{{name}}", ", ", "-{{name}}"]),
        ("{{name :: optional}}.", {}, ["."]),
        ('{{name :: default("you")}}', {}, ["+you"]),
        ("{{a}}{{b}}", {"a": 1, "b": True}, ["+1", "+true"]),
        ("{{a * 2}} of {{b}}", {"a": 2}, ["+4", " of ", "-{{b}}"]),
        ("{{name}}", {"name": "two\nlines & <3"}, ["+two\nlines & <3"]),
        ("{{if a}}yes {{a}}{{else}}no{{endif}}", {"a": "x"}, ["yes ", "+x"]),
        (
            "{{for item in items}}{{item.name}}: {{item.price}};{{endfor}}",
            {"items": [{"name": "Ink", "price": 5}, {"name": "Pens"}]},
            ["+Ink", ": ", "+5", ";", "+Pens", ": ", "-{{item.price}}", ";"],
        ),
        ("no tags", {}, ["no tags"]),
    ],
)
def test_each_span_has_its_origin(notation, data, expected):
    assert marked(spans(notation, data)) == expected


def test_a_picture_is_a_filled_span_without_text():
    assert spans("See {{photo}}.", {"photo": PICTURE}) == [
        TextSpan("See "),
        TextSpan("", "filled"),
        TextSpan("."),
    ]


def test_all_spans_together_are_the_text_of_the_document():
    template = Template(samples.order_template())
    for row in samples.orders(5, seed=1, incomplete=2):
        joined = "".join(span.text for span in template.text_spans(row))
        assert joined == template.render(row).text()


def test_each_tag_has_its_place():
    template = Template(samples.template("Dear {{name}},\n\n{{text}} {{name}}"))
    places = [str(place) for place in template.places()]
    assert places == [
        "document, paragraph 1",
        "document, paragraph 2",
        "document, paragraph 2",
    ]
    order = Template(samples.order_template())
    assert len(order.places()) == len(order.tags())
    uses = [
        (tag["tag_content"], str(place))
        for tag, place in zip(order.tags(), order.places(), strict=True)
    ]
    assert uses[5] == ("{{order.requester}}", "document, table 1, row 1, cell 2, paragraph 2")
    assert uses[-1] == ("{{order.id}}", "footer, paragraph 1")
