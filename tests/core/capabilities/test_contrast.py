"""Contrast statistics against numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

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
