from decimal import Decimal

import pytest

from docgen_nb.forms.data_paths import ABSENT, text_of, value_at, with_value


@pytest.mark.parametrize(
    ("before", "path", "text", "after"),
    [
        ({}, "a", "x", {"a": "x"}),
        ({}, "a.b.c", "x", {"a": {"b": {"c": "x"}}}),
        ({"a": {"b": 1}}, "a.c", "x", {"a": {"b": 1, "c": "x"}}),
        ({"a": {"b": 1}, "d": 2}, "a.b", ABSENT, {"d": 2}),
        ({"a": None}, "a.b", "x", {"a": {"b": "x"}}),
        ({"a": [1]}, "b", "x", {"a": [1], "b": "x"}),
        ({}, "a.b", ABSENT, {}),
        ({}, "a", False, {"a": False}),
        ({}, "a.b", [], {"a": {"b": []}}),
    ],
)
def test_a_value_is_set_at_its_path_and_absent_removes_the_key(before, path, text, after):
    copy = repr(before)

    assert with_value(before, path, text) == after

    assert repr(before) == copy, "the data passed in stays unchanged"


def test_a_value_is_read_from_its_path():
    assert value_at(with_value({}, "a.b", "x"), "a.b") == "x"
    assert value_at({"a": "x"}, "a.b") is ABSENT
    assert value_at({"a": None}, "a") is None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (ABSENT, ""),
        ("", ""),
        ("é", "é"),
        (5060.5, "5060.5"),
        (Decimal("5060.50"), "5060.50"),
        (True, "true"),
        ([1, "é"], '[1, "é"]'),
    ],
)
def test_the_text_of_a_value(value, text):
    assert text_of(value) == text
