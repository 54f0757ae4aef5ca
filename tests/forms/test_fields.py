from decimal import Decimal

import pytest

from docgen_nb.forms.fields import Field, shown, text_fields, value_at, with_text


def tag(content: str, kind: str, *paths: str) -> dict[str, object]:
    return {"tag_content": content, "tag_type": kind, "json_paths": list(paths)}


def test_each_text_tag_is_one_field_in_reading_order():
    tags = [
        tag("{{b.c}}", "text", "b", "b.c"),
        tag("{{a :: optional}}", "text", "a"),
        tag('{{d :: default("x")}}', "text", "d"),
        tag("{{b.c :: uppercase}}", "text", "b", "b.c"),
    ]
    assert text_fields(tags) == [Field("b.c", True), Field("a", False), Field("d", False)]


def test_a_tag_needed_once_is_needed():
    tags = [tag("{{a :: optional}}", "text", "a"), tag("{{a}}", "text", "a")]
    assert text_fields(tags) == [Field("a", True)]


@pytest.mark.parametrize("kind", ["tablerow", "for"])
def test_what_is_in_a_list_has_no_field(kind):
    loop = {"tablerow": "table-loop", "for": "for-loop"}[kind]
    tags = [
        tag("{{order.id}}", "text", "order", "order.id"),
        tag(f"{{{{{kind} item in order.items}}}}", loop, "order", "order.items"),
        tag("{{item.name}}", "text", "order", "order.items", "order.items.name"),
        tag("{{order.items_note}}", "text", "order", "order.items_note"),
    ]
    assert text_fields(tags) == [Field("order.id", True), Field("order.items_note", True)]


def test_a_value_that_only_a_condition_asks_for_has_a_field():
    tags = [
        tag('{{if to.country == "UK"}}', "conditional", "to", "to.country"),
        tag("{{if items isPresent}}", "conditional", "items"),
        tag("{{for item in items}}", "for-loop", "items"),
    ]
    assert text_fields(tags) == [Field("to.country", True)]


def test_objects_pictures_sums_and_numbered_elements_have_no_field():
    tags = [
        tag("{{to}}", "text", "to"),
        tag("{{to.name}}", "text", "to", "to.name"),
        tag("{{photo}}", "image", "photo"),
        tag("{{a * b}}", "arithmetic", "a", "b"),
        tag("{{lines[0].text}}", "text", "lines", "lines.text"),
    ]
    assert text_fields(tags) == [Field("to.name", True)]


def test_no_tags_no_fields():
    assert text_fields([]) == []


@pytest.mark.parametrize(
    ("before", "path", "text", "after"),
    [
        ({}, "a", "x", {"a": "x"}),
        ({}, "a.b.c", "x", {"a": {"b": {"c": "x"}}}),
        ({"a": {"b": 1}}, "a.c", "x", {"a": {"b": 1, "c": "x"}}),
        ({"a": {"b": 1}, "d": 2}, "a.b", "", {"d": 2}),
        ({"a": None}, "a.b", "x", {"a": {"b": "x"}}),
        ({"a": [1]}, "b", "x", {"a": [1], "b": "x"}),
        ({}, "a.b", "", {}),
    ],
)
def test_a_text_is_put_at_its_path_and_an_empty_one_removes_the_key(before, path, text, after):
    copy = repr(before)

    assert with_text(before, path, text) == after

    assert repr(before) == copy, "the data given stay as they are"


def test_what_was_put_is_found_again():
    assert value_at(with_text({}, "a.b", "x"), "a.b") == "x"
    assert value_at({"a": "x"}, "a.b") is None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        ("", ""),
        ("é", "é"),
        (5060.5, "5060.5"),
        (Decimal("5060.50"), "5060.50"),
        (True, "true"),
        ([1, "é"], '[1, "é"]'),
    ],
)
def test_a_value_is_shown_as_text(value, text):
    assert shown(value) == text
