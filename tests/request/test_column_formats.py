"""Dates and numbers of a table are read in one way per column, and never guessed."""

import datetime
from decimal import Decimal

import pandas as pd
import pytest

from docgen_nb import samples
from docgen_nb.errors import UnreadableData
from docgen_nb.request import rows_from_table
from docgen_nb.request.cell_values import Percentage
from docgen_nb.request.date_texts import readings
from docgen_nb.template import Template

TAGS = Template(
    samples.template('{{day :: format("dd-mm-yyyy")}} {{price :: format("US-Number")}} {{note}}')
).tags()


def column(name, *cells, **options):
    return [
        row.get(name) for row in rows_from_table(pd.DataFrame({name: cells}), tags=TAGS, **options)
    ]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["03/04/2026", "04/13/2026"], ["2026-03-04", "2026-04-13"]),
        (["03/04/2026", "13/04/2026"], ["2026-04-03", "2026-04-13"]),
        (["3.4.2026", "31.12.2026"], ["2026-04-03", "2026-12-31"]),
        (["2026-03-04", "2026/4/13"], ["2026-03-04", "2026-04-13"]),
        (
            ["4 Mar 2026", "March 5, 2026", "06-Sept-2026"],
            ["2026-03-04", "2026-03-05", "2026-09-06"],
        ),
        (["04/04/2026"], ["2026-04-04"]),
        (["13/04/2026 09:30", "03/04/2026"], ["2026-04-13", "2026-04-03"]),
        (["2026-03-04T09:30:00", "n/a"], ["2026-03-04T09:30:00", "n/a"]),
        (["99/99/2026", "13/04/2026"], ["99/99/2026", "2026-04-13"]),
        (["29/02/2028", "01/02/2028"], ["2028-02-29", "2028-02-01"]),
    ],
)
def test_all_dates_of_a_column_decide_their_order(texts, expected):
    assert column("day", *texts) == expected


def test_a_column_that_does_not_decide_names_three_examples():
    with pytest.raises(UnreadableData) as raised:
        column("day", "03/04/2026", "04/04/2026", "07/04/2026", "11/12/2026", "12/11/2026")
    assert str(raised.value) == (
        "The column 'day' can be read with the day first or with the month first: '03/04/2026' "
        "(Friday 3 April 2026 or Wednesday 4 March 2026), '07/04/2026' (Tuesday 7 April 2026 or "
        "Saturday 4 July 2026), '11/12/2026' (Friday 11 December 2026 or Thursday 12 November "
        '2026). Pass dates="dmy" or dates="mdy".'
    )


def test_a_given_order_reads_the_column():
    texts = ["03/04/2026", "11/12/2026"]
    assert column("day", *texts, dates="mdy") == ["2026-03-04", "2026-11-12"]
    assert column("day", *texts, dates={"day": "dmy"}) == ["2026-04-03", "2026-12-11"]


def test_years_of_two_digits_need_an_order():
    with pytest.raises(UnreadableData) as raised:
        column("day", "4/13/26")
    assert str(raised.value).startswith(
        "The column 'day' can be read with the month first: '4/13/26' (Monday 13 April 2026)."
    )
    assert column("day", "4/13/26", "1/2/70", dates="mdy") == ["2026-04-13", "1970-01-02"]
    assert column("day", "26/4/13", dates="ymd") == ["2026-04-13"]


@pytest.mark.parametrize(
    ("texts", "options", "message"),
    [
        (
            ["13/04/2026", "04/13/2026", "01/01/2026"],
            {},
            "The column 'day' has different orders of dates: '13/04/2026' and '04/13/2026'. "
            "Correct the table, so that all values are written in one way.",
        ),
        (
            ["03/04/2026", "13/04/2026"],
            {"dates": "mdy"},
            "The column 'day' has the value '13/04/2026', which cannot be read with the month "
            "first. Correct it, or pass another order or sign.",
        ),
    ],
)
def test_contradictory_dates_are_errors(texts, options, message):
    with pytest.raises(UnreadableData) as raised:
        column("day", *texts, **options)
    assert str(raised.value) == message


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"dates": "us"}, "dates is 'us'; it must be 'dmy' or 'mdy' or 'ymd'."),
        ({"decimal": {"a": ","}}, "decimal names 'a', which is not a column of the table."),
    ],
)
def test_an_unknown_format_is_an_error(options, message):
    with pytest.raises(ValueError) as raised:
        column("day", "2026-01-01", **options)
    assert str(raised.value) == message


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["12,50", "1.250"], [Decimal("12.50"), 1250]),
        (["12.50", "1,250"], [Decimal("12.50"), 1250]),
        (["1,250,000", "3"], [1250000, 3]),
        (["1.250,00", "-3,5"], [Decimal("1250.00"), -3.5]),
        (["0.125", "1.250"], [0.125, Decimal("1.250")]),
        (["1 250", "1\u00a0250", "1'250.5"], [1250, 1250, 1250.5]),
        (["$45.00", "1,250.00 €"], [Decimal("45.00"), Decimal("1250.00")]),
        (["12.50", "n/a"], [Decimal("12.50"), "n/a"]),
    ],
)
def test_all_numbers_of_a_column_decide_their_decimal_sign(texts, expected):
    assert column("price", *texts) == expected


def test_numbers_that_do_not_decide_are_an_error():
    with pytest.raises(UnreadableData) as raised:
        column("price", "1,250", "3", "2,000")
    assert str(raised.value) == (
        "The column 'price' can be read with the decimal point or with the decimal comma: '1,250' "
        '(1250 or 1.250), \'2,000\' (2000 or 2.000). Pass decimal="." or decimal=",".'
    )
    assert column("price", "1,250", decimal=".") == [1250]
    assert column("price", "1,250", decimal=",") == [Decimal("1.250")]
    with pytest.raises(UnreadableData) as raised:
        column("price", "1.5", "2,25")
    assert str(raised.value).startswith(
        "The column 'price' has different decimal signs: '1.5' and '2,25'."
    )


def test_values_of_a_spreadsheet_arrive_as_what_they_are():
    cells = [
        datetime.datetime(2026, 3, 4),
        datetime.datetime(2026, 3, 4, 9, 30),
        datetime.time(9, 30),
        datetime.timedelta(hours=36, minutes=5),
        Percentage(0.25),
        True,
    ]
    expected = ["2026-03-04", "2026-03-04T09:30:00", "09:30", "36:05", "25%", True]
    assert column("note", *cells) == expected
    assert column("price", Percentage(0.25)) == [0.25]


@pytest.mark.parametrize(
    "text",
    ["31/02/2026", "2026-13-01", "3/4-2026", "12", "", "1/2/3/2026", "4 Foo 2026"],
)
def test_what_is_no_date_has_no_reading(text):
    assert readings(text) == {}
