"""The least delta that the data can show, against the exact test on all outcomes."""

from __future__ import annotations

import itertools
import math

import pytest

from trace_gym.capabilities.contrast import Contrast
from trace_gym.capabilities.power import least_delta
from trace_gym.capabilities.significance import exact_p


def counts_of(lacking_failed: int, present_failed: int, lacking_passed: int, present_passed: int) -> Contrast:
    return Contrast(
        lacking_failed, present_failed, lacking_passed, present_passed, failures=lacking_failed + present_failed
    )


def power(failed: int, passed: int, low: float, high: float, level: float) -> float:
    """How often the exact test reaches the level, over all outcomes of two binomials."""
    reached = 0.0
    for a, b in itertools.product(range(failed + 1), range(passed + 1)):
        p = exact_p(counts_of(a, failed - a, b, passed - b))
        if p is not None and p <= level:
            here = math.comb(failed, a) * high**a * (1 - high) ** (failed - a)
            reached += here * math.comb(passed, b) * low**b * (1 - low) ** (passed - b)
    return reached


@pytest.mark.parametrize(
    ("failed", "passed", "rate", "level"),
    [(20, 20, 0.1, 0.05), (40, 15, 0.0, 0.05 / 6), (33, 11, 0.1, 0.05), (12, 30, 0.3, 0.05), (30, 30, 0.0, 0.01)],
)
def test_the_least_delta_is_found_in_about_four_of_five_logs(
    failed: int, passed: int, rate: float, level: float
) -> None:
    least = least_delta(failed, passed, rate, level)
    assert least is not None
    assert power(failed, passed, rate, rate + least, level) == pytest.approx(0.8, abs=0.005)


def test_fewer_attempts_or_a_smaller_level_show_less() -> None:
    deltas = [least_delta(count, count, 0.1, 0.05) for count in (1000, 100, 20, 10)]
    assert deltas == sorted(deltas)
    assert least_delta(50, 50, 0.1, 0.05) < least_delta(50, 50, 0.1, 0.005)


@pytest.mark.parametrize(
    ("failed", "passed", "rate", "level"),
    [(0, 9, 0.0, 0.05), (9, 0, 0.0, 0.05), (2, 2, 0.0, 0.05), (50, 50, 1.0, 0.05), (50, 50, 0.1, 0.0)],
)
def test_where_nothing_can_be_shown_there_is_no_least_delta(
    failed: int, passed: int, rate: float, level: float
) -> None:
    assert least_delta(failed, passed, rate, level) is None


def test_a_level_that_asks_for_nothing_is_taken() -> None:
    assert least_delta(50, 50, 0.0, 1.0) is not None
    assert least_delta(1, 1, 0.0, 1.0) is not None
