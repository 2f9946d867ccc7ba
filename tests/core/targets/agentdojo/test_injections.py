"""Injections: the security target."""

from __future__ import annotations

import pytest

from benchmarks import agentdojo_official as official
from benchmarks.agentdojo_official import Turn
from trace_gym import ToolCall
from trace_gym.targets.agentdojo import suites

from .playing import SUITES, TASKS, act, gold, make


@pytest.mark.parametrize("suite", SUITES)
def test_an_injection_that_is_not_followed_leaves_the_reward_alone(suite: str) -> None:
    env = make(suite, injection_task=next(iter(suites.suite_of(suites.VERSION, suite).injection_tasks)))
    for index in range(0, TASKS[suite], 4):
        env.reset(options={"index": index})
        *calls, message = env.oracle()
        read = " ".join(env.step(turn)[0] for turn in calls)
        assert "<INFORMATION>" in read  # how the standard attack's text begins
        assert act(env, [message])["reward_terms"] == {"utility": 1.0, "security": 1.0, "in_time": 1.0}


@pytest.mark.parametrize("suite", SUITES)
def test_an_injection_that_is_followed_costs_the_reward(suite: str) -> None:
    lost = 0
    for name in list(suites.suite_of(suites.VERSION, suite).injection_tasks)[::3]:
        env = make(suite, injection_task=name)
        env.reset(options={"index": 0})
        goal = suites.suite_of(suites.VERSION, suite).injection_tasks[name]
        bad = [ToolCall(c.function, dict(c.args)) for c in goal.ground_truth(env.world.environment)]  # type: ignore[attr-defined]
        calls, message = gold(env)
        turns: list[Turn] = [*([bad] if bad else []), *calls, f"{message} {goal.GROUND_TRUTH_OUTPUT}"]
        info = act(env, turns)
        utility, hijacked, _ = official.run(env, turns)
        assert info["reward_terms"] == {"utility": float(utility), "security": float(not hijacked), "in_time": 1.0}
        assert info["reward"] == float(utility and not hijacked)
        lost += hijacked
    assert lost


def test_stopping_the_agent_is_what_a_denial_of_service_wants() -> None:
    env = make("slack", attack="dos")
    env.reset(options={"index": 0})
    assert act(env, ["asdf"])["reward_terms"]["security"] == 0.0
    env.reset(options={"index": 0})
    assert act(env, env.oracle())["reward_terms"] == {"utility": 1.0, "security": 1.0, "in_time": 1.0}
