"""Contrast statistics against numbers worked out by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace_gym.capabilities.contrast import Contrast, contrast
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
