"""The common result of grading a trajectory again."""

from __future__ import annotations

import pytest

from trace_gym.trajectories.record import Trajectory
from trace_gym.trajectories.regrade import Grade, conversation, other_result

from ..helpers import Talk


def test_a_grade_agrees_up_to_rounding() -> None:
    trajectory = Trajectory("shop", "7", [], reward=0.3, success=False)
    assert Grade(trajectory, 0.1 + 0.2).agrees
    assert not Grade(trajectory, 0.3001).agrees


def test_a_revision_explains_a_disagreement_and_is_not_needed_for_agreement() -> None:
    trajectory = Talk("Hi").trajectory(success=True)
    assert not Grade(trajectory, 0.0).explained
    assert Grade(trajectory, 0.0, revisions=("the task's solution was revised",)).explained
    assert Grade(trajectory, 1.0).explained


def test_a_conversation_splits_into_texts_and_calls_of_both_sides() -> None:
    trajectory = Talk("Hi").call("look", "[]", a=1).say(" ").say("Tap it.").trajectory()
    tapped = {"id": "u", "type": "function", "function": {"name": "tap", "arguments": {}}}
    trajectory.messages.append({"role": "user", "content": "", "tool_calls": [tapped]})
    texts, calls = conversation(trajectory)
    assert texts == ["Tap it."]
    assert calls == [("look", {"a": 1}, "assistant"), ("tap", {}, "user")]


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ('{"a": 1, "b": 2}', '{"b":2,"a":1}', ""),
        ("plain", "plain", ""),
        ("1", "1.0", ""),
        ("plain", "other", "call 0 answered 'plain', now 'other'"),
        ('{"a": 1}', '{"a": 2}', "call 0 answered '{\"a\": 1}', now '{\"a\": 2}'"),
        ("x" * 100, "y", f"call 0 answered '{'x' * 60}', now 'y'"),
    ],
)
def test_results_are_compared_by_value(before: str, after: str, sentence: str) -> None:
    assert other_result(Talk("Hi").call("look", before).trajectory(), [after]) == sentence


def test_a_call_without_a_recorded_result_is_no_difference() -> None:
    trajectory = Talk("Hi").call("look", "1").trajectory()
    assert other_result(trajectory, ["1", "2"]) == ""
