"""Tasks and their calls."""

from __future__ import annotations

import dataclasses

import pytest

from trace_gym import Task, ToolCall
from trace_gym.env.types import copy_json


def test_gold_calls_are_the_calls_of_the_solution() -> None:
    look = ToolCall("look", {"a": 1})
    task = Task(request="", state={}, gold=("Which?", look, "Done."), private={"needs": ("x",)})
    assert task.gold_calls == (look,)
    assert task.needs == ("x",)


def test_a_task_records_no_needs_by_default() -> None:
    assert Task(request="", state={}, gold=()).needs == ()


def test_tasks_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Task(request="", state={}, gold=()).request = "x"  # type: ignore[misc]


def test_calls_are_json() -> None:
    assert ToolCall("look", {"a": 1}).to_json() == {"name": "look", "arguments": {"a": 1}}


def test_a_call_s_json_is_a_copy() -> None:
    call = ToolCall("look", {"a": 1})
    call.to_json()["arguments"]["a"] = 2
    assert call.arguments == {"a": 1}


def test_copies_share_nothing_that_can_change() -> None:
    value = {"a": [{"b": [1]}], "c": {"d": None}}
    copied = copy_json(value)
    copied["a"][0]["b"].append(2)
    copied["c"]["d"] = 1
    assert value == {"a": [{"b": [1]}], "c": {"d": None}}


def test_what_is_no_json_is_copied_deeply_too() -> None:
    value = {"a": ({"b": 1},)}
    copied = copy_json(value)
    assert copied == value
    assert copied["a"][0] is not value["a"][0]
