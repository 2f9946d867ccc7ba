"""Reward terms declared on methods."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from trace_gym import RewardRule, Task, ToolCall, ToolEnv, reward_term, tool
from trace_gym.env.episode import CallRecord


class Counter(ToolEnv):
    """Count to two."""

    @tool(kind="write")
    def add(self, state: dict[str, Any], n: int) -> int:
        """Add to the count."""
        state["count"] += n
        return int(state["count"])

    @tool(kind="read")
    def ping(self) -> str:
        """Say pong; needs no state."""
        return "pong"

    def make_task(self, rng: np.random.Generator, split: str, difficulty: int) -> Task:
        """Always the same."""
        return Task("Count to two.", {"count": 0}, (ToolCall("add", {"n": 1}), ToolCall("add", {"n": 1}), "Done."))

    @reward_term(weight=0.3)
    def progress(self, state: dict[str, Any], goal: dict[str, Any]) -> float:
        """How far the count is."""
        return min(state["count"], goal["count"]) / float(goal["count"])

    @reward_term(gate=True)
    def no_pings(self, calls: list[CallRecord]) -> bool:
        """Whether nothing was pinged."""
        return all(record.call.name != "ping" for record in calls)


def play(env: ToolEnv, *turns: str) -> tuple[float, dict[str, float]]:
    env.reset(seed=0)
    for turn in turns:
        _, reward, _, _, info = env.step(turn)
    return reward, info["reward_terms"]


ADD = '{"name": "add", "arguments": {"n": 1}}'
PING = '{"name": "ping", "arguments": {}}'


def test_declared_terms_make_the_rule() -> None:
    assert Counter().reward_rule == RewardRule(weights={"progress": 0.3}, joint=0.7, gates=("no_pings",))


def test_terms_pay_by_weight_gate_and_together() -> None:
    assert play(Counter(), ADD, ADD, "Done.")[0] == pytest.approx(1.0)
    reward, terms = play(Counter(), ADD, "Done.")
    assert reward == pytest.approx(0.15)
    assert terms == {"progress": 0.5, "no_pings": 1.0, "outcome": 0.0, "no_collateral": 1.0, "communicated": 1.0}
    assert play(Counter(), ADD, ADD, PING, "Done.")[0] == 0.0


def test_a_tool_need_not_take_the_state() -> None:
    env = Counter()
    env.reset(seed=0)
    assert env.step(PING)[0] == "pong"
    assert env.tools["ping"].parameters["properties"] == {}


def test_a_rule_of_the_class_wins() -> None:
    class Own(Counter):
        reward_rule = RewardRule(weights={"progress": 1.0}, joint=0.0)

    assert play(Own(), ADD, "Done.")[0] == pytest.approx(0.5)


def test_what_cannot_be_injected_is_named() -> None:
    class Odd(Counter):
        @reward_term()
        def odd(self, weather: str) -> float:
            return 1.0

    with pytest.raises(TypeError, match=r"The reward term 'odd' takes 'weather'; it may take episode, task, state"):
        Odd()


def test_weights_must_fit() -> None:
    with pytest.raises(ValueError, match=r"must lie in \[0, 1\], got 2"):
        reward_term(weight=2)

    class Greedy(Counter):
        @reward_term(weight=0.9)
        def more(self) -> float:
            return 1.0

    with pytest.raises(ValueError, match=r"add up to 1.2, more than 1"):
        Greedy()
