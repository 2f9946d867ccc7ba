"""p and q, against enumeration and numbers worked out by hand."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trace_gym.capabilities.contrast import Contrast
from trace_gym.capabilities.significance import exact_p, false_discovery


def counts_of(lacking_failed: int, present_failed: int, lacking_passed: int, present_passed: int) -> Contrast:
    return Contrast(
        lacking_failed, present_failed, lacking_passed, present_passed, failures=lacking_failed + present_failed
    )


def enumerated_p(counts: Contrast) -> float:
    """The share of all ways to say which attempts failed that reach the observed delta."""
    lacking = counts.lacking_failed + counts.lacking_passed
    attempts = [True] * lacking + [False] * (counts.present_failed + counts.present_passed)
    ways = list(itertools.combinations(attempts, counts.needed_failed))
    return sum(sum(failed) >= counts.lacking_failed for failed in ways) / len(ways)


small = st.integers(0, 3)


@given(small, small, small, small)
@settings(max_examples=60, deadline=None)
def test_p_is_the_share_of_all_shuffles(a: int, b: int, c: int, d: int) -> None:
    counts = counts_of(a, b, c, d)
    if counts.delta is None:
        assert exact_p(counts) is None
    else:
        assert exact_p(counts) == pytest.approx(enumerated_p(counts))


def test_a_perfect_contrast_of_three_and_three_has_p_one_in_twenty() -> None:
    assert exact_p(counts_of(3, 0, 0, 3)) == pytest.approx(1 / 20)


def test_fishers_tea() -> None:
    """Fisher 1935, section 5: three of four cups told right."""
    assert exact_p(counts_of(3, 1, 1, 3)) == pytest.approx(17 / 70)


def test_no_excess_among_failures_is_not_significant() -> None:
    assert exact_p(counts_of(2, 0, 2, 0)) == 1
    assert exact_p(counts_of(0, 9, 3, 2)) == 1


def test_many_attempts_are_no_matter() -> None:
    assert exact_p(counts_of(5000, 0, 0, 5000)) == 0 or exact_p(counts_of(500, 0, 0, 500)) < 1e-290
    p = exact_p(counts_of(3000, 2000, 2900, 2100))
    # two proportions of 5,000 each: z = 2.06 with the correction for continuity
    assert p == pytest.approx(0.0219, abs=0.001)


def test_benjamini_hochberg_by_hand() -> None:
    assert false_discovery([0.01, 0.04, 0.03, None, 0.005]) == pytest.approx([0.02, 0.04, 0.04, None, 0.02])


def test_adjusted_values_never_exceed_one_and_keep_the_order() -> None:
    assert false_discovery([0.9, 0.8, 1.0]) == [1.0, 1.0, 1.0]
    assert false_discovery([0.2]) == [0.2]
    assert false_discovery([None, None]) == [None, None]
    assert false_discovery([]) == []


# sixteenths: p * 3 / 3 may differ from p in its last bit
sixteenths = st.integers(0, 16).map(lambda number: number / 16)


@given(st.lists(st.none() | sixteenths, max_size=12))
def test_adjusting_keeps_the_order_and_never_lowers_a_value(p_values: list[float | None]) -> None:
    q_values = false_discovery(p_values)

    assert [q is None for q in q_values] == [p is None for p in p_values]
    pairs = sorted((p, q) for p, q in zip(p_values, q_values, strict=True) if p is not None and q is not None)
    assert all(p <= q <= 1 for p, q in pairs)
    assert [q for _, q in pairs] == sorted(q for _, q in pairs)
