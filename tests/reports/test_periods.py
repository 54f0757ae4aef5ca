"""The periods that words and dates mean."""

import pandas as pd
import pytest

from docgen_nb.reports.facts import busy_hours
from docgen_nb.reports.periods import parse_compare, parse_period

NOW = pd.Timestamp("2026-03-01T23:30Z")  # a Sunday; in Berlin it is Monday, 00:30


def dates(text, zone="UTC"):
    return parse_period(text, now=NOW, zone=zone).dates


@pytest.mark.parametrize(
    ("text", "zone", "days"),
    [
        ("this week", "UTC", "2026-02-23 to 2026-03-01"),
        ("this week", "Europe/Berlin", "2026-03-02 to 2026-03-08"),
        ("last week", "UTC", "2026-02-16 to 2026-02-22"),
        ("yesterday", "UTC", "2026-02-28"),
        ("last month", "UTC", "2026-02-01 to 2026-02-28"),
        ("2026-W09", "UTC", "2026-02-23 to 2026-03-01"),
    ],
)
def test_a_period_begins_on_the_day_of_its_time_zone(text, zone, days):
    assert dates(text, zone) == days


@pytest.mark.parametrize(
    ("text", "before"),
    [
        ("2026-03", "2026-02-01 to 2026-02-28"),
        ("2026-W09", "2026-02-16 to 2026-02-22"),
        ("2026-02-10 to 2026-02-12", "2026-02-07 to 2026-02-09"),
    ],
)
def test_the_period_before_a_month_is_a_month_and_others_have_as_many_days(text, before):
    assert parse_period(text, now=NOW, zone="UTC").before().dates == before


def test_a_period_is_not_compared_with_one_that_it_overlaps():
    period = parse_period("2026-02-10 to 2026-02-12", now=NOW, zone="UTC")

    assert parse_compare("2026-02-09", period, now=NOW, zone="UTC").dates == "2026-02-09"
    with pytest.raises(ValueError, match="must end before 2026-02-10 to 2026-02-12 begins"):
        parse_compare("2026-02-10", period, now=NOW, zone="UTC")


def test_an_hour_of_ten_finished_jobs_is_busy():
    hours = pd.DataFrame({"finished": [9, 10]})

    assert busy_hours(hours)["finished"].tolist() == [10]
