"""Contrast statistics against numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trace_gym.capabilities.contrast import Contrast, contrast, false_discovery, permutation_p, resample_tasks
from trace_gym.capabilities.labels import Label

LETTERS = {label.value: label for label in Label}


def labels(text: str) -> list[Label]:
    return [LETTERS[letter] for letter in text]


def outcomes(text: str) -> list[bool]:
    return [letter == "+" for letter in text]


def test_counts_and_rates_by_hand() -> None:
    found = contrast(labels("LLLPL--PPP"), outcomes("----+-+-++"))
    assert found == Contrast(lacking_failed=3, present_failed=2, lacking_passed=1, present_passed=2, failures=6)
    assert found.coverage == 3 / 6
    assert found.error_rate_failed == 3 / 5
    assert found.error_rate_passed == 1 / 3
    assert found.delta == pytest.approx(3 / 5 - 1 / 3)


def test_rows_count_as_often_as_they_are_named() -> None:
    found = contrast(labels("LP"), outcomes("-+"), [0, 0, 1])
    assert found == Contrast(2, 0, 0, 1, 2)


@pytest.mark.parametrize(
    ("letters", "passed", "coverage", "failed", "succeeded", "delta"),
    [
        ("PP", "++", None, None, 0.0, None),
        ("LP", "--", 0.5, 0.5, None, None),
        ("-P", "-+", 0.0, None, 0.0, None),
        ("L-", "-+", 1.0, 1.0, None, None),
        ("--", "-+", 0.0, None, None, None),
        ("", "", None, None, None, None),
        ("PL", "-+", 0.0, 0.0, 1.0, -1.0),
    ],
)
def test_undefined_denominators_are_none(
    letters: str, passed: str, coverage: object, failed: object, succeeded: object, delta: object
) -> None:
    found = contrast(labels(letters), outcomes(passed))
    assert (found.coverage, found.error_rate_failed) == (coverage, failed)
    assert (found.error_rate_passed, found.delta) == (succeeded, delta)


def test_resampling_draws_whole_tasks() -> None:
    tasks = ["a", "b", "a", "c", "b", "a"]
    seen = set()
    for seed in range(50):
        rows = resample_tasks(tasks, np.random.default_rng(seed))
        times = {task: [rows.count(row) for row, name in enumerate(tasks) if name == task] for task in "abc"}
        assert all(len(set(counts)) == 1 for counts in times.values())
        assert sum(counts[0] for counts in times.values()) == 3
        seen.add(tuple(rows))
    assert len(seen) > 5


def test_resampling_repeats_with_the_seed() -> None:
    tasks = [str(n) for n in range(20)]
    assert resample_tasks(tasks, np.random.default_rng(1)) == resample_tasks(tasks, np.random.default_rng(1))


def p_value(letters: str, passed: str, rounds: int = 4000) -> float | None:
    return permutation_p(labels(letters), outcomes(passed), np.random.default_rng(0), rounds)


def test_a_perfect_contrast_of_three_and_three_has_p_one_in_twenty() -> None:
    assert p_value("LLLPPP", "---+++") == pytest.approx(1 / 20, abs=0.015)


def test_na_does_not_take_part_in_the_permutation() -> None:
    assert p_value("LLLPPP" + "-" * 40, "---+++" + "-+" * 20) == pytest.approx(1 / 20, abs=0.015)


@pytest.mark.parametrize(("letters", "passed"), [("LLLL", "--++"), ("PPPL", "--++"), ("PPLL", "--++")])
def test_no_excess_among_failures_is_not_significant(letters: str, passed: str) -> None:
    p = p_value(letters, passed, 200)
    assert p is not None
    assert p >= 0.5


@pytest.mark.parametrize(("letters", "passed"), [("LL", "--"), ("PP", "++"), ("--", "-+"), ("L-", "-+"), ("", "")])
def test_without_contrast_there_is_no_p(letters: str, passed: str) -> None:
    assert p_value(letters, passed, 10) is None


def test_p_is_never_zero() -> None:
    assert p_value("L" * 30 + "P" * 30, "-" * 30 + "+" * 30, 99) == 1 / 100


def test_benjamini_hochberg_by_hand() -> None:
    assert false_discovery([0.01, 0.04, 0.03, None, 0.005]) == pytest.approx([0.02, 0.04, 0.04, None, 0.02])


def test_adjusted_values_never_exceed_one_and_keep_the_order() -> None:
    assert false_discovery([0.9, 0.8, 1.0]) == [1.0, 1.0, 1.0]
    assert false_discovery([0.2]) == [0.2]
    assert false_discovery([None, None]) == [None, None]
    assert false_discovery([]) == []


attempts = st.lists(st.tuples(st.sampled_from(Label), st.booleans()), max_size=40)


@given(attempts)
def test_counts_add_up_and_rates_stay_in_range(rows: list[tuple[Label, bool]]) -> None:
    found = contrast([label for label, _ in rows], [passed for _, passed in rows])
    occasions = [label for label, _ in rows if label is not Label.NA]

    counted = found.lacking_failed + found.present_failed + found.lacking_passed + found.present_passed
    assert counted == len(occasions)
    assert found.failures == [passed for _, passed in rows].count(False)
    for rate in (found.coverage, found.error_rate_failed, found.error_rate_passed):
        assert rate is None or 0 <= rate <= 1
    assert found.delta is None or -1 <= found.delta <= 1


@given(attempts)
def test_swapping_the_outcomes_turns_the_contrast_around(rows: list[tuple[Label, bool]]) -> None:
    letters = [label for label, _ in rows]
    found = contrast(letters, [passed for _, passed in rows])
    swapped = contrast(letters, [not passed for _, passed in rows])

    assert (swapped.error_rate_failed, swapped.error_rate_passed) == (found.error_rate_passed, found.error_rate_failed)
    if found.delta is not None:
        assert swapped.delta == -found.delta


@given(attempts)
def test_naming_every_row_twice_changes_no_rate(rows: list[tuple[Label, bool]]) -> None:
    letters, passed = [label for label, _ in rows], [success for _, success in rows]
    twice = contrast(letters, passed, [*range(len(rows)), *range(len(rows))])

    assert twice.failures == 2 * contrast(letters, passed).failures
    assert twice.coverage == contrast(letters, passed).coverage
    assert twice.delta == contrast(letters, passed).delta


@given(attempts)
@settings(max_examples=25)
def test_na_never_changes_p(rows: list[tuple[Label, bool]]) -> None:
    occasions = [(label, passed) for label, passed in rows if label is not Label.NA]

    def p(chosen: list[tuple[Label, bool]]) -> float | None:
        return permutation_p(
            [label for label, _ in chosen], [passed for _, passed in chosen], np.random.default_rng(0), rounds=20
        )

    assert p(rows) == p(occasions)


# sixteenths: p * 3 / 3 may differ from p in its last bit
sixteenths = st.integers(0, 16).map(lambda number: number / 16)


@given(st.lists(st.none() | sixteenths, max_size=12))
def test_adjusting_keeps_the_order_and_never_lowers_a_value(p_values: list[float | None]) -> None:
    q_values = false_discovery(p_values)

    assert [q is None for q in q_values] == [p is None for p in p_values]
    pairs = sorted((p, q) for p, q in zip(p_values, q_values, strict=True) if p is not None and q is not None)
    assert all(p <= q <= 1 for p, q in pairs)
    assert [q for _, q in pairs] == sorted(q for _, q in pairs)
