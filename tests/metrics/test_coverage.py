"""A small part of `tests/bench/coverage.py`: claims of metrics against a known truth."""

import numpy as np
import pytest
from bench import coverage

ROUNDS = 200
CHANCE = 0.05  # by which a share of this few rounds may be larger than that of many


def claims(section, *options):
    return list(section(np.random.default_rng(1), ROUNDS, *options))


@pytest.mark.parametrize("size", [10, 50, 150])
def test_the_limits_of_quantiles_contain_the_truth(size):
    wrong = {one.claim: one.wrong for one in claims(coverage.limits, [size])}

    assert len(wrong) == 9
    assert {claim: share for claim, share in wrong.items() if share > 0.05 + CHANCE} == {}
