"""Agreement of labellers, against published and hand-computed numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace_gym.capabilities.agreement import Agreement, fleiss_kappa
from trace_gym.capabilities.corpus import AttemptKey
from trace_gym.capabilities.labels import Label

PUBLISHED = """
0 0 0 0 14
0 2 6 4 2
0 0 3 5 6
0 3 9 2 0
2 2 8 1 1
7 7 0 0 0
3 2 6 3 0
2 5 3 2 2
6 5 2 1 0
0 2 2 3 7
"""
"""Ten items, fourteen raters, five categories: the worked example of the Wikipedia article on Fleiss' kappa."""


def test_the_published_example() -> None:
    items = []
    for line in PUBLISHED.split("\n")[1:-1]:
        items.append("".join(category * int(count) for category, count in zip("abcde", line.split(), strict=True)))
    assert round(fleiss_kappa(items) or 0, 3) == 0.210


def test_two_raters_by_hand() -> None:
    # agreeing on 3 of 4; shares of L 5/8 and P 3/8: P_e = 34/64, so (0.75 - 0.53125) / 0.46875
    assert fleiss_kappa(["LL", "LL", "PP", "LP"]) == pytest.approx(0.46667, abs=1e-5)


def test_not_applicable_is_a_category() -> None:
    assert fleiss_kappa(["L-", "-L"]) == pytest.approx(-1.0)
    assert fleiss_kappa(["LL", "--"]) == 1.0


@pytest.mark.parametrize("items", [[], ["L", "P"], ["LLL", "LLL"], ["--"]])
def test_without_raters_or_with_one_category_it_is_undefined(items: list[str]) -> None:
    assert fleiss_kappa(items) is None


@given(st.lists(st.text("LP-", min_size=3, max_size=3), min_size=1, max_size=12))
def test_neither_the_order_of_raters_nor_that_of_items_matters(items: list[str]) -> None:
    kappa = fleiss_kappa(items)
    assert fleiss_kappa([item[::-1] for item in items[::-1]]) == (kappa if kappa is None else pytest.approx(kappa))
    assert kappa is None or kappa <= 1


def test_labellings_are_compared_attempt_by_attempt() -> None:
    keys = [AttemptKey("shop", str(number)) for number in range(5)]
    labellings = [dict(zip(keys, map(Label, letters), strict=True)) for letters in ("LLP-P", "LLPP-")]
    # in another order, as files are
    labellings[1] = dict(reversed(labellings[1].items()))
    found = Agreement.of(labellings)
    assert (found.attempts, found.agreeing) == (5, 3)
    assert found.unanimous == {Label.LACKING: 2, Label.PRESENT: 1, Label.NA: 0}
    # 3 of 5 agree; shares 4/10, 4/10, 2/10: P_e = 0.36, so (0.6 - 0.36) / 0.64
    assert found.kappa == pytest.approx(0.375)
