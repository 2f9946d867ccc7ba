from __future__ import annotations

import pytest
from trace_trainers.evaluation.statistics import mcnemar, paired_interval, wilson


def test_wilson_matches_published_values():
    low, high = wilson(8, 10)  # Wilson 1927 interval for 8 of 10
    assert (low, high) == (pytest.approx(0.4902, abs=1e-3), pytest.approx(0.9433, abs=1e-3))
    assert wilson(0, 10)[0] == 0.0
    assert wilson(10, 10)[1] == pytest.approx(1.0)


def test_mcnemar_is_the_exact_binomial():
    first = [True] * 1 + [False] * 9 + [True] * 10
    second = [False] * 1 + [True] * 9 + [True] * 10
    assert mcnemar(first, second) == pytest.approx(2 * (1 + 10) / 2**10)
    assert mcnemar(first, first) == 1.0


def test_paired_interval_covers_the_difference():
    first, second = [False] * 50 + [True] * 50, [True] * 80 + [False] * 20
    low, high = paired_interval(first, second)
    assert low < 0.3 < high
    assert paired_interval(first, second) == (low, high)
