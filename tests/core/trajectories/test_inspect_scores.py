"""Scores of Inspect AI as numbers."""

from __future__ import annotations

from typing import Any

import pytest

from trace_gym.errors import UserError
from trace_gym.trajectories.readers.inspect_scores import grade, rewards


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("C", 1.0),
        ("I", 0.0),
        ("N", 0.0),
        ("Yes", 1.0),
        ("FALSE", 0.0),
        ("c", None),
        ("0.25", 0.25),
        ("nan", None),
        ("", None),
        (True, 1.0),
        (3, 3.0),
        (float("nan"), None),
        (float("inf"), None),
        (None, None),
        ([1], None),
    ],
)
def test_grades_are_numbers_or_none(value: Any, number: float | None) -> None:
    assert grade(value) == number


def test_grades_agree_with_inspects_own_reading() -> None:
    scorer = pytest.importorskip("inspect_ai.scorer")
    read = scorer.value_to_float()
    for value in ("C", "P", "I", "N", "yes", "No", "TRUE", "false", "0.25", "-1", 1, 0, True, 0.5):
        assert grade(value) == read(value), value


def test_the_first_scorer_is_the_reward() -> None:
    scores = {"includes": {"value": "P"}, "model": {"value": "C"}}
    assert rewards(scores, "") == (0.5, {"includes": 0.5, "model": 1.0})


def test_another_score_can_be_chosen() -> None:
    scores = {"includes": {"value": "P"}, "several": {"value": {"a": 1, "b": "bad"}}}
    assert rewards(scores, "several.a") == (1.0, {"includes": 0.5, "several.a": 1.0})


def test_a_score_may_stand_without_its_object() -> None:
    assert rewards({"includes": 0.25}, "") == (0.25, {"includes": 0.25})


@pytest.mark.parametrize(
    ("scores", "chosen", "sentence"),
    [
        ({}, "", "has no scores; was it scored?"),
        ({}, "x", "has no single score 'x', but none; name one by --reward"),
        ({"s": {"value": {"a": 1, "b": 2}}}, "", "has no single score 's', but s.a, s.b; name one by --reward"),
        ({"s": {"value": "maybe"}}, "", "the score 's' is 'maybe', expected a number or a grade (C, P, I, N)"),
        ({"s": {}}, "", "the score 's' is None, expected a number or a grade (C, P, I, N)"),
    ],
)
def test_scores_that_are_no_reward_are_refused(scores: dict[str, Any], chosen: str, sentence: str) -> None:
    with pytest.raises(UserError) as caught:
        rewards(scores, chosen)
    assert str(caught.value) == sentence
