"""Intervals over tasks and seeds, the paired test, and Holm's correction."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from trace_trainers.compare.statistics import crossed_interval, holm, sign_flip_p, success_interval


def test_more_seeds_that_agree_do_not_narrow_what_tasks_leave_open() -> None:
    row = np.array([0.0, 1.0] * 50)
    one, three = crossed_interval(row[None]), crossed_interval(np.tile(row, (3, 1)))
    assert one[1] - one[0] == pytest.approx(three[1] - three[0], abs=0.02)


def test_seeds_that_disagree_widen_the_interval() -> None:
    rng = np.random.default_rng(0)
    alike = (rng.random((3, 200)) < 0.5).astype(float)
    apart = np.stack([np.zeros(200), np.ones(200), alike[0]])
    narrow, wide = crossed_interval(alike), crossed_interval(apart)
    assert wide[1] - wide[0] > 2 * (narrow[1] - narrow[0])


def test_the_interval_of_one_seed_is_that_of_the_binomial() -> None:
    row = np.array([1.0] * 30 + [0.0] * 70)[None]
    low, high = crossed_interval(row)
    half = 1.96 * np.sqrt(0.3 * 0.7 / 100)
    assert (low, high) == (pytest.approx(0.3 - half, abs=0.02), pytest.approx(0.3 + half, abs=0.02))


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(1)
    covered = 0
    for trial in range(60):
        low, high = crossed_interval((rng.random((1, 120)) < 0.4).astype(float), seed=trial)
        covered += low <= 0.4 <= high
    assert covered >= 51


def test_outcomes_that_are_all_alike_are_not_certain() -> None:
    assert success_interval(np.zeros((3, 64))) == (0.0, pytest.approx(0.0567, abs=1e-3))
    assert success_interval(np.ones((1, 64))) == (pytest.approx(0.9433, abs=1e-3), 1.0)
    mixed = np.array([[0.0, 1.0] * 20])
    assert success_interval(mixed) == crossed_interval(mixed)


def exact_p(differences: list[float]) -> float:
    signs = np.array(list(itertools.product([-1, 1], repeat=len(differences))))
    sums = np.abs(signs @ np.array(differences))
    return float((sums >= abs(sum(differences)) - 1e-9).mean())


@pytest.mark.parametrize(
    "differences", [[1.0] * 8, [1.0, 1.0, 1.0, -1.0, 1.0, 1.0], [0.5, -0.5, 1.0], [1 / 3, 2 / 3, 1.0, -1 / 3]]
)
def test_the_paired_test_agrees_with_all_flips(differences: list[float]) -> None:
    assert sign_flip_p(np.array(differences)) == pytest.approx(exact_p(differences), abs=0.03)


def test_tasks_without_a_difference_say_nothing() -> None:
    with_ties = np.array([1.0] * 8 + [0.0] * 100)
    assert sign_flip_p(with_ties) == sign_flip_p(np.ones(8))


def test_holm_is_that_of_the_paper() -> None:
    values = [0.01, 0.005, 0.03, 0.04]
    # sorted 0.005, 0.01, 0.03, 0.04 times 4, 3, 2, 1, each at least the one before
    assert holm(values) == pytest.approx([0.03, 0.02, 0.06, 0.06])
    assert holm([]) == []
    assert holm([0.9, 0.8]) == [1.0, 1.0]
