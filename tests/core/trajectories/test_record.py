"""The trajectory record."""

from __future__ import annotations

import json
from typing import Any

import pytest

from trace_gym import Fact, ToolCall, UserError
from trace_gym.trajectories.record import SCHEMA, VERSION, Trajectory

from ..helpers import Talk

FULL = Trajectory(
    env_id="trace/X-v0",
    task_id="mine/3",
    messages=[{"role": "user", "content": "Grüße \u2028 🛒"}],
    reward=0.5,
    success=False,
    trial=2,
    split="mine",
    seed=7,
    policy="p",
    adapter="a",
    tools=[{"type": "function", "function": {"name": "look", "parameters": {}}}],
    tool_kinds={"look": "read"},
    terms={"outcome": 1.0},
    gold=[ToolCall("look", {"a": [1, {"b": None}]})],
    facts=[Fact("12", ("13",), "W1")],
    error="",
)


def row(**changed: Any) -> dict[str, Any]:
    return {**FULL.to_json(), **changed}


@pytest.mark.parametrize("trajectory", [FULL, Talk("Hi").say("Done.").trajectory(), Talk("Hi").trajectory(gold=[])])
def test_records_survive_json(trajectory: Trajectory) -> None:
    assert Trajectory.from_json(json.loads(json.dumps(trajectory.to_json()))) == trajectory


def test_no_reference_differs_from_an_empty_one() -> None:
    assert Trajectory.from_json(Talk("Hi").trajectory().to_json()).gold is None
    assert Trajectory.from_json(Talk("Hi").trajectory(gold=[]).to_json()).gold == []


def test_the_desks_trajectories_survive_json(desk_trajectories: list[Trajectory]) -> None:
    again = [Trajectory.from_json(json.loads(json.dumps(t.to_json()))) for t in desk_trajectories[:50]]
    assert again == desk_trajectories[:50]


def test_records_name_their_schema_and_version() -> None:
    assert list(row().items())[:2] == [("schema", SCHEMA), ("version", VERSION)]


def test_what_a_task_keeps_private_is_not_recorded(desk_trajectories: list[Trajectory]) -> None:
    assert "needs" not in json.dumps([t.to_json() for t in desk_trajectories[:50]])


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"schema": "other"}, "schema is 'other', expected 'trace-gym/trajectory'"),
        ({"version": 2}, "version is 2, this program reads version 1"),
        ({"version": None}, "version is None"),
        ({"env_id": 3}, "env_id: 3 is not"),
        ({"task_id": None}, "task_id: None is not"),
        ({"messages": {}}, "messages: {} is not"),
        ({"reward": "1"}, "reward: '1' is not"),
        ({"gold": 5}, "gold"),
        ({"gold": [{}]}, "gold"),
        ({"gold": ["look"]}, "gold"),
        ({"facts": [{}]}, "facts"),
        ({"trial": "first"}, "trial"),
        ({"messages": [1]}, "messages"),
        ({"messages": [{}]}, "messages"),
    ],
)
def test_a_faulty_record_is_named(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        Trajectory.from_json(row(**changed))
