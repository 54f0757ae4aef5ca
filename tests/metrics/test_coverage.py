"""A small part of `tests/bench/coverage.py`: claims of metrics against a known truth."""

import numpy as np
import pytest
from bench import coverage

ROUNDS = 200


def claims(section, *options):
    return list(section(np.random.default_rng(1), ROUNDS, *options))


@pytest.mark.parametrize("size", [10, 50, 150])
def test_the_limits_of_quantiles_contain_the_truth(size):
    made = claims(coverage.limits, [size])

    assert len(made) == 18
    assert [one for one in made if one.is_over] == []


@pytest.mark.parametrize("poll", [3, 900])
def test_ends_between_readings_do_not_make_quantiles_long(poll):
    made = claims(coverage.polling, [poll], 400)

    assert [one for one in made if one.is_over] == []


@pytest.mark.parametrize("share", [0.06, 0.3])
def test_quantiles_that_failures_make_too_long_have_a_warning(share):
    made = claims(coverage.failing, [share], 400)

    assert [one for one in made if one.is_over] == []
