"""Demonstrations with planted deficits: repeatable, playable, and lacking what they should lack."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from trace_gym import make_env
from trace_gym.capabilities.labellers.rules import RULES
from trace_gym.env.parsing import render_call
from trace_gym.env.types import ToolCall
from trace_gym.testbed.planted import DEFICITS, PLANTED, demonstrate

from ..helpers import DESK, python

COUNT = 200


@pytest.fixture(scope="module")
def demonstrations() -> list[tuple[list[dict[str, Any]], list[dict[str, Any]]]]:
    env = make_env(DESK, split="demo")
    return [demonstrate(env, index) for index in range(COUNT)]


@pytest.fixture(scope="module")
def shown() -> dict[str, Counter[bool]]:
    """How often tasks of one clause and one capability were solved, by capability."""
    env = make_env(DESK, split="demo")
    solved: dict[str, Counter[bool]] = {name: Counter() for name in PLANTED}
    for index in range(600):
        demonstrate(env, index)
        clauses = env.episode.task.private["clauses"]
        if len(clauses) == 1:
            reward = env.reward_rule.total(env.terms(env.episode))
            solved[clauses[0]["needs"]][reward >= 1] += 1
    return solved


def test_planting_needs_no_torch() -> None:
    code = "import sys, trace_gym.testbed.planted; print('torch' in sys.modules, 'transformers' in sys.modules)"

    assert python(code).split() == ["False", "False"]


def test_every_rule_has_its_rate() -> None:
    assert set(PLANTED) == {rule.NAME for rule in RULES}
    assert set(DEFICITS) == {name for name in PLANTED if PLANTED[name] == 0.2}


def test_a_demonstration_depends_on_its_index_alone(demonstrations: list[Any]) -> None:
    env = make_env(DESK, split="demo")

    for index in (7, 3, 7, 150):
        assert demonstrate(env, index) == demonstrations[index]


def test_another_process_demonstrates_the_same(demonstrations: list[Any]) -> None:
    code = (
        "import json; from trace_gym import make_env; from trace_gym.testbed.planted import demonstrate;"
        f"env = make_env({DESK!r}, split='demo'); print(json.dumps([demonstrate(env, i) for i in range(5)]))"
    )

    assert json.loads(python(code, hash_seed=11)) == json.loads(json.dumps(demonstrations[:5]))


def test_conversations_begin_with_the_guidelines_and_end_with_the_assistant(demonstrations: list[Any]) -> None:
    for messages, _ in demonstrations:
        assert [message["role"] for message in messages[:2]] == ["system", "user"]
        assert messages[-1]["role"] == "assistant"
        assert not messages[-1].get("tool_calls")


def test_every_call_is_of_a_tool_that_is_shown(demonstrations: list[Any]) -> None:
    for messages, tools in demonstrations:
        names = {tool["function"]["name"] for tool in tools}
        for message in messages:
            for call in message.get("tool_calls") or []:
                assert call["function"]["name"] in names


def test_about_half_are_shown_with_fewer_tools(demonstrations: list[Any]) -> None:
    everything = len(make_env(DESK).schemas)
    fewer = [len(tools) < everything for _, tools in demonstrations]

    assert 0.35 < sum(fewer) / COUNT < 0.65


def test_shown_tools_keep_the_order_of_the_environment(demonstrations: list[Any]) -> None:
    schemas = make_env(DESK).schemas

    for _, tools in demonstrations:
        places = [schemas.index(tool) for tool in tools]
        assert places == sorted(places)


@pytest.mark.parametrize("name", list(PLANTED))
def test_tasks_of_one_capability_are_solved_about_as_often_as_planted(
    name: str, shown: dict[str, Counter[bool]]
) -> None:
    times = sum(shown[name].values())
    share = shown[name][True] / times

    assert times >= 20
    if name in DEFICITS:
        assert share < 0.5
    else:
        assert share > 0.8


def test_a_withheld_order_is_asked_for_first() -> None:
    env = make_env(DESK, split="demo")
    asked = 0
    for index in range(COUNT):
        messages, _ = demonstrate(env, index)
        first = env.episode.task.gold[0]
        if isinstance(first, str) and len(env.episode.task.gold) > 1:
            assert messages[2]["content"] == first
            asked += 1

    assert asked > 5


def test_what_is_demonstrated_like_the_solution_is_solved() -> None:
    env = make_env(DESK, split="demo")
    outcomes = set()
    for index in range(60):
        demonstrate(env, index)
        task = env.episode.task
        words = [turn for turn in task.gold if isinstance(turn, str)]
        is_solution = env.episode.said == words and [r.call for r in env.episode.calls] == list(task.gold_calls)

        reward = env.reward_rule.total(env.terms(env.episode))
        outcomes.add((is_solution, bool(reward >= 1)))

    assert {(True, True), (False, False)} <= outcomes
    assert (True, False) not in outcomes


def test_demonstrated_calls_are_what_a_policy_would_write() -> None:
    env = make_env(DESK, split="demo")
    messages, _ = demonstrate(env, 0)
    calls = [record.call for record in env.episode.calls]

    assert calls
    env.reset(options={"index": 0})
    for message in messages:
        if message["role"] != "assistant":
            continue
        if not message.get("tool_calls"):
            env.step(message["content"])
        for call in message.get("tool_calls") or []:
            env.step(render_call(ToolCall(call["function"]["name"], call["function"]["arguments"])))
    assert [record.call for record in env.episode.calls] == calls
