"""The lengths of steps, and the days of the jobs in a cell of a table."""

import numpy as np
import pandas as pd
import pytest

from docgen_nb.metrics.groups import DAY_NUMBER, largest_day_shares
from docgen_nb.metrics.steps import parse_every, span

DAY = 86_400


@pytest.mark.parametrize(
    ("every", "seconds"),
    [
        ("15min", 900),
        ("h", 3600),
        ("D", DAY),
        ("3D", 3 * DAY),
        ("W-MON", 7 * DAY),
        ("MS", 28 * DAY),
        ("QS", 90 * DAY),
        ("YS", 365 * DAY),
    ],
)
def test_the_shortest_length_of_a_step(every, seconds):
    assert span(parse_every(every)) == seconds


def test_the_largest_share_of_a_day_is_that_of_its_own_cell():
    counts = pd.DataFrame({"jobs": [1, 2, 3, 4, 5], DAY_NUMBER: [10, 11, 10, 11, 12]})
    shares = largest_day_shares(counts, np.array([0, 0, 1, 1, 1]), 3)
    np.testing.assert_allclose(shares, [2 / 3, 5 / 12, np.nan])
    assert np.isnan(largest_day_shares(counts[["jobs"]], np.array([0, 0, 1, 1, 1]), 3)).all()
