from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
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


@given(st.integers(1, 200), st.data())
def test_a_wilson_interval_holds_the_rate_and_stays_between_0_and_1(n, data):
    successes = data.draw(st.integers(0, n))
    low, high = wilson(successes, n)
    assert 0 <= low <= successes / n + 1e-12
    assert successes / n - 1e-12 <= high <= 1


def test_more_tasks_make_a_narrower_interval():
    widths = []
    for n in (10, 100, 1000):
        low, high = wilson(n // 2, n)
        widths.append(high - low)
    assert widths == sorted(widths, reverse=True)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=40))
def test_mcnemar_does_not_depend_on_which_agent_comes_first(rows):
    first, second = [a for a, _ in rows], [b for _, b in rows]
    assert mcnemar(first, second) == pytest.approx(mcnemar(second, first))
    assert 0 < mcnemar(first, second) <= 1


def test_tasks_that_both_or_neither_solve_do_not_change_mcnemar():
    first, second = [True, False, False], [False, True, True]
    assert mcnemar(first, second) == mcnemar([*first, True, False], [*second, True, False])


def test_agents_on_different_numbers_of_tasks_are_refused():
    with pytest.raises(ValueError, match="shorter"):
        mcnemar([True, False], [True])


def test_a_constant_difference_needs_no_resampling():
    assert paired_interval([True, True], [False, False]) == (-1.0, -1.0)
    assert paired_interval([True, False], [True, False]) == (0.0, 0.0)


def test_the_interval_depends_on_the_seed_alone():
    first, second = [False] * 30 + [True] * 20, [True] * 25 + [False] * 25
    assert paired_interval(first, second, seed=1) == paired_interval(first, second, seed=1)
    assert paired_interval(first, second, seed=1, rounds=50) != paired_interval(first, second, seed=2, rounds=50)
