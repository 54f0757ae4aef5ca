"""JSON in which numbers keep their digits, and what it says where a number can't."""

from decimal import Decimal

import numpy as np
import pytest

from docgen_nb import exact_json

LONG = 4000  # digits, from which an integer is a Decimal: Python reads at most 4300


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("7", 7),
        ("-7", -7),
        ("7.0", Decimal("7.0")),
        ("1E+3", Decimal("1E+3")),
        ("9" * (LONG - 1), int("9" * (LONG - 1))),
        ("9" * LONG, Decimal("9" * LONG)),
        ("9" * 5000, Decimal("9" * 5000)),
    ],
    ids=["int", "negative", "point", "exponent", "long int", "Decimal", "more than Python reads"],
)
def test_a_number_is_an_int_or_a_decimal_with_all_its_digits(text, value):
    read = exact_json.decode(f"[{text}]")[0]
    assert (type(read), read) == (type(value), value)
    assert str(read) == str(value)


def test_an_exponent_that_no_decimal_has_is_named():
    number = f"1e{'9' * 60}"
    with pytest.raises(ValueError) as raised:
        exact_json.decode(f'{{"total": {number}}}')
    assert str(raised.value) == f"the exponent of the number {number[:40]} is too large"


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_goes_to_the_caller(text):
    assert exact_json.decode(f"[{text}]", parse_constant=str.lower) == [text.lower()]


def test_numbers_of_other_libraries_are_written():
    value = {"int": np.int64(7), "float": np.float64(0.5), "decimal": Decimal("12.50")}
    assert exact_json.encode(value) == b'{"int":7,"float":0.5,"decimal":12.50}'
    with pytest.raises(TypeError) as raised:
        exact_json.encode({"a": {1, object()}})
    assert "cannot be sent as JSON" in str(raised.value)


@pytest.mark.parametrize(
    ("value", "where"),
    [
        ({"rows": [{}, {"total": Decimal("NaN")}]}, "rows[1].total is NaN"),
        ({"total": Decimal("-Infinity")}, "total is -Infinity"),
    ],
)
def test_a_number_that_json_does_not_have_is_refused_with_its_path(value, where):
    with pytest.raises(ValueError) as raised:
        exact_json.encode(value)
    assert str(raised.value) == f"body.{where}, which JSON cannot hold."


def test_for_people_it_is_indented_by_two_spaces():
    text = exact_json.encode_indented({"a": [Decimal("1.10")]})
    assert text == '{\n  "a": [\n    1.10\n  ]\n}'
