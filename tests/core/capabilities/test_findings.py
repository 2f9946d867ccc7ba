"""What is said of a capability beside its contrast, against numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from trace_gym.capabilities import joint
from trace_gym.capabilities.contrast import Contrast
from trace_gym.capabilities.exercise import Exercise
from trace_gym.capabilities.joint import Overlap
from trace_gym.capabilities.labels import Label
from trace_gym.capabilities.restatement import Restatement

PAPERS_REAL_RUN = Contrast(33, 0, 0, 11, failures=110)
"""110 failures, 54 passes: Cov 0.300, delta 1.000."""


def test_the_papers_real_run_restates_the_outcome() -> None:
    assert PAPERS_REAL_RUN.coverage == pytest.approx(0.3)
    assert PAPERS_REAL_RUN.delta == 1
    assert Restatement.of(PAPERS_REAL_RUN) == Restatement(equal=44, labels=44, flagged=True)


@pytest.mark.parametrize(
    ("counts", "flagged"),
    [
        ((19, 1, 1, 19), True),
        ((18, 2, 1, 19), False),
        ((19, 1, 2, 18), False),
        # nearly all labels equal the outcome, and yet every pass lacks it: no contrast at all
        ((97, 0, 3, 0), False),
        ((3, 0, 0, 3), True),
        ((3, 0, 0, 2), False),
        ((9, 0, 0, 0), False),
        ((0, 0, 0, 0), False),
    ],
)
def test_both_sides_must_nearly_always_equal_the_outcome(counts: tuple[int, int, int, int], flagged: bool) -> None:
    assert Restatement.of(Contrast(*counts, failures=200)).flagged is flagged


def test_what_is_ever_exercised_needs_no_training() -> None:
    assert Exercise.of(PAPERS_REAL_RUN).remedy == "prompt"
    assert Exercise.of(Contrast(9, 1, 0, 0, failures=10)) == Exercise(1, 10, None)


@pytest.mark.parametrize(("occasions", "bound"), [(1, 0.95), (10, 0.2589), (100, 0.0295), (1000, 0.00299)])
def test_what_is_never_exercised_is_bounded_by_the_rule_of_three(occasions: int, bound: float) -> None:
    found = Exercise.of(Contrast(occasions, 0, 0, 0, failures=occasions))
    assert found.remedy == "training"
    assert found.upper_bound == pytest.approx(bound, rel=0.01)
    # never seen in as many occasions, once in twenty logs
    assert (1 - (found.upper_bound or 0)) ** occasions == pytest.approx(0.05)


def test_without_an_occasion_nothing_is_said() -> None:
    nothing = Exercise.of(Contrast(0, 0, 0, 0, failures=10))
    assert nothing == Exercise(0, 0, None)
    assert nothing.remedy == ""


def labels(*texts: str) -> list[list[Label]]:
    return [[Label(letter) for letter in text] for text in texts]


def test_gain_and_overlap_by_hand() -> None:
    lacking = joint.lacking_failures(labels("LLLLP-L", "-LLLL-L", "-------"), [False] * 6 + [True])
    assert lacking.sum(axis=1).tolist() == [4, 4, 0]
    assert joint.alone(lacking) == [1, 1, 0]
    assert joint.overlaps(["a", "b", "c"], lacking) == [Overlap("a", "b", both=3, either=5)]


def test_pairs_that_share_less_than_half_are_not_told() -> None:
    half = np.array([[True] * 6 + [False], [False] * 3 + [True] * 4])
    assert joint.overlaps(["a", "b"], half) == []
    # two failures may lack both by chance
    assert joint.overlaps(["a", "b"], np.array([[True, True], [True, True]])) == []
    assert joint.overlaps(["a", "b"], np.array([[True, False], [False, True]])) == []


def test_without_capabilities_or_attempts_there_is_nothing() -> None:
    nothing = joint.lacking_failures([], [False])
    assert (joint.alone(nothing), joint.overlaps([], nothing)) == ([], [])
    assert joint.alone(joint.lacking_failures([[]], [])) == [0]
