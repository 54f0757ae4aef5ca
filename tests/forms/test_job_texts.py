"""How long a job took, in words."""

from math import isnan, nan

import pytest

from docgen_nb.forms.data_paths import with_value
from docgen_nb.forms.job_texts import took

DONE, OPEN = {"status": "completed"}, {"status": "pending"}


@pytest.mark.parametrize(
    ("job", "times", "words"),
    [
        (DONE, {"until": 4000.0}, "4 s"),
        (DONE, {"until": -1.0}, "unknown"),  # an end before the creation
        (DONE, {"bounds": (8000.0, 12_000.0)}, "8 to 12 s"),
        (DONE, {"bounds": (8000.0, 8100.0)}, "8 s"),
        (DONE, {"bounds": (50_000.0, 600_000.0)}, "10 min"),  # no seconds before minutes
        (DONE, {}, "unknown"),
        (OPEN, {"now": 3000.0}, "3 s so far"),
        (OPEN, {"now": -3000.0}, "0 s so far"),  # by a clock that is behind
    ],
)
def test_the_time_that_a_job_took(job, times, words):
    given = {"since": 0.0, "until": nan, "bounds": None, "now": nan} | times

    text, seconds = took(job, **given)

    assert text == words
    assert isnan(seconds) or seconds >= 0


def test_an_object_takes_the_place_of_a_text():
    assert with_value({"to": "Ada"}, "to.name", "Bo") == {"to": {"name": "Bo"}}
