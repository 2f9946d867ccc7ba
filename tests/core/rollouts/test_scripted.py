"""Policies that need no model."""

from __future__ import annotations

from trace_gym.env.parsing import parse_turn
from trace_gym.env.seeding import episode_rng
from trace_gym.rollouts.policy import TurnRequest
from trace_gym.rollouts.scripted import SCRIPTED, OraclePolicy, RandomPolicy, SilentPolicy

from ..helpers import desk


def request(index: int = 0) -> TurnRequest:
    env = desk()
    _, info = env.reset(options={"index": index})
    return TurnRequest(0, info["messages"], info["tools"], episode_rng(0, "train", index, 0), env)


def test_the_oracle_follows_the_gold_solution() -> None:
    asked = request()
    script = asked.env.oracle()
    for action in script:
        assert OraclePolicy().act([asked]) == [action]
        asked.env.step(action)
    assert OraclePolicy().act([asked]) == ["Done."]


def test_silent_says_done() -> None:
    assert SilentPolicy().act([request(), request(1)]) == ["Done.", "Done."]


def test_random_takes_valid_turns_from_the_requests_generator() -> None:
    turns = [RandomPolicy().act([asked])[0] for asked in [request()] for _ in range(100)]
    assert turns == [RandomPolicy().act([asked])[0] for asked in [request()] for _ in range(100)]
    names = {found.name for turn in turns for found in parse_turn(turn).calls}
    assert names == set(desk().tools)
    assert "Done." in turns


def test_random_without_tools_says_done() -> None:
    asked = request()
    asked.tools = []
    assert RandomPolicy().act([asked]) == ["Done."]


def test_scripted_policies_are_known_by_their_names() -> None:
    assert {name: make().policy_id for name, make in SCRIPTED.items()} == {name: name for name in SCRIPTED}
    assert {make().adapter_of(0) for make in SCRIPTED.values()} == {""}
