"""The class TRL gets, without TRL; `tests/examples` trains on it."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from trace_gym import ToolEnv, UserError, register_env, tool
from trace_gym.env.parsing import parse_turn
from trace_gym.integrations import trl
from trace_gym.integrations.conversation import OVER

from ..helpers import DESK, desk


def played(environment: Any, index: int) -> list[dict[str, Any]]:
    """Plays the solution as TRL's loop does, and returns the completion."""
    environment.reset(index=index)
    messages: list[dict[str, Any]] = []
    for turn in environment._conversation.env.oracle():
        parsed = parse_turn(turn)
        calls = [{"type": "function", "function": call.to_json()} for call in parsed.calls]
        messages.append({"role": "assistant", "content": parsed.message, **({"tool_calls": calls} if calls else {})})
        for call in parsed.calls:
            result = getattr(environment, call.name)(**call.arguments)
            messages.append({"role": "tool", "name": call.name, "content": result})
        if not calls:
            break  # TRL ends the rollout at the first turn without a call
    return messages


def test_public_methods_are_reset_and_the_tools() -> None:
    cls = trl.environment(DESK, split="mine")
    public = [name for name, _ in inspect.getmembers(cls, inspect.isfunction) if not name.startswith("_")]
    assert sorted(public) == sorted(["reset", *desk().tools])


def test_the_solution_earns_the_reward_and_silence_does_not() -> None:
    cls = trl.environment(DESK, split="mine")
    indices = [
        i for i in range(40) if sum(not parse_turn(t).calls for t in solution(i)) == 1
    ]  # nothing has to be asked, which TRL's loop cannot do
    environments = [cls() for _ in indices]
    completions = [played(env, index) for env, index in zip(environments, indices, strict=True)]
    assert len(indices) > 10
    assert trl.reward(completions, environments, prompts=None) == [1.0] * len(indices)
    for env, index in zip(environments, indices, strict=True):
        env.reset(index=index)
    assert max(trl.reward([[]] * len(indices), environments)) < 0.2


def solution(index: int) -> list[str]:
    env = desk(split="mine")
    env.reset(options={"index": index})
    return env.oracle()


def test_the_reward_is_asked_for_once_and_stays() -> None:
    environment = trl.environment(DESK)()
    messages = played(environment, 0)
    first = trl.reward([messages], [environment])
    assert trl.reward([messages], [environment]) == first
    assert environment.get_order(order_id="W1") == OVER


def test_wrong_arguments_are_results_not_exceptions() -> None:
    environment = trl.environment(DESK)()
    environment.reset(seed=0)
    assert "Error" in environment.get_order(order_id=3)
    assert "Error" in environment.get_order()
    assert "Error" in environment.get_order(order="W1")


def test_rows_of_one_index_start_alike() -> None:
    cls, rows = trl.environment(DESK, split="mine"), trl.rows(DESK, 3, first=5, split="mine")
    assert [row["index"] for row in rows] == [5, 6, 7]
    assert cls().reset(**rows[0]) == cls().reset(**rows[0]) != cls().reset(**rows[1])
    assert rows[0]["prompt"][0]["content"] == desk().system_prompt
    assert cls().reset(seed=4) == cls().reset(seed=4)


def test_names_that_cannot_be_methods_are_refused() -> None:
    register_env("trace/Resetter-v0", f"{__name__}:Resetter")
    with pytest.raises(ValueError, match="'reset' of trace/Resetter-v0 cannot be a method"):
        trl.environment("trace/Resetter-v0")


def test_unknown_environments_are_one_sentence() -> None:
    with pytest.raises(UserError, match="Unknown environment id"):
        trl.environment("trace/Nothing-v0")
    with pytest.raises(UserError, match="Unknown environment id"):
        trl.rows("trace/Nothing-v0", 1)


class Resetter(ToolEnv):
    @tool(kind="read")
    def reset(self, state: dict[str, Any]) -> str:  # type: ignore[override]
        """Resets."""
        return ""

    def make_task(self, rng: Any, split: str, difficulty: int) -> Any:
        raise NotImplementedError
