"""Demonstrations with planted deficits: repeatable, playable, and lacking what they should lack."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest

from trace_gym import make_env
from trace_gym.capabilities.labellers.rules import RULES
from trace_gym.env.parsing import render_call
from trace_gym.env.types import ToolCall
from trace_gym.rollouts.play import Job, play_batch
from trace_gym.rollouts.policy import TurnRequest
from trace_gym.targets.service_desk.capabilities import CAPABILITIES
from trace_gym.testbed.planted import DEFICITS, PLANTED, PlantedPolicy, demonstrate, planted, rendered, visit_of

from ..helpers import DESK, desk, python

COUNT = 200


@pytest.fixture(scope="module")
def demonstrations() -> list[tuple[list[dict[str, Any]], list[dict[str, Any]]]]:
    env = make_env(DESK, split="demo")
    return [demonstrate(env, index) for index in range(COUNT)]


def test_planting_needs_no_torch() -> None:
    code = "import sys, trace_gym.testbed.planted; print('torch' in sys.modules, 'transformers' in sys.modules)"

    assert python(code).split() == ["False", "False"]


def test_every_capability_has_its_rate() -> None:
    assert set(PLANTED) == set(CAPABILITIES) < {rule.NAME for rule in RULES}
    assert set(DEFICITS) == {name for name in PLANTED if PLANTED[name] == 0.2}
    assert {PLANTED[name] for name in PLANTED if name not in DEFICITS} == {0.95}


@pytest.mark.parametrize("rate", [0, 0.01, 0.5, 0.99])
def test_only_the_deficits_are_planted(rate: float) -> None:
    rates = planted(rate)
    assert {rates[name] for name in DEFICITS} == {rate}
    assert {rates[name] for name in rates if name not in DEFICITS} == {0.95}


def test_an_agent_without_deficits_lacks_nothing() -> None:
    assert set(planted(1).values()) == {1.0}


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


@pytest.mark.parametrize("rate", [0.2, 0.6])
def test_success_is_the_rate_to_the_power_of_the_needs(rate: float) -> None:
    rates = dict.fromkeys(CAPABILITIES, rate)
    env = desk(difficulty=2)
    outcomes: dict[int, list[bool]] = {1: [], 2: [], 3: [], 4: []}
    for index in range(600):
        paid = play_batch([env], PlantedPolicy(rates), [Job(index)], seed=0, env_id=DESK)[0].reward
        outcomes[len(env.episode.task.needs)].append(paid == 1.0)

    for k, solved in outcomes.items():
        assert len(solved) > 50
        expected = rate**k
        # four standard deviations, and half a task for the normal approximation
        width = 4 * math.sqrt(expected * (1 - expected) / len(solved)) + 0.5 / len(solved)
        assert abs(sum(solved) / len(solved) - expected) < width, k


@pytest.mark.parametrize("name", CAPABILITIES)
def test_lacking_one_capability_fails_the_tasks_that_need_it_alone(name: str) -> None:
    policy = PlantedPolicy({other: float(other != name) for other in CAPABILITIES})
    env = desk()
    needed = 0
    for index in range(60):
        [trajectory] = play_batch([env], policy, [Job(index)], seed=0, env_id=DESK)
        assert trajectory.success == (name not in env.episode.task.needs)
        needed += not trajectory.success
    assert needed >= 10


def test_a_visit_is_the_one_that_the_task_was_made_from() -> None:
    for level in (1, 2, 3):
        env = desk(split="mine", difficulty=level)
        for index in range(40):
            env.reset(options={"index": index})
            visit = visit_of(env)
            assert (visit.request, visit.needs) == (env.episode.task.request, env.episode.task.needs)


def test_a_visit_follows_the_difficulty_of_its_episode() -> None:
    env = desk()
    env.reset(options={"index": 3, "difficulty": 3})
    assert visit_of(env).request == env.episode.task.request


def bytes_of(batch: int, seed: int = 0) -> list[str]:
    """What a planted agent's episodes look like, played so many at a time."""
    envs = [desk(split="mine") for _ in range(batch)]
    policy = PlantedPolicy()
    found = []
    for start in range(0, 12, batch):
        jobs = [Job(index) for index in range(start, start + batch)]
        for trajectory in play_batch(envs, policy, jobs, seed=seed, env_id=DESK):
            found.append(json.dumps(trajectory.to_json(), sort_keys=True))
    return found


def test_the_same_seed_plays_the_same_episodes_in_any_batch() -> None:
    alone = bytes_of(1)
    assert bytes_of(4) == alone
    assert bytes_of(12) == alone
    assert bytes_of(1, seed=1) != alone


def test_turns_are_dropped_when_an_episode_is_over() -> None:
    policy = PlantedPolicy()
    envs = [desk() for _ in range(3)]
    requests = []
    for key, env in enumerate(envs):
        _, info = env.reset(options={"index": key})
        requests.append(TurnRequest(key, info["messages"], info["tools"], np.random.default_rng(key), env))
    policy.act(requests)
    assert set(policy._scripts) == {0, 1, 2}

    policy.finish([0, 2, 7])
    assert set(policy._scripts) == {1}

    play_batch(envs, policy, [Job(index) for index in range(3)], seed=0, env_id=DESK)
    assert policy._scripts == {}


def test_a_key_that_is_used_again_starts_a_new_conversation() -> None:
    policy = PlantedPolicy(planted(1))
    env = desk()
    for index in (0, 1):
        _, info = env.reset(options={"index": index})
        request = TurnRequest(0, info["messages"], info["tools"], np.random.default_rng(0), env)
        # without `finish` in between: an episode that was given up
        assert policy.act([request]) == [rendered(env.episode.task.gold[0])]


def test_who_has_nothing_left_to_do_says_so() -> None:
    env = desk()
    _, info = env.reset(options={"index": 0})
    request = TurnRequest(0, info["messages"], info["tools"], np.random.default_rng(0), env)
    policy = PlantedPolicy(planted(1))
    policy.act([request])
    env.episode.turns = 50
    assert policy.act([request]) == ["Done."]


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
