"""Texts that are dates, and the orders of day, month and year that each may have."""

from datetime import date

import pytest

from docgen_nb.request.date_texts import readings

AUGUST = date(2026, 8, 18)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2026-08-18", {"": AUGUST}),
        ("2026/8/18", {"": AUGUST}),
        ("2026-08-18T09:30:00Z", {"": AUGUST}),
        ("18 August 2026", {"": AUGUST}),
        ("18th aug. 2026", {"": AUGUST}),
        ("August 18th, 2026", {"": AUGUST}),
        ("1 sept 2026", {"": date(2026, 9, 1)}),
        ("18/8/2026", {"dmy": AUGUST}),
        ("8/18/26", {"mdy": AUGUST}),
        ("26-08-18", {"ymd": AUGUST, "dmy": date(2018, 8, 26)}),
        ("04.05.2026 10:15", {"dmy": date(2026, 5, 4), "mdy": date(2026, 4, 5)}),
        ("1/1/68", {"dmy": date(2068, 1, 1), "mdy": date(2068, 1, 1)}),
        ("31/1/69", {"dmy": date(1969, 1, 31)}),
    ],
)
def test_a_text_has_the_dates_that_it_can_be(text, read):
    assert readings(text) == read


@pytest.mark.parametrize(
    "text",
    [
        *("", "soon", "30 February 2026", "2026-13-01", "18 Au 2026", "18 Augustus 2026"),
        *("18 Aug 26", "1/2-2026", "2026"),
    ],
)
def test_what_is_no_date_has_none(text):
    assert readings(text) == {}
